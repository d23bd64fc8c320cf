// x = 2^k z with z near 1, c = round(128 z)/128, r = (z - c)/c: ln x = k ln 2 + ln c + ln(1 + r). The head of r is
// a multiple of 2⁻³³ and the heads of ln 2 and ln c of 2⁻⁴², so their sum and the square of r are exact; what is
// left over is summed in the tail. The two parts together are good to about 2⁻⁶⁸, which `pow` needs. The scheme is
// that of Tang (1990), doi:10.1145/98267.98294.

extension Elementary {
  /// Natural logarithm; error below 0.51 ulp. `log(0) = -∞`, of a negative number NaN.
  public static func log(_ x: Double) -> Double {
    guard x >= .leastNormalMagnitude, x < .infinity else { return logarithmAtTheEdge(x, log) }
    return logarithm(x).rounded
  }

  /// Binary logarithm, exact for powers of two; error below 0.51 ulp.
  public static func log2(_ x: Double) -> Double {
    guard x >= .leastNormalMagnitude, x < .infinity else {
      return logarithmAtTheEdge(x) { log2($0) }
    }
    return logarithm(x).normalised.multiplied(by: .inverseOfLn2).rounded
  }

  /// Decimal logarithm, exact for powers of ten; error below 0.51 ulp.
  public static func log10(_ x: Double) -> Double {
    guard x >= .leastNormalMagnitude, x < .infinity else {
      return logarithmAtTheEdge(x) { log10($0) }
    }
    let inverseOfLn10 = DoubleDouble(head: 0x1.bcb7b1526e50ep-2, tail: 0x1.95355baaafad3p-57)
    return logarithm(x).normalised.multiplied(by: inverseOfLn10).rounded
  }

  /// `ln(1 + x)` without the cancellation of `log(1 + x)` near zero; error below 0.6 ulp.
  public static func log1p(_ x: Double) -> Double {
    if abs(x) < 0x1p-54 { return x }
    guard x > -1, x < .infinity else { return x == -1 ? -.infinity : (x == .infinity ? x : .nan) }
    let sum = DoubleDouble(sumOf: 1, x)
    let correction = sum.tail / sum.head
    let base = logarithm(sum.head)
    let total = DoubleDouble(sumOf: base.head, correction)
    return total.head + (total.tail + (base.tail - 0.5 * correction * correction))
  }

  /// `ln x` in two parts for positive normal numbers; relative error about 2⁻⁶⁸.
  @inline(__always)
  static func logarithm<Number: LogarithmLanes>(_ x: Number) -> SumOfTwo<Number> {
    func number(_ value: Double) -> Number { Number(repeating: value) }
    let (k, z) = x.exponentAndRest
    let shifted = z * number(128) + number(0x1.8p52)
    let c = (shifted - number(0x1.8p52)) * number(0x1p-7)
    let (inverse, logHead, logTail) = shifted.tableEntries
    let rHead = ((z - c) * inverse + number(0x1.8p19)) - number(0x1.8p19)
    let rTail = ((z - c) - rHead * c) * inverse
    let leading = SumOfTwo(larger: k * number(0x1.62e42fefa38p-1) + logHead + rHead, smaller: rTail)
    let sum = SumOfTwo(larger: leading.head, smaller: number(-0.5) * (rHead * rHead))
    let constants = k * number(0x1.ef35793c7673p-45) + logTail
    let r = rHead + rTail
    let rest = constants - rTail * (rHead + number(0.5) * rTail) + r * (r * r) * cubicRest(r)
    return SumOfTwo(head: sum.head, tail: (sum.tail + leading.tail) + rest)
  }

  /// `1/3 - r/4 + r²/5 - … + r⁶/9`: `(ln(1 + r) - r + r²/2) / r³` for `|r| < 2⁻⁷`.
  @inline(__always)
  private static func cubicRest<Number: DoubleLanes>(_ r: Number) -> Number {
    func number(_ value: Double) -> Number { Number(repeating: value) }
    let square = r * r
    let low = number(1.0 / 3) - number(0.25) * r
    let middle = number(0.2) - r * number(1.0 / 6)
    let high = (number(1.0 / 7) - number(0.125) * r) + square * number(1.0 / 9)
    return low + square * (middle + square * high)
  }

  /// Zero, negative, infinite, NaN, and subnormal arguments; the last in two steps through a normal number.
  private static func logarithmAtTheEdge(_ x: Double, _ function: (Double) -> Double) -> Double {
    if x == 0 { return -.infinity }
    guard x > 0, x < .infinity else { return x > 0 ? x : .nan }
    return function(x * 0x1p54) - function(0x1p54)
  }
}

/// One double, or several at once, as the logarithm takes them apart.
protocol LogarithmLanes: DoubleLanes {
  /// `k` and `z` in `√½ ..< √2` with `2^k z` the number, which is positive and normal.
  var exponentAndRest: (k: Self, z: Self) { get }
  /// `1/c` and the two parts of `ln c`, where the number's lowest bits are `128 c`.
  var tableEntries: (inverse: Self, logHead: Self, logTail: Self) { get }
}

extension Double: LogarithmLanes {
  @inline(__always) var exponentAndRest: (k: Double, z: Double) {
    let offset = bitPattern &- 0x3FE6_A09E_0000_0000  // zero at √½, so that z lies in √½ ..< √2
    let exponent = Int64(bitPattern: offset) >> 52
    return (Double(exponent), Double(bitPattern: bitPattern &- UInt64(bitPattern: exponent) << 52))
  }

  @inline(__always) var tableEntries: (inverse: Double, logHead: Double, logTail: Double) {
    let entry = 3 &* (Int(truncatingIfNeeded: bitPattern & 0xFFFF) &- 90)
    return (logarithmTable[entry], logarithmTable[entry &+ 1], logarithmTable[entry &+ 2])
  }
}

extension SumOfTwo {
  /// `1 / ln 2`.
  @inline(__always) static var inverseOfLn2: SumOfTwo {
    SumOfTwo(head: Number(repeating: 0x1.71547652b82fep0), tail: Number(repeating: 0x1.777d0ffda0d24p-56))
  }
}
