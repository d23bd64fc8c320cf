import Foundation
import LinearAlgebra
import Statistics
import TestSupport
import Testing

/// Clinical columns in Cox regressions against R's survival: rows and values by `Benchmarks/reference/survival_clinical.R`.
struct ClinicalRows {
  private static let folder = ReferenceData.repository.appendingPathComponent("Benchmarks/reference")

  struct Reference: Decodable {
    struct Ratio: Decodable {
      var variable: String
      var level: String
      var coefficient: Double
      var error: Double
      var p: Double
      var likelihoodRatioP: Double
      var count: Int
      var events: Int
    }

    var univariable: [Ratio]
    var multivariable: [Ratio]
    var coefficients: [Double]
    var errors: [Double]
  }

  let variables: [MeasuredVariable]
  let cohort: SurvivalCohort
  let reference: Reference

  init() throws {
    let text = try String(
      contentsOf: Self.folder.appendingPathComponent("survival_clinical.csv"), encoding: .utf8)
    let lines = text.split(separator: "\n").dropFirst().map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    let (sexes, stages) = (["female", "male"], ["I", "II", "III"])
    variables = [
      MeasuredVariable(.init("Age", .number), values: lines.map { Double($0[0]) ?? .nan }),
      MeasuredVariable(
        .init("Sex", .categories(sexes, areOrdered: false)),
        values: try lines.map { Double(try #require(sexes.firstIndex(of: $0[1]))) }),
      MeasuredVariable(
        .init("Stage", .categories(stages, areOrdered: true)),
        values: try lines.map { Double(try #require(stages.firstIndex(of: $0[2]))) }),
    ]
    let columns = variables
    cohort = try SurvivalCohort(
      CohortTable(
        featureNames: (1...6).map { "X\($0)" }, clinicalNames: columns.flatMap(\.variable.columnNames),
        rows: lines.indices.map { row in
          CohortTable.Row(
            caseName: "case \(1000 + row)", subject: "subject \(1000 + row)", site: "site",
            isPositive: lines[row][4] == "1", values: lines[row][5...].map { Double($0) ?? .nan },
            clinical: columns.flatMap { $0.variable.columns(of: $0.values[row]) })
        }), times: lines.map { Double($0[3]) ?? .nan })
    reference = try JSONDecoder().decode(
      Reference.self,
      from: Data(contentsOf: Self.folder.appendingPathComponent("survival_clinical.json")))
  }
}

extension ClinicalRows {
  /// Two features with all clinical columns, missing ages as the median.
  func model() throws -> FittedSurvivalModel {
    var plan = SurvivalPlan(name: "Both", features: .named(["X1", "X2"]), steps: [], refit: .none)
    plan.clinical = ClinicalPredictors(
      groups: variables.map {
        .init(columns: $0.variable.columnNames, isCategory: $0.variable.levels != nil)
      })
    return try fitSurvivalModel(
      cohort, rows: Array(0..<cohort.survival.count), plan: plan, address: .finalFit(seed: 1))
  }
}

@Suite struct `Clinical columns in Cox regressions` {
  @Test func `have the hazard ratios, errors and tests of R, alone and together`() throws {
    let data = try ClinicalRows()
    let table = HazardTable(
      data.variables, data.cohort.survival, rows: Array(0..<data.cohort.survival.count))
    for (rows, others) in [
      (table.univariable, data.reference.univariable), (table.multivariable, data.reference.multivariable),
    ] {
      #expect(rows.map(\.variable) == others.map(\.variable))
      #expect(rows.map { $0.level ?? "" } == others.map(\.level))
      for (row, other) in zip(rows, others) {
        #expect(isNear(row.coefficient, other.coefficient, within: 1e-10), "\(other.variable)")
        #expect(isNear(row.standardError, other.error, within: 1e-10), "\(other.variable)")
        #expect(isNear(row.hazardRatio, exp(other.coefficient), within: 1e-10))
        #expect(
          isNear(row.wald?.upper, exp(other.coefficient + 1.959963984540054 * other.error), within: 1e-9))
        #expect(isNear(row.waldP, other.p, within: 1e-9))
        #expect(isNear(row.likelihoodRatioP, other.likelihoodRatioP, within: 1e-9))
        #expect((row.count, row.events) == (other.count, other.events))
      }
    }
    #expect(table.multivariableFault == nil)
  }

  @Test func `enter a model of features as in R, missing ages as the median`() throws {
    let data = try ClinicalRows()
    let model = try data.model()
    #expect(model.featureNames == ["X1", "X2", "Age", "Sex=male", "Stage=II", "Stage=III"])
    let covariance = try #require(model.covariance)
    for place in model.features.indices {
      #expect(isNear(model.coefficients[place], data.reference.coefficients[place], within: 1e-10))
      #expect(
        isNear(covariance[place][place].squareRoot(), data.reference.errors[place], within: 1e-10))
    }
  }

  @Test func `that put all events in order, or never vary, have no ratio and say why`() throws {
    let survival = try SurvivalTimes(times: [1, 2, 3, 4, 5], events: [true, true, true, true, true])
    let order = MeasuredVariable(.init("Order", .number), values: [5, 4, 3, 2, 1])
    let constant = MeasuredVariable(.init("Same", .number), values: [1, 1, 1, 1, 1])
    let table = HazardTable([order, constant], survival, rows: Array(0..<5))
    #expect(table.univariable.map(\.hazardRatio) == [nil, nil])
    #expect(table.univariable.map(\.count) == [5, 5])
    #expect(table.multivariableFault != nil)
  }
}
