import Modelling
import Statistics

/// One model of a table of predictions, with its cut-off and evaluations.
struct EvaluatedModel {
  /// The cases of one part, sorted by their IDs, and what is predicted of them.
  struct Part {
    /// ID and outcome of each case.
    var cases: [String]
    var predictions: PartPredictions
    var evaluation: CohortEvaluation
  }

  let name: String
  let cutoff: Double
  /// Whether the cut-off was chosen on training cases.
  let isCutoffTrained: Bool
  private let rule: String
  private let parts: [Part]

  init(
    _ name: String, _ parts: [(EvaluationCohort, [PredictionRow])], cutoff: Double?, seed: UInt64
  ) throws {
    self.name = name
    let training = parts.first { $0.0 == .training }?.1 ?? []
    let chosen = try Self.cutoff(training)
    isCutoffTrained = cutoff == nil && chosen != nil
    self.cutoff = cutoff ?? chosen ?? 0.5
    rule =
      cutoff != nil
      ? "as given" : (chosen == nil ? "not chosen on data" : "Youden’s J on training cases")
    let threshold = self.cutoff
    self.parts = try parts.map { cohort, rows in
      let sorted = rows.sorted { $0.caseID.utf8.lexicographicallyPrecedes($1.caseID.utf8) }
      let predictions = PartPredictions(
        sorted.map(\.probability), cutoff: threshold, positives: sorted.map { $0.outcome == 1 },
        sites: sorted.map(\.site), subjects: sorted.map { "\($0.site)/\($0.subject)" }, cohort: cohort)
      return Part(
        cases: sorted.map { "\($0.caseID)\u{0}\($0.outcome)" }, predictions: predictions,
        evaluation: try CohortEvaluation(predictions, seed: seed))
    }
  }

  /// Youden's on the training cases; `nil` where they lack an outcome.
  private static func cutoff(_ training: [PredictionRow]) throws -> Double? {
    guard Set(training.map(\.outcome)).count == 2 else { return nil }
    return try CutoffRule.youden.threshold(
      training.map(\.probability), positives: training.map { $0.outcome == 1 })
  }

  func part(_ cohort: EvaluationCohort) -> Part? {
    parts.first { $0.evaluation.cohort == cohort }
  }

  /// The model as the report tells it: it has no features, and so no equation.
  var reported: StudyReport.Model {
    let evaluations = parts.map(\.evaluation)
    return StudyReport.Model(
      name: name, sources: [], features: [], intercept: 0, refit: StudyReport.Refit(method: "none"),
      formula: "",
      cutoff: StudyReport.Cutoff(probability: cutoff, rule: rule), metrics: evaluations.flatMap(\.metrics),
      perSite: evaluations.flatMap(\.perSite), roc: evaluations.compactMap(\.roc),
      decision: evaluations.map(\.decisionCurve), calibration: evaluations.compactMap(\.calibration),
      precisionRecall: evaluations.compactMap(\.precisionRecall),
      smoothCalibration: evaluations.compactMap(\.smoothCalibration), scores: evaluations.map(\.scores),
      pooling: evaluations.flatMap(\.pooling))
  }
}
