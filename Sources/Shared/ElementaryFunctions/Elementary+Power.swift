import ExtendedPrecision

extension Elementary {
  /// `xʸ` through a logarithm of 68 bits; error below 0.55 ulp, below 0.8 ulp where the result is subnormal.
  ///
  /// Special values as in C (ISO/IEC 9899:2018, F.10.4.4): `x⁰ = 1` and `1ʸ = 1` for every partner, NaN for a negative base with a fraction as
  /// exponent, signed zeros and infinities for odd whole exponents.
  public static func pow(_ x: Double, _ y: Double) -> Double {
    if y == 0 || x == 1 { return 1 }
    if x.isNaN || y.isNaN { return .nan }
    if x < 0 || x == 0 || x.isInfinite || y.isInfinite { return powerOfSpecialValue(x, y) }
    return powerOfPositive(x, y)
  }

  private static func powerOfPositive(_ x: Double, _ y: Double) -> Double {
    // Beyond 2⁷⁰ every base but 1 overflows or vanishes, since |ln x| ≥ 2⁻⁵³.
    let exponent = Swift.max(-0x1p70, Swift.min(0x1p70, y))
    let isSubnormal = x < .leastNormalMagnitude
    var logarithm = logarithmInParts(isSubnormal ? x * 0x1p54 : x).normalised
    if isSubnormal {
      let shifted = DoubleDouble(sumOf: logarithm.head, -54 * 0x1.62e42fefa38p-1)
      logarithm = DoubleDouble(
        larger: shifted.head, smaller: shifted.tail + (logarithm.tail - 54 * 0x1.ef35793c7673p-45))
    }
    let product = logarithm.multiplied(by: DoubleDouble(head: exponent, tail: 0))
    return exponentialWithRange(product)
  }

  private static func powerOfSpecialValue(_ x: Double, _ y: Double) -> Double {
    if y.isInfinite {
      if x == -1 { return 1 }
      return (abs(x) > 1) == (y > 0) ? .infinity : 0
    }
    let isWhole = y == y.rounded(.towardZero)
    let isOdd = isWhole && abs(y) < 0x1p53 && (0.5 * y) != (0.5 * y).rounded(.towardZero)
    let isNegative = x.sign == .minus
    if x == 0 || x.isInfinite {
      let magnitude = (x == 0) == (y > 0) ? 0 : Double.infinity
      return isNegative && isOdd ? -magnitude : magnitude
    }
    guard isWhole else { return .nan }
    let magnitude = x == -1 ? 1 : powerOfPositive(-x, y)
    return isOdd ? -magnitude : magnitude
  }
}
