// One body serves one number and four, so the bits are the same (a test compares them), and four cost about as much as
// two by themselves, because SSE2 holds two in a register.

extension Elementary {
  /// Binary logarithm of each lane: the bits of `log2` of the lane by itself.
  package static func log2(_ x: SIMD4<Double>) -> SIMD4<Double> {
    guard all(x .>= .leastNormalMagnitude .& x .< .infinity) else {
      return SIMD4(log2(x[0]), log2(x[1]), log2(x[2]), log2(x[3]))
    }
    return logarithm(x).normalised.multiplied(by: .inverseOfLn2).rounded
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
