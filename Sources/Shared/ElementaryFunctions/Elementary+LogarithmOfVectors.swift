import ExtendedPrecision

extension Elementary {
  /// Binary logarithm of each lane: the bits of `log2` of the lane by itself.
  ///
  /// Four cost about as much as two by themselves, because SSE2 holds two in a register.
  package static func log2(_ x: SIMD4<Double>) -> SIMD4<Double> {
    guard all(x .>= .leastNormalMagnitude .& x .< .infinity) else {
      return SIMD4(log2(x[0]), log2(x[1]), log2(x[2]), log2(x[3]))
    }
    return logarithmInParts(x).normalised.multiplied(by: SumOfTwo(repeating: .inverseOfLn2)).rounded
  }
}
