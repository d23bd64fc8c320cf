import ExtendedPrecision

// x = n π/2 + r with |r| ≤ π/4, r in two parts, then Taylor polynomials whose truncation is below 2⁻⁶⁰.

extension Elementary {
  /// Sine of an angle in radians, of any size; error below 0.8 ulp. NaN for an infinite angle.
  public static func sin(_ x: Double) -> Double {
    guard x.isFinite else { return .nan }
    if abs(x) < 0x1p-27 { return x }
    let (quadrant, r) = reduced(x)
    let value = quadrant & 1 == 0 ? sine(r) : cosine(r)
    return quadrant & 2 == 0 ? value : -value
  }

  /// Cosine of an angle in radians, of any size; error below 0.8 ulp. NaN for an infinite angle.
  public static func cos(_ x: Double) -> Double {
    guard x.isFinite else { return .nan }
    let (quadrant, r) = reduced(x)
    let value = quadrant & 1 == 0 ? cosine(r) : sine(r)
    return (quadrant + 1) & 2 == 0 ? value : -value
  }

  private static func reduced(_ x: Double) -> (quadrant: Int, r: DoubleDouble) {
    if abs(x) <= 0x1.921fb54442d18p-1 { return (0, DoubleDouble(head: x, tail: 0)) }
    return abs(x) < 0x1p20 ? reducedByParts(x) : reducedByIntegers(x)
  }

  /// Cody and Waite's reduction with π/2 in four parts, the first three of 33 bits: their products with `n` are exact.
  private static func reducedByParts(_ x: Double) -> (quadrant: Int, r: DoubleDouble) {
    let n = (x * 0x1.45f306dc9c883p-1).rounded(.toNearestOrEven)
    let first = x - n * 0x1.921fb544p0
    let second = DoubleDouble(sumOf: first, -(n * 0x1.0b4611a6p-34))
    let third = DoubleDouble(sumOf: second.head, -(n * 0x1.3198a2ep-69))
    let rest = second.tail + (third.tail - n * 0x1.b839a252049c1p-104)
    return (Int(n) & 3, DoubleDouble(sumOf: third.head, rest))
  }

  /// Payne and Hanek's reduction (1983, doi:10.1145/1057600.1057602): the 192 bits of 2/π that matter, times the 53-bit significand, modulo 4.
  private static func reducedByIntegers(_ x: Double) -> (quadrant: Int, r: DoubleDouble) {
    let significand = x.significandBitPattern | 1 << 52
    let window = bitsOfTwoOverPi(from: Int(x.exponent) - 52 - 2)
    let low = significand.multipliedFullWidth(by: window.2)
    let middle = significand.multipliedFullWidth(by: window.1)
    let (word1, carry1) = middle.low.addingReportingOverflow(low.high)
    let word0 = significand &* window.0 &+ middle.high &+ (carry1 ? 1 : 0)
    // The product counts quarter turns in units of 2⁻¹⁹⁰; round to whole ones, keep the signed rest.
    let turns = (word0 &+ 1 << 61) >> 62
    let signed = Int64(bitPattern: word0 &- turns << 62)
    let head = DoubleDouble(sumOf: Double(signed >> 11) * 0x1p-51, Double(signed & 2047) * 0x1p-62)
    let fraction = DoubleDouble(
      sumOf: head.head,
      head.tail + Double(word1 >> 11) * 0x1p-115 + Double(word1 & 2047) * 0x1p-126)
    let halfPi = DoubleDouble(head: 0x1.921fb54442d18p0, tail: 0x1.1a62633145c07p-54)
    let r = fraction.multiplied(by: halfPi)
    guard x < 0 else { return (Int(turns), r) }
    return ((4 - Int(turns)) & 3, DoubleDouble(head: -r.head, tail: -r.tail))
  }

  /// Three words of the fraction bits of 2/π from bit `first` on; bits before the binary point are zero.
  private static func bitsOfTwoOverPi(from first: Int) -> (UInt64, UInt64, UInt64) {
    let word = first >> 6
    let shift = UInt64(first & 63)
    func aligned(_ index: Int) -> UInt64 {
      let upper = index < 0 ? 0 : twoOverPi[index]
      let lower = index + 1 < 0 ? 0 : twoOverPi[index + 1]
      return shift == 0 ? upper : upper << shift | lower >> (64 - shift)
    }
    return (aligned(word), aligned(word + 1), aligned(word + 2))
  }

  /// `r - r³/3! + r⁵/5! - …`; `|r| ≤ π/4`.
  private static func sine(_ r: DoubleDouble) -> Double {
    let square = r.head * r.head
    var series = sineCoefficients[0]
    for n in 1..<8 { series = series * square + sineCoefficients[n] }
    return r.head + (r.head * square * series + r.tail * (1 - 0.5 * square))
  }

  /// `1 - r²/2! + r⁴/4! - …`, with the rounding error of the first subtraction put back; `|r| ≤ π/4`.
  private static func cosine(_ r: DoubleDouble) -> Double {
    let square = DoubleDouble(productOf: r.head, r.head)
    var series = cosineCoefficients[0]
    for n in 1..<8 { series = series * square.head + cosineCoefficients[n] }
    let start = DoubleDouble(larger: 1, smaller: -0.5 * square.head)
    let rest = square.head * square.head * series - (r.head * r.tail + 0.5 * square.tail)
    return start.head + (start.tail + rest)
  }
}

/// `∓1/n!` for `n = 17, 15, …, 3`.
private let sineCoefficients: InlineArray<8, Double> = [
  1.0 / 355_687_428_096_000, -1.0 / 1_307_674_368_000, 1.0 / 6_227_020_800, -1.0 / 39_916_800, 1.0 / 362_880,
  -1.0 / 5_040, 1.0 / 120, -1.0 / 6,
]

/// `∓1/n!` for `n = 18, 16, …, 4`.
private let cosineCoefficients: InlineArray<8, Double> = [
  -1.0 / 6_402_373_705_728_000, 1.0 / 20_922_789_888_000, -1.0 / 87_178_291_200, 1.0 / 479_001_600,
  -1.0 / 3_628_800, 1.0 / 40_320, -1.0 / 720, 1.0 / 24,
]

/// The first 1,280 fraction bits of 2/π, most significant word first (computed with mpmath).
private let twoOverPi: InlineArray<20, UInt64> = [
  0xA2F9_836E_4E44_1529, 0xFC27_57D1_F534_DDC0, 0xDB62_9599_3C43_9041, 0xFE51_63AB_DEBB_C561,
  0xB724_6E3A_424D_D2E0, 0x0649_2EEA_09D1_921C, 0xFE1D_EB1C_B129_A73E, 0xE882_35F5_2EBB_4484,
  0xE99C_7026_B45F_7E41, 0x3991_D639_8353_39F4, 0x9C84_5F8B_BDF9_283B, 0x1FF8_97FF_DE05_980F,
  0xEF2F_118B_5A0A_6D1F, 0x6D36_7ECF_27CB_09B7, 0x4F46_3F66_9E5F_EA2D, 0x7527_BAC7_EBE5_F17B,
  0x3D07_39F7_8A52_92EA, 0x6BFB_5FB1_1F8D_5D08, 0x5603_3046_FC7B_6BAB, 0xF0CF_BC20_9AF4_361D,
]
