import ElementaryFunctions
import Foundation
import Testing

/// A function of one argument, its published values and the error it promises in ulps.
struct UnaryCase: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let function: @Sendable (Double) -> Double
  let values: [Double]
  let promisedError: Double

  static let all: [UnaryCase] = [
    UnaryCase("exp", Elementary.exp, HighPrecision.exp, 0.8),
    UnaryCase("expm1", Elementary.expm1, HighPrecision.expm1, 0.8),
    UnaryCase("log", Elementary.log, HighPrecision.log, 0.51),
    UnaryCase("log2", Elementary.log2, HighPrecision.log2, 0.51),
    UnaryCase("log10", Elementary.log10, HighPrecision.log10, 0.51),
    UnaryCase("log1p", Elementary.log1p, HighPrecision.log1p, 0.6),
    UnaryCase("sin", Elementary.sin, HighPrecision.sin, 0.8),
    UnaryCase("cos", Elementary.cos, HighPrecision.cos, 0.8),
  ]

  init(
    _ name: String, _ function: @escaping @Sendable (Double) -> Double, _ values: [Double],
    _ promisedError: Double
  ) {
    testDescription = name
    self.function = function
    self.values = values
    self.promisedError = promisedError
  }
}

/// Error of a result in units of the last place of the exact value, which is given in two parts.
func errorInUlps(_ result: Double, head: Double, tail: Double) -> Double {
  abs((result - head) - tail) / head.ulp
}

@Suite struct `Elementary functions` {
  @Test(arguments: UnaryCase.all) func `stay below the promised error`(function: UnaryCase) {
    var worst = 0.0
    for row in stride(from: 0, to: function.values.count, by: 3) {
      let x = function.values[row]
      let error = errorInUlps(
        function.function(x), head: function.values[row + 1], tail: function.values[row + 2])
      #expect(error < function.promisedError, "\(function.testDescription)(\(x)) is off by \(error) ulp")
      worst = max(worst, error)
    }
    print("\(function.testDescription): worst error \(worst) ulp over \(function.values.count / 3) values")
  }

  @Test func `powers stay below 0.55 ulp`() {
    var worst = 0.0
    for row in stride(from: 0, to: HighPrecision.pow.count, by: 4) {
      let value = Elementary.pow(HighPrecision.pow[row], HighPrecision.pow[row + 1])
      worst = max(
        worst, errorInUlps(value, head: HighPrecision.pow[row + 2], tail: HighPrecision.pow[row + 3]))
    }
    #expect(worst < 0.55)
    print("pow: worst error \(worst) ulp over \(HighPrecision.pow.count / 4) values")
  }

  @Test func `powers of two and ten have exact logarithms`() {
    for exponent in -1074...1023 {
      #expect(Elementary.log2(Elementary.pow(2, Double(exponent))) == Double(exponent))
    }
    for exponent in 0...22 {
      #expect(Elementary.log10(Elementary.pow(10, Double(exponent))) == Double(exponent))
    }
  }

  @Test func `the exponential increases and undoes the logarithm`() {
    var last = 0.0
    for step in -7000...7000 {
      let x = Double(step) * 0.1
      let value = Elementary.exp(x)
      #expect(value > last)
      #expect(abs(Elementary.log(value) - x) <= max(x.ulp, 0x1p-52))
      last = value
    }
  }

  @Test func `sine and cosine lie on the unit circle`() {
    for step in 0..<20_000 {
      let x = Double(step) * 1.618
      let (sine, cosine) = (Elementary.sin(x), Elementary.cos(x))
      #expect(abs(sine * sine + cosine * cosine - 1) < 4e-16)
    }
  }
}
