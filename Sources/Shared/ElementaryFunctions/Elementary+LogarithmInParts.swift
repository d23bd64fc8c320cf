import ExtendedPrecision

// x = 2^k z with z near 1, c = round(128 z)/128, r = (z - c)/c: ln x = k ln 2 + ln c + ln(1 + r). The head of r is
// a multiple of 2⁻³³ and the heads of ln 2 and ln c of 2⁻⁴², so their sum and the square of r are exact; what is
// left over is summed in the tail. The two parts together are good to about 2⁻⁶⁸, which `pow` needs. The scheme is
// that of Tang (1990), doi:10.1145/98267.98294.

// One body serves one number and four, so the bits are the same (a test compares them). Both are called from this file
// alone, where the compiler knows for which numbers, also in builds that compile one file at a time.

extension Elementary {
  /// `ln x` in two parts for a positive normal number; relative error about 2⁻⁶⁸.
  static func logarithmInParts(_ x: Double) -> DoubleDouble { logarithm(x) }

  /// `ln x` in two parts for four positive normal numbers: for each the same as for it alone.
  static func logarithmInParts(_ x: SIMD4<Double>) -> SumOfTwo<SIMD4<Double>> { logarithm(x) }

  /// `ln x` in two parts for positive normal numbers; relative error about 2⁻⁶⁸.
  @inline(__always)
  private static func logarithm<Number: LogarithmLanes>(_ x: Number) -> SumOfTwo<Number> {
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
}

/// One double, or several at once, as the logarithm takes them apart.
private protocol LogarithmLanes: DoubleLanes {
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

extension SIMD4: LogarithmLanes where Scalar == Double {
  @inline(__always) var exponentAndRest: (k: SIMD4<Double>, z: SIMD4<Double>) {
    let bits = SIMD4<UInt64>(self[0].bitPattern, self[1].bitPattern, self[2].bitPattern, self[3].bitPattern)
    let offset = bits &- 0x3FE6_A09E_0000_0000
    let z = Self.doubles(bits &- (offset & 0xFFF0_0000_0000_0000))
    // The exponent, two's complement in twelve bits, as a double: 2⁵² and a bias that keeps it positive.
    let biased = ((offset &+ 0x4000_0000_0000_0000) &>> 52) & 0xFFF
    return (Self.doubles(biased | 0x4330_0000_0000_0000) - (0x1p52 + 1024), z)
  }

  @inline(__always) var tableEntries: (inverse: SIMD4<Double>, logHead: SIMD4<Double>, logTail: SIMD4<Double>)
  {
    var (inverse, logHead, logTail) = (SIMD4<Double>.zero, SIMD4<Double>.zero, SIMD4<Double>.zero)
    for lane in 0..<4 {
      let entry = 3 &* (Int(truncatingIfNeeded: self[lane].bitPattern & 0xFFFF) &- 90)
      inverse[lane] = logarithmTable[entry]
      logHead[lane] = logarithmTable[entry &+ 1]
      logTail[lane] = logarithmTable[entry &+ 2]
    }
    return (inverse, logHead, logTail)
  }

  @inline(__always)
  private static func doubles(_ bits: SIMD4<UInt64>) -> SIMD4<Double> {
    unsafe unsafeBitCast(bits, to: SIMD4<Double>.self)
  }
}
