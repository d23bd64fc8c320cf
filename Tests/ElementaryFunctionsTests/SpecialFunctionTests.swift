import ElementaryFunctions
import Testing

@Suite struct `Special functions` {
  /// Values of mpmath, rounded to a double.
  @Test(
    arguments: [
      (0, 1), (0.1, 0.88753708398171510), (0.5, 0.47950012218695346), (0.99, 0.1614919304446302),
      (1, 0.15729920705028513), (1.5, 0.033894853524689273), (3, 2.2090496998585441e-05),
      (6, 2.1519736712498913e-17), (15, 7.2129941724512067e-100), (26, 5.6631924088561428e-296),
      (-0.5, 1.5204998778130465), (-3, 1.9999779095030014),
    ] as [(Double, Double)])
  func `erfc has the published values`(x: Double, expected: Double) {
    #expect(abs(Elementary.erfc(x) - expected) <= expected.ulp)
  }

  /// ln 0! … and Γ(1/2) = √π.
  @Test(
    arguments: [
      (1, 0), (2, 0), (3, 0.69314718055994531), (0.5, 0.57236494292470009), (10, 12.801827480081469),
      (0.001, 6.9071788853838537), (171.5, 709.14316303092824), (1e6, 12815504.569147612),
    ] as [(Double, Double)])
  func `lgamma has the published values`(x: Double, expected: Double) {
    #expect(abs(Elementary.lgamma(x) - expected) <= expected.ulp)
  }

  @Test func `erf is odd and the complement of erfc`() {
    for step in -600...600 {
      let x = 0.01 * Double(step)
      #expect(Elementary.erf(-x) == -Elementary.erf(x))
      #expect(abs(Elementary.erf(x) + Elementary.erfc(x) - 1) <= 0x1p-52)
    }
    #expect(Elementary.erf(-0.0).sign == .minus)
  }

  @Test func `erfc falls to the smallest number without a step up`() {
    var last = 2.0
    for step in -12_000...54_600 {
      let value = Elementary.erfc(Double(step) * 0x1p-11)
      #expect(value <= last)
      last = value
    }
    #expect(Elementary.erfc(27.226) == .leastNonzeroMagnitude)
    #expect(Elementary.erfc(27.23) == 0)
  }

  /// Whole arguments: `ln (n - 1)!`, the factorial exact in a double to 22!.
  @Test func `lgamma of whole numbers is the logarithm of a factorial`() {
    var factorial = 1.0
    for n in 2...23 {
      factorial *= Double(n - 1)
      let expected = Elementary.log(factorial)
      #expect(abs(Elementary.lgamma(Double(n)) - expected) <= expected.ulp)
    }
  }

  @Test func `lgamma of the largest and smallest numbers`() {
    #expect(Elementary.lgamma(2.5e305).isFinite)
    #expect(Elementary.lgamma(2.6e305) == .infinity)
    #expect(Elementary.lgamma(.leastNonzeroMagnitude) == -Elementary.log(.leastNonzeroMagnitude))
    #expect(Elementary.lgamma(0).isNaN)
  }

  @Test func `tanh is odd, bounded and near its argument at zero`() {
    #expect(abs(Elementary.tanh(0.5) - 0.46211715726000976) < 2e-16)
    #expect(Elementary.tanh(-0.5) == -Elementary.tanh(0.5))
    #expect(Elementary.tanh(1e-9) == 1e-9)
    #expect(Elementary.tanh(50) == 1)
    #expect(Elementary.tanh(.nan).isNaN)
  }

  @Test func `special functions end where they are not defined`() {
    #expect(Elementary.erf(.infinity) == 1)
    #expect(Elementary.erf(-.infinity) == -1)
    #expect(Elementary.erf(.nan).isNaN)
    #expect(Elementary.erfc(30) == 0)
    #expect(Elementary.erfc(.infinity) == 0)
    #expect(Elementary.erfc(-.infinity) == 2)
    #expect(Elementary.erfc(.nan).isNaN)
    #expect(Elementary.lgamma(-1).isNaN)
    #expect(Elementary.lgamma(.infinity) == .infinity)
  }
}
