import ElementaryFunctions
import Foundation
import Testing

/// A special function and the largest error it may have, in ulps.
struct SpecialCase: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let function: @Sendable (Double) -> Double
  let promisedError: Double

  static let all: [SpecialCase] = [
    SpecialCase(testDescription: "erf", function: Elementary.erf, promisedError: 0.7),
    SpecialCase(testDescription: "erfc", function: Elementary.erfc, promisedError: 0.7),
    SpecialCase(testDescription: "lgamma", function: Elementary.lgamma, promisedError: 0.6),
    SpecialCase(testDescription: "tanh", function: Elementary.tanh, promisedError: 0.6),
  ]
}

/// An argument, a double next to the exact value, and what that lacks in ulps.
struct ExactValue {
  let argument: Double
  let neighbour: Double
  let rest: Double

  /// The rows of one function in the file that Benchmarks/reference/special_functions.py wrote.
  static func all(of function: String) throws -> [ExactValue] {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Fixtures/special-functions.txt")
    return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").compactMap { line in
      let fields = line.split(separator: " ")
      guard fields[0] == function else { return nil }
      return ExactValue(
        argument: try #require(Double(fields[1])), neighbour: try #require(Double(fields[2])),
        rest: try #require(Double(fields[3])))
    }
  }
}

@Suite struct `Special functions against values of 500 bits` {
  /// Values of mpmath, spread over each range and crowded at zeros, tails and joints. A subnormal result may be off by
  /// 0.9 ulp, as it is rounded twice.
  @Test(arguments: SpecialCase.all) func `stay below the promised error`(function: SpecialCase) throws {
    let values = try ExactValue.all(of: function.testDescription)
    #expect(values.count > 1_000)
    var (worst, worstArgument) = (0.0, 0.0)
    for value in values {
      let result = function.function(value.argument)
      let error = abs((result - value.neighbour) / value.neighbour.ulp - value.rest)
      let promise = value.neighbour.isNormal ? function.promisedError : 0.9
      #expect(error < promise, "\(function.testDescription)(\(value.argument)) is off by \(error) ulp")
      if value.neighbour.isNormal, error > worst { (worst, worstArgument) = (error, value.argument) }
    }
    print(
      "\(function.testDescription): worst error \(worst) ulp, at \(worstArgument), over \(values.count) values"
    )
  }
}
