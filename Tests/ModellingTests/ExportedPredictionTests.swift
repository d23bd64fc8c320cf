import Foundation
import Modelling
import Reporting
import StudyPlan
import Testing

/// What exports say of cases of which the database has lost what a prediction stands beside.
@Suite struct `A prediction in an export` {
  private static func cohort(_ month: String = "5") throws -> StudyCohort {
    try FeatureCohort(subjects: 4, extra: { _ in ["MONTHS": month] })
      .cohort("outcome: {event: DEAD, time: MONTHS, horizons: [10], unit: months}\n")
  }

  @Test func `of a case without an outcome ends the export, and is written as neither of two`() throws {
    var cohort = try Self.cohort()
    let predictions = cohort.cases.map {
      AggregateResult.Prediction(caseID: $0.id, model: "Rad", part: "test", probability: 0.5)
    }
    #expect(try PredictionRow.rows(of: predictions, in: cohort).map(\.outcome) == [0, 1, 0, 1])
    cohort.cases[2].outcome = nil
    let error = #expect(throws: StudyTaskError.self) { try PredictionRow.rows(of: predictions, in: cohort) }
    #expect(error?.code == "outcome-missing" && error?.remedy.isEmpty == false)
    // Of whom no model has a prediction needs none.
    let others = predictions.filter { $0.caseID != cohort.cases[2].id }
    #expect(try PredictionRow.rows(of: others, in: cohort).count == 3)
  }

  @Test(arguments: ["", "soon", "0", "-1", "inf", "nan"])
  func `of a time to an event ends the export where there is none`(month: String) throws {
    let outcome = try #require(try Self.cohort().study.survival)
    let item = try #require(try Self.cohort(month).cases.first)
    let error = #expect(throws: StudyTaskError.self) { try outcome.time(of: item) }
    #expect(error?.code == "bad-time" && error?.sentence.contains("MONTHS") == true)
    let known = try #require(try Self.cohort(" 5 ").cases.first)
    #expect(try outcome.time(of: known) == 5)
  }
}
