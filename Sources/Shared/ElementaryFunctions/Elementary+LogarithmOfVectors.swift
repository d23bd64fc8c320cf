// The same operations as for one number, in the same order, on four at a time: the bits are the same (a test compares
// them), and four cost about as much as two by themselves, because SSE2 holds two in a register.

extension Elementary {
  /// Binary logarithm of each lane: the bits of `log2` of the lane by itself.
  package static func log2(_ x: SIMD4<Double>) -> SIMD4<Double> {
    guard all(x .>= .leastNormalMagnitude .& x .< .infinity) else {
      return SIMD4(log2(x[0]), log2(x[1]), log2(x[2]), log2(x[3]))
    }
    let logarithm = FourSums(logarithmOf: x)
    return logarithm.normalised.multiplied(by: 0x1.71547652b82fep0, 0x1.777d0ffda0d24p-56).rounded
  }
}

/// Four `DoubleDouble`.
private struct FourSums {
  typealias Four = SIMD4<Double>
  let head: Four
  let tail: Four

  @inline(__always)
  init(head: Four, tail: Four) {
    self.head = head
    self.tail = tail
  }

  @inline(__always)
  init(larger a: Four, smaller b: Four) {
    head = a + b
    tail = b - (head - a)
  }

  /// As `Elementary.logarithm`, for positive normal numbers.
  @inline(__always)
  init(logarithmOf x: Four) {
    let bits = SIMD4<UInt64>(x[0].bitPattern, x[1].bitPattern, x[2].bitPattern, x[3].bitPattern)
    let offset = bits &- 0x3FE6_A09E_0000_0000
    let z = Self.doubles(bits &- (offset & 0xFFF0_0000_0000_0000))
    // The exponent, two's complement in twelve bits, as a double: 2⁵² and a bias that keeps it positive.
    let biased = ((offset &+ 0x4000_0000_0000_0000) &>> 52) & 0xFFF
    let k = Self.doubles(biased | 0x4330_0000_0000_0000) - (0x1p52 + 1024)
    let shifted = z * 128 + 0x1.8p52
    let c = (shifted - 0x1.8p52) * 0x1p-7
    var (inverse, logHead, logTail) = (Four.zero, Four.zero, Four.zero)
    for lane in 0..<4 {
      let entry = 3 &* (Int(truncatingIfNeeded: shifted[lane].bitPattern & 0xFFFF) &- 90)
      inverse[lane] = logarithmTable[entry]
      logHead[lane] = logarithmTable[entry &+ 1]
      logTail[lane] = logarithmTable[entry &+ 2]
    }
    let rHead = ((z - c) * inverse + 0x1.8p19) - 0x1.8p19
    let rTail = ((z - c) - rHead * c) * inverse
    let leading = FourSums(larger: k * 0x1.62e42fefa38p-1 + logHead + rHead, smaller: rTail)
    let sum = FourSums(larger: leading.head, smaller: -0.5 * (rHead * rHead))
    let constants = k * 0x1.ef35793c7673p-45 + logTail
    let r = rHead + rTail
    let rest = constants - rTail * (rHead + 0.5 * rTail) + r * (r * r) * Self.cubicRest(r)
    self.init(head: sum.head, tail: (sum.tail + leading.tail) + rest)
  }

  /// As `Elementary.cubicRest`.
  @inline(__always)
  private static func cubicRest(_ r: Four) -> Four {
    let square = r * r
    let low = 1.0 / 3 - 0.25 * r
    let middle = 0.2 - r * (1.0 / 6)
    let high = (1.0 / 7 - 0.125 * r) + square * (1.0 / 9)
    return low + square * (middle + square * high)
  }

  @inline(__always)
  private static func doubles(_ bits: SIMD4<UInt64>) -> Four { unsafe unsafeBitCast(bits, to: Four.self) }

  @inline(__always) var normalised: FourSums { FourSums(larger: head, smaller: tail) }

  @inline(__always) var rounded: Four { head + tail }

  /// Product with one sum for all.
  @inline(__always)
  func multiplied(by otherHead: Double, _ otherTail: Double) -> FourSums {
    let (upperA, lowerA) = Self.halves(of: head)
    let (upperB, lowerB) = Self.halves(of: Four(repeating: otherHead))
    let product = head * otherHead
    let rest = ((upperA * upperB - product) + upperA * lowerB + lowerA * upperB) + lowerA * lowerB
    return FourSums(larger: product, smaller: rest + (head * otherTail + tail * otherHead))
  }

  @inline(__always)
  private static func halves(of a: Four) -> (Four, Four) {
    let scaled = 0x1p27 * a + a
    let upper = scaled - (scaled - a)
    return (upper, a - upper)
  }
}
