import ExtendedPrecision

// e^x = 2^(k/64) e^r with k = round(64 x / ln 2) and |r| ≤ ln 2 / 128: a table of 64 powers and a polynomial of
// degree 6 in r (Tang 1989, doi:10.1145/63522.214389). The head of ln 2 / 64 has 36 bits, so k times it is exact and r
// loses nothing to cancellation.

extension Elementary {
  /// `eˣ`; error below 0.53 ulp, below 0.8 ulp where the result is subnormal.
  public static func exp(_ x: Double) -> Double {
    guard abs(x) < 708 else { return exponentialAtTheEdge(x) }
    let power = exponential(DoubleDouble(head: x, tail: 0))
    return power.significand.rounded * powerOfTwo(power.exponent)
  }

  /// `eˣ - 1` without the cancellation of `exp(x) - 1` near zero; error below 0.8 ulp.
  public static func expm1(_ x: Double) -> Double {
    if abs(x) < 0.35 { return expm1NearZero(x) }
    guard x < 708, x > -708 else { return x > 0 ? exponentialAtTheEdge(x) : (x.isNaN ? x : -1) }
    let power = exponential(DoubleDouble(head: x, tail: 0))
    let scale = powerOfTwo(power.exponent)
    let difference = DoubleDouble(sumOf: power.significand.head * scale, -1)
    return difference.head + (difference.tail + power.significand.tail * scale)
  }

  /// `eˣ` as `significand · 2^exponent` for a two-part argument with `|x| < 800`; relative error about 2⁻⁶⁰.
  @inline(__always)
  static func exponential(_ x: DoubleDouble) -> (significand: DoubleDouble, exponent: Int) {
    let toNearest = 0x1.8p52
    let shifted = x.head * 0x1.71547652b82fep6 + toNearest
    let count = shifted - toNearest
    let step = Int(Int32(truncatingIfNeeded: Int64(bitPattern: shifted.bitPattern)))
    let head = x.head - count * 0x1.62e42fefap-7
    let r = (head - count * 0x1.cf79abc9e3b3ap-46) + x.tail
    let square = r * r
    let low = 0.5 + r * 0x1.5555555555555p-3
    let high = 0x1.5555555555555p-5 + r * (0x1.1111111111111p-7 + r * 0x1.6c16c16c16c17p-10)
    let growth = r + square * (low + square * high)
    let entry = 2 &* (step & 63)
    let table = exponentialTable[entry]
    return (DoubleDouble(head: table, tail: exponentialTable[entry &+ 1] + table * growth), step >> 6)
  }

  /// `2^exponent` for `-1022...1023`.
  @inline(__always)
  static func powerOfTwo(_ exponent: Int) -> Double {
    Double(bitPattern: UInt64(truncatingIfNeeded: exponent &+ 1023) << 52)
  }

  /// Two-part argument, any size: used where the result may overflow or be subnormal.
  static func exponentialWithRange(_ x: DoubleDouble) -> Double {
    if x.head > 710 { return .infinity }
    if x.head < -746 { return 0 }
    let power = exponential(x)
    let half = power.exponent >> 1
    return power.significand.rounded * powerOfTwo(half) * powerOfTwo(power.exponent - half)
  }

  private static func exponentialAtTheEdge(_ x: Double) -> Double {
    x.isNaN ? x : exponentialWithRange(DoubleDouble(head: x, tail: 0))
  }

  /// Taylor series `x + x²/2 + x³ (1/3! + x/4! + …)`, the square kept in two parts; `|x| < 0.35`.
  private static func expm1NearZero(_ x: Double) -> Double {
    if abs(x) < 0x1p-54 { return x }
    var series = 1.0 / 1_307_674_368_000
    for n in expm1Coefficients.indices { series = series * x + expm1Coefficients[n] }
    let square = DoubleDouble(productOf: x, x)
    let start = DoubleDouble(larger: x, smaller: 0.5 * square.head)
    return start.head + (start.tail + 0.5 * square.tail + x * square.head * series)
  }
}

/// `1/n!` for `n = 14, 13, …, 3`.
private let expm1Coefficients: InlineArray<12, Double> = [
  1.0 / 87_178_291_200, 1.0 / 6_227_020_800, 1.0 / 479_001_600, 1.0 / 39_916_800, 1.0 / 3_628_800,
  1.0 / 362_880,
  1.0 / 40_320, 1.0 / 5_040, 1.0 / 720, 1.0 / 120, 1.0 / 24, 1.0 / 6,
]
