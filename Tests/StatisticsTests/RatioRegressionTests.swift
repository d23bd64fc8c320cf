import LinearAlgebra
import Statistics
import Testing

/// A regression that cannot be fitted to one column alone: by an error, or without a finite maximum.
private struct Stubborn: RatioFit {
  struct Outcome: Sendable {
    var isError: Bool
  }

  var fault: String?
  var slopes: [RatioSlope]

  static var outcomeFault: String { "no outcome" }
  var twiceLogLikelihood: Double { -8 }

  static func fitted(_ columns: [[Double]], to outcome: Outcome) throws(StatisticsError) -> Stubborn {
    if columns.count == 1, outcome.isError { throw StatisticsError(.collinear, "one column") }
    return Stubborn(
      fault: columns.count == 1 ? "no maximum" : nil,
      slopes: columns.map { _ in RatioSlope(coefficient: 0, standardError: 1, waldP: 1) })
  }
}

@Suite struct `The table of a regression` {
  @Test(arguments: [(true, "collinear columns"), (false, "no maximum")])
  func `says why a column has no likelihood-ratio test`(isError: Bool, reason: String) {
    let columns = ["Age", "PSA"].map {
      MeasuredVariable(ClinicalVariable($0, .number), values: [1, 2, 3])
    }
    let found = RatioRegression<Stubborn>(columns, rows: [0, 1, 2]) { _ in .init(isError: isError) }
    #expect(found.fault == nil && found.terms.count == 2)
    for term in found.terms {
      #expect(term.ratio == 1 && term.likelihoodRatioP == nil)
      #expect(term.likelihoodRatioFault == "without the column: \(reason)")
    }
  }

  /// All tests that exist stand without a reason, and reports of them are as they were.
  @Test func `has no reason beside a test`() throws {
    let values = [1.0, 4, 2, 8, 5, 7, 3, 6]
    let survival = try SurvivalTimes(
      times: [3, 1, 4, 1.5, 9, 2.6, 5, 3.5], events: [true, true, false, true, true, true, false, true])
    let table = HazardTable(
      [
        MeasuredVariable(ClinicalVariable("Age", .number), values: values),
        MeasuredVariable(ClinicalVariable("PSA", .number), values: [2, 7, 1, 8, 2, 8, 1, 8]),
      ], survival, rows: Array(values.indices))
    for row in table.univariable + table.multivariable {
      #expect(row.likelihoodRatioP != nil && row.likelihoodRatioFault == nil)
    }
  }
}
