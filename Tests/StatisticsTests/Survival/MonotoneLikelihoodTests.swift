import Foundation
import Statistics
import TestSupport
import Testing

/// Columns without a finite hazard ratio against the warnings of `coxph`: `Benchmarks/reference/survival_monotone.R`.
@Suite struct `A hazard ratio that is not finite` {
  private struct Cohort: Decodable {
    var time: [Double]
    var event: [Int]
    var columns: [String: [Double]]
    /// Whether R warns that a coefficient may be infinite, of each column alone.
    var infinite: [String: Bool]

    static func stored() throws -> [Cohort] {
      let file = ReferenceData.repository.appendingPathComponent(
        "Benchmarks/reference/survival_monotone.json")
      return try JSONDecoder().decode([Cohort].self, from: Data(contentsOf: file))
    }

    func model(_ refit: SurvivalPlan.Refit) throws -> FittedSurvivalModel {
      let names = columns.keys.sorted()
      let rows = time.indices.map { index in
        (
          row: CohortTable.Row(
            caseName: "\(100 + index)", subject: "\(100 + index)", site: "S", isPositive: event[index] == 1,
            values: names.map { columns[$0]?[index] ?? .nan }), time: time[index]
        )
      }
      let cohort = try SurvivalCohort(featureNames: names, rows: rows)
      let plan = SurvivalPlan(name: "All", steps: [], refit: refit)
      return try fitSurvivalModel(
        cohort, rows: Array(0..<cohort.table.rowCount), plan: plan, address: .finalFit(seed: 1))
    }
  }

  @Test func `is told of the columns of which R warns, with and without a penalty`() throws {
    let cohorts = try Cohort.stored()
    #expect(cohorts.count == 20)
    for cohort in cohorts {
      let infinite = cohort.infinite.filter(\.value).keys.sorted()
      #expect(infinite.contains("one_censored") && !infinite.contains("number"))
      for refit in [SurvivalPlan.Refit.ridge(), .none] {
        #expect(try cohort.model(refit).unboundedPredictors == infinite)
      }
    }
  }

  @Test func `has its reason in the table of ratios, and none where there is one`() throws {
    let survival = try SurvivalTimes(
      times: [1, 2, 3, 4, 5, 6], events: [true, true, false, true, false, true])
    let stage = MeasuredVariable(
      .init("Stage", .categories(["I", "II", "III"], areOrdered: true)), values: [0, 1, 2, 0, 1, 0])
    let age = MeasuredVariable(.init("Age", .number), values: [50, 70, 60, 65, 55, 58])
    let same = MeasuredVariable(.init("Same", .number), values: [1, 1, 1, 1, 1, 1])
    let table = HazardTable([stage, age, same], survival, rows: Array(0..<6))
    #expect(table.univariable.map { $0.hazardRatio == nil } == [true, true, false, true])
    #expect(table.univariable.map { $0.fault == nil } == [false, false, true, false])
    #expect(table.univariable[0].fault == table.univariable[1].fault)
    #expect(table.univariable[3].fault == "collinear columns")
    #expect(table.multivariable.allSatisfy { $0.fault == table.multivariableFault })
  }
}
