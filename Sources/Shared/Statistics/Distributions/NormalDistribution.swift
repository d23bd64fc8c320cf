import ElementaryFunctions

/// The standard normal distribution: `pnorm` and `qnorm` of R (DLMF 7.2).
public enum NormalDistribution {
  /// `P(Z ≤ z)`, with full relative precision in the lower tail.
  public static func cumulative(_ z: Double) -> Double {
    0.5 * Elementary.erfc(-z * 0x1.6a09e667f3bcdp-1)
  }

  /// `P(|Z| ≥ |z|)`.
  public static func twoSided(_ z: Double) -> Double {
    Elementary.erfc(abs(z) * 0x1.6a09e667f3bcdp-1)
  }

  /// `z` with `P(Z ≤ z) = p`; -∞ at 0, +∞ at 1, NaN outside.
  ///
  /// Starts from Abramowitz and Stegun 26.2.23 (error below 4.5·10⁻⁴) and takes three of Halley's cubic steps.
  public static func quantile(_ p: Double) -> Double {
    guard p > 0, p < 1 else { return p == 0 ? -.infinity : (p == 1 ? .infinity : .nan) }
    if p > 0.5 { return -quantile(1 - p) }
    let t = (-2 * Elementary.log(p)).squareRoot()
    let numerator = 2.515517 + t * (0.802853 + t * 0.010328)
    let denominator = 1 + t * (1.432788 + t * (0.189269 + t * 0.001308))
    var z = numerator / denominator - t
    for _ in 0..<3 {
      let density = 0x1.9884533d43651p-2 * Elementary.exp(-0.5 * z * z)
      guard density > 0 else { break }
      let step = (cumulative(z) - p) / density
      z -= step / (1 + 0.5 * z * step)
    }
    return z
  }
}
