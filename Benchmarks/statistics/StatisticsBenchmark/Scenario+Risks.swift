import ElementaryFunctions
import LinearAlgebra
import Statistics

/// The risk that a Cox model's page tells of one patient, with its interval.
extension Scenario {
  /// Behind all others, whose random numbers depend on their places.
  static let risks: [Scenario] = [(60, 0.0), (60, 1), (150, 0), (150, 1), (400, 1)].flatMap {
    rows, strength in
    [SurvivalPlan.Refit.none, .ridge()].map { risks(rows: rows, RiskCohort(strength: strength), refit: $0) }
  }

  private static func risks(rows: Int, _ cohort: RiskCohort, refit: SurvivalPlan.Refit) -> Scenario {
    let fit = refit == .none ? "unpenalised" : "ridge"
    return Scenario(
      name: "risk by 0.5, \(fit), \(cohort.strength == 0 ? "no signal" : "signal"), \(rows) rows",
      intervals: RiskCohort.patients.map { "risk of \($0.name)" }
    ) { stream, _ in
      let table = try cohort.cohort(rows, stream: &stream)
      let model = try fitSurvivalModel(
        table, rows: table.table.allRows, plan: cohort.plan(refit), address: .finalFit(seed: 1))
      return RiskCohort.patients.map { patient in
        Outcome(cohort.interval(of: patient.values, by: model), truth: cohort.risk(of: patient.values))
      }
    }
  }
}

/// Exponential times that depend on age, sex and a score.
private struct RiskCohort: Sendable {
  /// Of all log hazard ratios; 0 where nothing tells the event.
  let strength: Double

  static let time = 0.5
  private static let effects = [0.5, 0.6, 0.8]
  private static let men = 0.4
  /// Age and score in standard deviations from their means, sex 1 of men.
  static let patients: [(name: String, values: [Double])] = [
    ("a patient of mean age and score", [0, 0, 0]),
    ("one of low risk", [-1.5, 0, -1.5]),
    ("one of high risk", [1.5, 1, 1.5]),
  ]
  private static let names = ["age", "male", "score"]

  func cohort(_ count: Int, stream: inout RandomStream) throws -> SurvivalCohort {
    let rows = (0..<count).map { index -> (row: CohortTable.Row, time: Double) in
      let values = [stream.normal(), stream.uniform() < Self.men ? 1.0 : 0, stream.normal()]
      let until = -Elementary.log(1 - stream.uniform()) / hazard(of: values)
      let last = 2 * stream.uniform()
      let name = String(100_000 + index)
      return (
        CohortTable.Row(
          caseName: name, subject: name, site: "S", isPositive: until <= last, values: [0],
          clinical: values), min(until, last)
      )
    }
    let table = try CohortTable(
      featureNames: ["none"], clinicalNames: Self.names, rows: rows.map(\.row))
    return try SurvivalCohort(table, times: rows.map(\.time))
  }

  func plan(_ refit: SurvivalPlan.Refit) -> SurvivalPlan {
    var plan = SurvivalPlan(name: "Clinical", features: .named([]), steps: [], refit: refit)
    plan.clinical = ClinicalPredictors(groups: Self.names.map { .init(columns: [$0], isCategory: false) })
    return plan
  }

  private func hazard(of values: [Double]) -> Double {
    Elementary.exp(strength * zip(Self.effects, values).reduce(0) { $0 + $1.0 * $1.1 })
  }

  func risk(of values: [Double]) -> Double { 1 - Elementary.exp(-Self.time * hazard(of: values)) }

  /// As the page of a patient's risk computes it.
  func interval(of values: [Double], by model: FittedSurvivalModel) -> Interval? {
    guard let moments = model.moments?.sum(at: Self.time), let covariance = model.covariance else {
      return nil
    }
    let scaled = model.featureNames.indices.map { place in
      let value = Self.names.firstIndex(of: model.featureNames[place]).map { values[$0] } ?? .nan
      return (value - model.means[place]) / model.deviations[place]
    }
    let predictor = zip(model.coefficients, scaled).reduce(0) { $0 + $1.0 * $1.1 }
    return moments.risk(predictor, scaled, covariance).1
  }
}
