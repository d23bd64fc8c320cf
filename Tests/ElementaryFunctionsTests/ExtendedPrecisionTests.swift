#if arch(x86_64)
  import ElementaryFunctions
  import Foundation
  import Testing

  /// A function, the same in the 80-bit arithmetic of x86, and where to compare them.
  struct ExtendedCase: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let function: @Sendable (Double) -> Double
    let reference: @Sendable (Float80) -> Float80
    let range: ClosedRange<Double>
    let promisedError: Float80

    static let all: [ExtendedCase] = [
      ExtendedCase("exp", Elementary.exp, { Foundation.exp($0) }, -708...709, 0.53),
      ExtendedCase("exp near zero", Elementary.exp, { Foundation.exp($0) }, -1...1, 0.53),
      ExtendedCase("expm1", Elementary.expm1, { Foundation.expm1($0) }, -2...2, 0.8),
      ExtendedCase("log", Elementary.log, { Foundation.log($0) }, 0.01...20, 0.51),
      ExtendedCase("log near one", Elementary.log, { Foundation.log($0) }, 0.98...1.02, 0.51),
      ExtendedCase("log2", Elementary.log2, { Foundation.log2($0) }, 0.4...3, 0.51),
      ExtendedCase("log10", Elementary.log10, { Foundation.log10($0) }, 0.4...3, 0.51),
      ExtendedCase("log1p", Elementary.log1p, { Foundation.log1p($0) }, -0.99...3, 0.6),
      ExtendedCase("sin", Elementary.sin, { Foundation.sin($0) }, -30...30, 0.8),
      ExtendedCase("cos", Elementary.cos, { Foundation.cos($0) }, -30...30, 0.8),
      ExtendedCase("erf", Elementary.erf, { Foundation.erf($0) }, -6...6, 0.7),
      ExtendedCase("erfc", Elementary.erfc, { Foundation.erfc($0) }, -6...26.5, 0.7),
      ExtendedCase("erfc near one half", Elementary.erfc, { Foundation.erfc($0) }, 0.3...1, 0.7),
      ExtendedCase("lgamma", Elementary.lgamma, { Foundation.lgamma($0).0 }, 0...40, 0.6),
      ExtendedCase("lgamma at its zeros", Elementary.lgamma, { Foundation.lgamma($0).0 }, 0.9...2.1, 0.6),
      ExtendedCase("tanh", Elementary.tanh, { Foundation.tanh($0) }, -21...21, 0.6),
      ExtendedCase("tanh near zero", Elementary.tanh, { Foundation.tanh($0) }, -0.6...0.6, 0.6),
    ]

    init(
      _ name: String, _ function: @escaping @Sendable (Double) -> Double,
      _ reference: @escaping @Sendable (Float80) -> Float80, _ range: ClosedRange<Double>,
      _ promisedError: Float80
    ) {
      testDescription = name
      self.function = function
      self.reference = reference
      self.range = range
      self.promisedError = promisedError
    }
  }

  @Suite struct `Elementary functions against 80-bit arithmetic` {
    @Test(arguments: ExtendedCase.all) func `keep their promise at 200,000 points`(function: ExtendedCase) {
      let steps = 200_000
      let width = (function.range.upperBound - function.range.lowerBound) / Double(steps)
      var worst: Float80 = 0
      for step in 0..<steps {
        let x = function.range.lowerBound + (Double(step) + 0.37) * width
        let exact = function.reference(Float80(x))
        worst = max(worst, abs(Float80(function.function(x)) - exact) / Float80(Double(exact).ulp))
      }
      #expect(worst < function.promisedError)
      print("\(function.testDescription): worst error \(worst) ulp over \(steps) values")
    }

    @Test func `powers keep their promise at 100,000 points`() {
      var worst: Float80 = 0
      for step in 0..<100_000 {
        let x = 0.01 + 0.000_3 * Double(step)
        let y = Double(step % 397) - 198.3
        let exact = Foundation.pow(Float80(x), Float80(y))
        guard exact > 1e-300, exact < 1e300 else { continue }
        worst = max(worst, abs(Float80(Elementary.pow(x, y)) - exact) / Float80(Double(exact).ulp))
      }
      #expect(worst < 0.55)
      print("pow: worst error \(worst) ulp")
    }
  }
#endif
