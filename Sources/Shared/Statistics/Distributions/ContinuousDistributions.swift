import ElementaryFunctions

/// Student's t distribution: `pt` and `qt` of R, to a relative error of about 10⁻¹³ (DLMF 8.17, the regularised
/// incomplete beta function).
public enum StudentDistribution {
  /// `P(|T| ≥ |t|)` with `degrees` of freedom (not necessarily whole).
  public static func twoSided(_ t: Double, degrees: Double) -> Double {
    guard t.isFinite else { return t.isNaN ? t : 0 }
    return IncompleteBeta.regularized(degrees / (degrees + t * t), a: 0.5 * degrees, b: 0.5)
  }

  /// `t` with `P(T ≤ t) = p`.
  public static func quantile(_ p: Double, degrees: Double) -> Double {
    guard p > 0, p < 1 else { return p == 0 ? -.infinity : (p == 1 ? .infinity : .nan) }
    if p < 0.5 { return -quantile(1 - p, degrees: degrees) }
    let tail = 2 * (1 - p)
    var upper = 1.0
    while twoSided(upper, degrees: degrees) > tail { upper *= 2 }
    return bisection(from: 0, to: upper) { twoSided($0, degrees: degrees) > tail }
  }
}

/// The chi-squared distribution: `pchisq` and `qchisq` of R, to a relative error of about 10⁻¹³ (DLMF 8.2).
public enum ChiSquaredDistribution {
  /// `P(X ≥ x)`.
  public static func upperTail(_ x: Double, degrees: Double) -> Double {
    x <= 0 ? 1 : IncompleteGamma.upper(0.5 * x, a: 0.5 * degrees)
  }

  /// `x` with `P(X ≤ x) = p`.
  public static func quantile(_ p: Double, degrees: Double) -> Double {
    guard p > 0, p < 1 else { return p == 0 ? 0 : (p == 1 ? .infinity : .nan) }
    var upper = degrees
    while upperTail(upper, degrees: degrees) > 1 - p { upper *= 2 }
    return bisection(from: 0, to: upper) { upperTail($0, degrees: degrees) > 1 - p }
  }
}

/// The F distribution: `pf` and `qf` of R, to a relative error of about 10⁻¹³ (DLMF 8.17).
public enum FisherDistribution {
  /// `P(X ≥ x)` with `d1` and `d2` degrees of freedom.
  public static func upperTail(_ x: Double, d1: Double, d2: Double) -> Double {
    x <= 0 ? 1 : IncompleteBeta.regularized(d2 / (d2 + d1 * x), a: 0.5 * d2, b: 0.5 * d1)
  }

  /// `x` with `P(X ≤ x) = p`.
  public static func quantile(_ p: Double, d1: Double, d2: Double) -> Double {
    guard p > 0, p < 1 else { return p == 0 ? 0 : (p == 1 ? .infinity : .nan) }
    var upper = 1.0
    while upperTail(upper, d1: d1, d2: d2) > 1 - p { upper *= 2 }
    return bisection(from: 0, to: upper) { upperTail($0, d1: d1, d2: d2) > 1 - p }
  }
}

/// Where a condition that holds at `lower` and not at `upper` ends, to the last place.
func bisection(from lower: Double, to upper: Double, while holds: (Double) -> Bool) -> Double {
  var (low, high) = (lower, upper)
  while true {
    let middle = low + 0.5 * (high - low)
    guard middle > low, middle < high else { return middle }
    if holds(middle) { low = middle } else { high = middle }
  }
}
