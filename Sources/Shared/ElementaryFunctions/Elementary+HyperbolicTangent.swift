import ExtendedPrecision

extension Elementary {
  /// Hyperbolic tangent; error below 0.6 ulp.
  ///
  /// Below 1/4 the Maclaurin series (DLMF 4.33.3), all of which but the first term is at most a 48th of it; above,
  /// `(e^(2x) - 1)/(e^(2x) + 1)` (DLMF 4.28.4) in two parts.
  public static func tanh(_ x: Double) -> Double {
    if x.isNaN || abs(x) < 0x1p-28 { return x }
    if abs(x) < 0.25 { return hyperbolicTangentNearZero(x) }
    if abs(x) > 20 { return x < 0 ? -1 : 1 }
    let power = exponential(DoubleDouble(head: 2 * abs(x), tail: 0))
    let scale = powerOfTwo(power.exponent)
    let growth = DoubleDouble(head: power.significand.head * scale, tail: power.significand.tail * scale)
    let one = DoubleDouble(head: 1, tail: 0)
    let magnitude = (growth + -one).divided(by: growth + one).rounded
    return x < 0 ? -magnitude : magnitude
  }

  private static func hyperbolicTangentNearZero(_ x: Double) -> Double {
    let square = x * x
    var series = hyperbolicTangentSeries[0]
    for n in 1..<12 { series = series * square + hyperbolicTangentSeries[n] }
    return x + x * square * series
  }
}
