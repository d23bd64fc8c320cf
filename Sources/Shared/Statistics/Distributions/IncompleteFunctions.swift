import ElementaryFunctions

/// The regularised incomplete beta function.
enum IncompleteBeta {
  /// `Iₓ(a, b)`; relative error about 10⁻¹³.
  ///
  /// The continued fraction DLMF 8.17.22 by the modified Lentz algorithm, on the side of `x = (a + 1)/(a + b + 2)`
  /// where it converges fast.
  static func regularized(_ x: Double, a: Double, b: Double) -> Double {
    guard x > 0 else { return 0 }
    guard x < 1 else { return 1 }
    if x > (a + 1) / (a + b + 2) { return 1 - regularized(1 - x, a: b, b: a) }
    let logBeta = Elementary.lgamma(a) + Elementary.lgamma(b) - Elementary.lgamma(a + b)
    let front = a * Elementary.log(x) + b * Elementary.log1p(-x) - logBeta
    return Elementary.exp(front) / a * fraction(x, a: a, b: b)
  }

  private static func fraction(_ x: Double, a: Double, b: Double) -> Double {
    let tiny = 1e-300
    var c = 1.0
    var d = 1 - (a + b) * x / (a + 1)
    d = 1 / (abs(d) < tiny ? tiny : d)
    var value = d
    for step in 1...10_000 {
      let m = Double(step)
      var change = 1.0
      for coefficient in [
        m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
        -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
      ] {
        d = 1 + coefficient * d
        d = 1 / (abs(d) < tiny ? tiny : d)
        c = 1 + coefficient / c
        if abs(c) < tiny { c = tiny }
        change = c * d
        value *= change
      }
      if abs(change - 1) < 1e-16 { break }
    }
    return value
  }
}

/// The regularised incomplete gamma function.
enum IncompleteGamma {
  /// `Q(a, x) = Γ(a, x)/Γ(a)`; relative error about 10⁻¹³.
  ///
  /// The series DLMF 8.11.4 of the complement below `a + 1`, the continued fraction DLMF 8.9.2 above.
  static func upper(_ x: Double, a: Double) -> Double {
    let front = Elementary.exp(a * Elementary.log(x) - x - Elementary.lgamma(a))
    return x < a + 1 ? 1 - front * series(x, a: a) : front * fraction(x, a: a)
  }

  private static func series(_ x: Double, a: Double) -> Double {
    var term = 1 / a
    var total = term
    var n = a
    while term > total * 1e-17 {
      n += 1
      term *= x / n
      total += term
    }
    return total
  }

  private static func fraction(_ x: Double, a: Double) -> Double {
    let tiny = 1e-300
    var b = x + 1 - a
    var c = 1 / tiny
    var d = 1 / b
    var value = d
    for step in 1...10_000 {
      let n = Double(step)
      let coefficient = n * (a - n)
      b += 2
      d = coefficient * d + b
      d = 1 / (abs(d) < tiny ? tiny : d)
      c = b + coefficient / c
      if abs(c) < tiny { c = tiny }
      value *= c * d
      if abs(c * d - 1) < 1e-16 { break }
    }
    return value
  }
}
