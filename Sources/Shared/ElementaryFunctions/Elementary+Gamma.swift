import ExtendedPrecision

// Around 2 the logarithm of the gamma function is a power series whose three leading coefficients have two parts;
// arguments below 16 reach it by Γ(x + 1) = x Γ(x), with the logarithm of the factors in two parts. So the zeros at
// 1 and 2 are met with full relative precision. From 16 on Stirling's series is used.

extension Elementary {
  /// Logarithm of the gamma function for `x > 0`; error below 0.6 ulp, near its zeros too. NaN for other arguments.
  public static func lgamma(_ x: Double) -> Double {
    guard x > 0 else { return .nan }
    guard x < .infinity else { return x }
    if x < 0x1p-60 { return -log(x) }
    if x >= 16 { return x < 0x1p60 ? stirling(x) : stirlingWithoutSeries(x) }
    if x < 0.5 {
      let factors = DoubleDouble(sumOf: 1, x).multiplied(by: DoubleDouble(head: x, tail: 0))
      return (logGammaNearTwo(x) + -logarithm(factors)).rounded
    }
    if x < 1.5 { return (logGammaNearTwo(x - 1) + -logarithmInParts(x).normalised).rounded }
    return shiftedLogGamma(x)
  }

  /// `ln Γ(x) = ln Γ(x - n) + ln((x - 1)(x - 2)…(x - n))` with `x - n` in `3/2 ..< 5/2`, for `3/2 ≤ x < 16`.
  private static func shiftedLogGamma(_ x: Double) -> Double {
    var shifted = x
    var factors = DoubleDouble(head: 1, tail: 0)
    while shifted >= 2.5 {
      shifted -= 1  // exact, as all that follows of one unit
      factors = factors.multiplied(by: DoubleDouble(head: shifted, tail: 0))
    }
    let series = logGammaNearTwo(shifted - 2)
    return factors.head == 1 ? series.rounded : (series + logarithm(factors)).rounded
  }

  /// `ln Γ(2 + h) = (1 - γ) h + Σ (-1)ᵏ (ζ(k) - 1) hᵏ / k` (DLMF 5.7.3) for `|h| ≤ 1/2`; relative error about 2⁻⁵⁷.
  private static func logGammaNearTwo(_ h: Double) -> DoubleDouble {
    var series = logGammaSeries[0]
    for n in 1..<27 { series = series * h + logGammaSeries[n] }
    let variable = DoubleDouble(head: h, tail: 0)
    var total = DoubleDouble(head: series, tail: 0)
    for n in stride(from: 4, through: 0, by: -2) {
      let coefficient = DoubleDouble(head: logGammaLeading[n], tail: logGammaLeading[n + 1])
      total = total.multiplied(by: variable) + coefficient
    }
    return total.multiplied(by: variable)
  }

  /// Natural logarithm of a sum in two parts.
  private static func logarithm(_ x: DoubleDouble) -> DoubleDouble {
    logarithmInParts(x.head).normalised + DoubleDouble(head: x.tail / x.head, tail: 0)
  }

  /// `(x - 1/2) ln x - x + ln √2π + Σ B₂ₙ / (2n (2n - 1) x^(2n-1))` (DLMF 5.11.1) for `16 ≤ x < 2⁶⁰`; nine terms of the
  /// series leave out less than 10⁻²⁰.
  private static func stirling(_ x: Double) -> Double {
    let inverse = 1 / x
    let square = inverse * inverse
    var series = stirlingSeries[0]
    for n in 1..<9 { series = series * square + stirlingSeries[n] }
    let halfLogOfTwoPi = DoubleDouble(head: 0x1.d67f1c864beb5p-1, tail: -0x1.65b5a1b7ff5dfp-55)
    let product = logarithmInParts(x).normalised.multiplied(by: DoubleDouble(sumOf: x, -0.5))
    let small = halfLogOfTwoPi + DoubleDouble(head: inverse * series, tail: 0)
    return (product + DoubleDouble(head: -x, tail: 0) + small).rounded
  }

  /// `x (ln x - 1)`, all that a double shows of Stirling's series from 2⁶⁰ on; scaled, as `x` may be near the largest.
  private static func stirlingWithoutSeries(_ x: Double) -> Double {
    let factor = logarithmInParts(x).normalised + DoubleDouble(head: -1, tail: 0)
    return factor.multiplied(by: DoubleDouble(head: x * 0x1p-60, tail: 0)).rounded * 0x1p60
  }
}
