extension Elementary {
  /// Complementary error function `2/√π ∫ₓ^∞ e^(-t²) dt`; relative error below 2·10⁻¹⁵ wherever the result is normal.
  ///
  /// Below 1 the Taylor series of erf, all of whose terms are positive after `e^(-x²)` is taken out (DLMF 7.6.2);
  /// above it the continued fraction DLMF 7.9.1, evaluated from the far end with a depth that grows as `x` nears 1.
  package static func erfc(_ x: Double) -> Double {
    if x.isNaN { return x }
    if x < 0 { return 2 - erfc(-x) }
    if x > 27.3 { return 0 }
    let square = DoubleDouble(productOf: x, x)
    let gaussian = exp(-square.head) * (1 - square.tail)
    return x < 1 ? 1 - gaussian * errorSeries(x) : gaussian * errorFraction(x)
  }

  /// `erf(x) e^(x²) = 2/√π Σ 2ⁿ x^(2n+1) / (1·3·…·(2n+1))`.
  private static func errorSeries(_ x: Double) -> Double {
    var term = x
    var total = x
    var n = 1.0
    while term > total * 0x1p-60 {
      term *= 2 * x * x / (2 * n + 1)
      total += term
      n += 1
    }
    return 0x1.20dd750429b6dp0 * total
  }

  /// `erfc(x) e^(x²) = 1/√π · 1/(x + (1/2)/(x + 1/(x + (3/2)/(x + …))))`.
  private static func errorFraction(_ x: Double) -> Double {
    let depth = Int(10 + 200 / (x * x))
    var denominator = x
    for n in stride(from: depth, through: 1, by: -1) { denominator = x + 0.5 * Double(n) / denominator }
    return 0x1.20dd750429b6dp-1 / denominator
  }

  /// Logarithm of the gamma function for `x > 0`; absolute error about 10⁻¹⁵ times `1 + |result|`. NaN otherwise.
  ///
  /// Stirling's series with Bernoulli numbers to B₁₄ (DLMF 5.11.1) from 15 on, where the first term left out is below
  /// 10⁻¹⁶; smaller arguments are shifted there by `Γ(x + 1) = x Γ(x)`.
  package static func lgamma(_ x: Double) -> Double {
    guard x > 0 else { return .nan }
    guard x < .infinity else { return x }
    var shifted = x
    var product = 1.0
    while shifted < 15 {
      product *= shifted
      shifted += 1
    }
    let inverse = 1 / shifted
    let square = inverse * inverse
    let high = -691.0 / 360_360 + square * (1.0 / 156)
    let middle = -1.0 / 1_680 + square * (1.0 / 1_188 + square * high)
    let series = inverse * (1.0 / 12 + square * (-1.0 / 360 + square * (1.0 / 1_260 + square * middle)))
    let halfLogOfTwoPi = 0x1.d67f1c864beb5p-1
    return (shifted - 0.5) * log(shifted) - shifted + halfLogOfTwoPi + series - log(product)
  }

  /// Hyperbolic tangent; error below 2 ulp.
  package static func tanh(_ x: Double) -> Double {
    if x.isNaN || abs(x) < 0x1p-28 { return x }
    if abs(x) > 20 { return x < 0 ? -1 : 1 }
    let growth = expm1(2 * abs(x))
    let value = growth / (growth + 2)
    return x.sign == .minus ? -value : value
  }
}
