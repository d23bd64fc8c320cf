import ElementaryFunctions
import Testing

@Suite struct `Special values` {
  @Test func `exp overflows, vanishes and passes NaN on`() {
    #expect(Elementary.exp(.nan).isNaN)
    #expect(Elementary.exp(.infinity) == .infinity)
    #expect(Elementary.exp(-.infinity) == 0)
    #expect(Elementary.exp(0) == 1)
    #expect(Elementary.exp(709.79) == .infinity)
    #expect(Elementary.exp(-745.2) == 0)
    #expect(Elementary.exp(-745.1) == .leastNonzeroMagnitude)
  }

  @Test func `expm1 keeps the sign of zero and ends at minus one`() {
    #expect(Elementary.expm1(-0.0).sign == .minus)
    #expect(Elementary.expm1(-.infinity) == -1)
    #expect(Elementary.expm1(.infinity) == .infinity)
    #expect(Elementary.expm1(1e-300) == 1e-300)
    #expect(Elementary.expm1(.nan).isNaN)
    #expect(Elementary.expm1(-1000) == -1)
  }

  @Test func `logarithms of zero, negative, infinite and subnormal numbers`() {
    for log in [Elementary.log, Elementary.log2, Elementary.log10] {
      #expect(log(0) == -.infinity)
      #expect(log(-1).isNaN)
      #expect(log(.nan).isNaN)
      #expect(log(.infinity) == .infinity)
      #expect(log(1) == 0)
    }
    #expect(Elementary.log2(.leastNonzeroMagnitude) == -1074)
    #expect(Elementary.log1p(-1) == -.infinity)
    #expect(Elementary.log1p(-1.5).isNaN)
    #expect(Elementary.log1p(.infinity) == .infinity)
    #expect(Elementary.log1p(.nan).isNaN)
    #expect(Elementary.log1p(-0.0).sign == .minus)
  }

  @Test(arguments: powersOfC) func `pow follows C`(x: Double, y: Double, expected: Double) {
    let value = Elementary.pow(x, y)
    #expect(value == expected)
    #expect(value.sign == expected.sign)
  }

  @Test func `pow of a negative base with a fraction is NaN`() {
    #expect(Elementary.pow(-2, 0.5).isNaN)
    #expect(Elementary.pow(.nan, 1).isNaN)
    #expect(Elementary.pow(2, .nan).isNaN)
  }

  @Test func `sine and cosine of infinity are NaN, of zero zero and one`() {
    #expect(Elementary.sin(.infinity).isNaN)
    #expect(Elementary.cos(-.infinity).isNaN)
    #expect(Elementary.sin(-0.0).sign == .minus)
    #expect(Elementary.cos(0) == 1)
  }
}

/// Base, exponent and power as ISO C, annex F.10.4.4, has them.
private let powersOfC: [(Double, Double, Double)] = [
  (0, 0, 1), (.nan, 0, 1), (1, .nan, 1), (-1, .infinity, 1), (0.5, .infinity, 0), (2, .infinity, .infinity),
  (0.5, -.infinity, .infinity), (-2, 3, -8), (-2, 2, 4), (-2, -3, -0.125), (-0.0, -1, -.infinity),
  (-0.0, 3, -0.0),
  (0, 2.5, 0), (-.infinity, 3, -.infinity), (-.infinity, 2, .infinity), (-.infinity, -3, -0.0),
  (.infinity, -1, 0), (2, 1e300, .infinity), (2, -1e300, 0), (0.5, 1e300, 0), (10, 400, .infinity),
  (4, 0.5, 2), (.leastNonzeroMagnitude, 1, .leastNonzeroMagnitude), (2, -1074, .leastNonzeroMagnitude),
  (-1, 1e300, 1),
]
