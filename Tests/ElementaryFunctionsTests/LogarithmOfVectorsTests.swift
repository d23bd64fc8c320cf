import ElementaryFunctions
import Testing

@Suite struct `Logarithms of four numbers at a time` {
  @Test func `have the bits of the logarithms one by one`() {
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    func next() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      // Any positive normal number: sign clear, exponent 1 to 2046.
      let exponent = 1 + (state >> 53) % 2046
      return Double(bitPattern: exponent << 52 | (state >> 9 & 0xF_FFFF_FFFF_FFFF))
    }
    for _ in 0..<200_000 { check(SIMD4(next(), next(), next(), next())) }
  }

  @Test func `have them near one, where parts cancel`() {
    for step in 0..<40_000 {
      let x = 0.7 + Double(step) * 2e-5
      check(SIMD4(x, x.nextUp, 1 / x, 1 + Double(step) * .ulpOfOne))
    }
  }

  @Test func `have them at the edges`() {
    check(SIMD4(0, -1, .infinity, .nan))
    check(SIMD4(.leastNonzeroMagnitude, .leastNormalMagnitude, .greatestFiniteMagnitude, 1))
  }

  private func check(_ numbers: SIMD4<Double>) {
    let together = Elementary.log2(numbers)
    for lane in 0..<4 {
      let alone = Elementary.log2(numbers[lane])
      if alone.isNaN ? !together[lane].isNaN : together[lane].bitPattern != alone.bitPattern {
        Issue.record("log2(\(numbers[lane])): \(together[lane]) in a vector, \(alone) alone")
      }
    }
  }
}
