import ExtendedPrecision

extension Elementary {
  /// Natural logarithm; error below 0.51 ulp. `log(0) = -∞`, of a negative number NaN.
  public static func log(_ x: Double) -> Double {
    guard x >= .leastNormalMagnitude, x < .infinity else { return logarithmAtTheEdge(x, log) }
    return logarithmInParts(x).rounded
  }

  /// Binary logarithm, exact for powers of two; error below 0.51 ulp.
  public static func log2(_ x: Double) -> Double {
    guard x >= .leastNormalMagnitude, x < .infinity else {
      return logarithmAtTheEdge(x) { log2($0) }
    }
    return logarithmInParts(x).normalised.multiplied(by: .inverseOfLn2).rounded
  }

  /// Decimal logarithm, exact for powers of ten; error below 0.51 ulp.
  public static func log10(_ x: Double) -> Double {
    guard x >= .leastNormalMagnitude, x < .infinity else {
      return logarithmAtTheEdge(x) { log10($0) }
    }
    let inverseOfLn10 = DoubleDouble(head: 0x1.bcb7b1526e50ep-2, tail: 0x1.95355baaafad3p-57)
    return logarithmInParts(x).normalised.multiplied(by: inverseOfLn10).rounded
  }

  /// `ln(1 + x)` without the cancellation of `log(1 + x)` near zero; error below 0.6 ulp.
  public static func log1p(_ x: Double) -> Double {
    if abs(x) < 0x1p-54 { return x }
    guard x > -1, x < .infinity else { return x == -1 ? -.infinity : (x == .infinity ? x : .nan) }
    let sum = DoubleDouble(sumOf: 1, x)
    let correction = sum.tail / sum.head
    let base = logarithmInParts(sum.head)
    let total = DoubleDouble(sumOf: base.head, correction)
    return total.head + (total.tail + (base.tail - 0.5 * correction * correction))
  }

  /// Zero, negative, infinite, NaN, and subnormal arguments; the last in two steps through a normal number.
  private static func logarithmAtTheEdge(_ x: Double, _ function: (Double) -> Double) -> Double {
    if x == 0 { return -.infinity }
    guard x > 0, x < .infinity else { return x > 0 ? x : .nan }
    return function(x * 0x1p54) - function(0x1p54)
  }
}

extension DoubleDouble {
  /// `1 / ln 2`.
  static var inverseOfLn2: DoubleDouble {
    DoubleDouble(head: 0x1.71547652b82fep0, tail: 0x1.777d0ffda0d24p-56)
  }
}
