import ExtendedPrecision

// Below 1/2 erf is its Maclaurin series, all of which but the first term is at most a twelfth of it. From 1/2 on
// erfc(x) = e^(-x²) g(x) with g varying slowly: a polynomial around the middle of one of eight intervals an octave,
// whose first term has two parts and whose others add at most a sixteenth. Either keeps two parts to the end, so
// 1 - erf and 1 - erfc lose nothing.

extension Elementary {
  /// Error function `2/√π ∫₀ˣ e^(-t²) dt` (DLMF 7.2.1); error below 0.7 ulp.
  public static func erf(_ x: Double) -> Double {
    if x.isNaN { return x }
    if abs(x) < 0.5 { return errorFunctionNearZero(x) }
    let magnitude = abs(x) > 6 ? 1 : (-complementAboveHalf(abs(x))).added(toLarger: 1)
    return x < 0 ? -magnitude : magnitude
  }

  /// Complementary error function `2/√π ∫ₓ^∞ e^(-t²) dt` (DLMF 7.2.2); error below 0.7 ulp, below 0.9 ulp where the
  /// result is subnormal.
  public static func erfc(_ x: Double) -> Double {
    if x.isNaN { return x }
    if abs(x) < 0.5 { return (-errorSeries(x)).added(toLarger: 1) }
    if x < 0 { return x < -6 ? 2 : (-complementAboveHalf(-x)).added(toLarger: 2) }
    if x > 27.3 { return 0 }
    let complement = scaledComplement(x)
    let half = complement.exponent >> 1
    return complement.significand.rounded * powerOfTwo(half) * powerOfTwo(complement.exponent - half)
  }

  /// `erf x` in two parts for `|x| < 1/2` (DLMF 7.6.1).
  private static func errorSeries(_ x: Double) -> DoubleDouble {
    let square = x * x
    var series = errorFunctionSeries[0]
    for n in 1..<14 { series = series * square + errorFunctionSeries[n] }
    let twoOverRootPi = DoubleDouble(head: 0x1.20dd750429b6dp0, tail: 0x1.1ae3a914fed8p-56)
    let first = twoOverRootPi.multiplied(by: DoubleDouble(head: x, tail: 0))
    let total = DoubleDouble(larger: first.head, smaller: x * square * series)
    return DoubleDouble(larger: total.head, smaller: total.tail + first.tail)
  }

  /// `erf x` for `|x| < 1/2`; an argument whose exact products would be subnormal is scaled.
  private static func errorFunctionNearZero(_ x: Double) -> Double {
    guard abs(x) < 0x1p-500 else { return errorSeries(x).rounded }
    return x == 0 ? x : errorSeries(x * 0x1p500).rounded * 0x1p-500
  }

  /// `erfc x` in two parts for `1/2 ≤ x ≤ 6`.
  private static func complementAboveHalf(_ x: Double) -> DoubleDouble {
    let complement = scaledComplement(x)
    let scale = powerOfTwo(complement.exponent)
    return DoubleDouble(head: complement.significand.head * scale, tail: complement.significand.tail * scale)
  }

  /// `erfc x = significand · 2^exponent` for `1/2 ≤ x < 27.5`.
  private static func scaledComplement(_ x: Double) -> (significand: DoubleDouble, exponent: Int) {
    let interval = (x.bitPattern &- 0x3FE0_0000_0000_0000) >> 49
    let middle = Double(bitPattern: (x.bitPattern >> 48 | 1) << 48)
    let h = x - middle
    let row = 13 &* Int(truncatingIfNeeded: interval)
    var series = errorFunctionTable[row &+ 12]
    for n in stride(from: 11, through: 2, by: -1) { series = series * h + errorFunctionTable[row &+ n] }
    let factor = DoubleDouble(larger: errorFunctionTable[row], smaller: series * h)
    let square = DoubleDouble(productOf: x, x)
    let gaussian = exponential(DoubleDouble(head: -square.head, tail: -square.tail))
    let product = gaussian.significand.normalised.multiplied(
      by: DoubleDouble(head: factor.head, tail: factor.tail + errorFunctionTable[row &+ 1]))
    return (product, gaussian.exponent)
  }
}
