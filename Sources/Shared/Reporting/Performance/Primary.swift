import Modelling
import Statistics
import StudyPlan

extension StudyReport {
  /// The one result that a study is judged by: the AUC of one model on one part, with its 95 % confidence interval.
  package struct Primary: Codable, Equatable, Sendable {
    package var model: String
    package var cohort: EvaluationCohort
    package var measure = "auc"
    @FiniteOrNull package var estimate: Double?
    @FiniteOrNull package var lower: Double?
    @FiniteOrNull package var upper: Double?
    package var method: String
    package var count: Int
    package var positives: Int
    /// Whether the study file says it, or the rule.
    package var isDeclared: Bool
    /// How it was chosen, in a sentence.
    package var rule: String
    /// Why there is no estimate, or no interval; `nil` where there are both.
    @ValueOrNull package var undefinedReason: String? = nil

    private enum CodingKeys: String, CodingKey {
      case model, cohort, measure, estimate, lower, upper, method, positives, rule
      case count = "n"
      case isDeclared = "declared"
      case undefinedReason = "undefined_reason"
    }

    var interval: Interval { Interval(estimate: estimate, lower: lower, upper: upper, method: method) }
  }
}

extension StudyReport.Primary {
  /// - Parameters:
  ///   - models: of the report, in the order of the study file.
  ///   - choice: what the study file declares.
  ///   - hasSeveralImages: of a subject, so that cases are not independent.
  /// - Returns: `nil` without models.
  init?(
    _ models: [StudyReport.Model], part: PrimaryChoice.Part, choice: PrimaryChoice?,
    hasSeveralImages: Bool = false
  ) {
    guard let model = models.first(where: { $0.name == choice?.model }) ?? models.last else { return nil }
    let cohort: EvaluationCohort =
      switch part {
      case .external: .external
      case .test: .test
      case .leftOut: .leftOut
      case .corrected: .crossValidated
      }
    let metric = model.metric(.auc, in: cohort)
    let pooled = part == .leftOut ? model.pipeline?.leaveOneSiteOut?.pooled : nil
    let (estimate, lower, upper) =
      pooled?.estimate == nil
      ? (metric?.estimate, metric?.lower, metric?.upper) : (pooled?.estimate, pooled?.lower, pooled?.upper)
    self.init(
      model: model.name, cohort: cohort, estimate: estimate, lower: lower, upper: upper,
      method: pooled?.estimate == nil
        ? metric?.method ?? "" : "pooled over the sites left out, REML, Hartung-Knapp",
      count: metric?.count ?? 0, positives: metric?.positives ?? 0, isDeclared: choice != nil,
      rule: Self.rule(choice, models: models.count))
    if lower == nil, !hasSeveralImages, part != .corrected, pooled?.estimate == nil { takeNewcombe() }
    if estimate == nil {
      undefinedReason = metric?.undefinedReason ?? "it could not be computed"
    } else if lower == nil {
      undefinedReason = "its interval is not defined"
    }
  }

  /// Where every case scores above every control, or all score the same, DeLong's variance vanishes, and the result still has an interval.
  private mutating func takeNewcombe() {
    guard let estimate,
      let interval = Statistics.Interval(newcombeOf: estimate, cases: positives, controls: count - positives)
    else { return }
    (lower, upper) = (interval.lower, interval.upper)
    method = "Newcombe (DeLong has no variance)"
  }

  private static func rule(_ choice: PrimaryChoice?, models: Int) -> String {
    let part =
      choice?.part == nil
      ? "the part is the first of external cohort, test part, sites left out and cross-validation that the study has"
      : "the study file declares the part"
    guard models > 1 else { return part.sentence }
    return
      (part
      + (choice?.model == nil
        ? "; the model is the last of the study file" : "; the study file declares the model"))
      .sentence
  }

  /// `AUC 0.81 (95 % CI 0.70 to 0.89) in the external cohort`, for people.
  var text: String {
    "\(isConcordance ? "Harrell’s C" : "AUC") \(PageNumber.interval(interval)) \(Self.place(cohort))"
  }

  /// Whether the study is one of times to an event.
  var isConcordance: Bool { measure == Measure.harrellC.key }

  static func place(_ cohort: EvaluationCohort) -> String {
    switch cohort {
    case .external: "in the external cohort"
    case .test: "in the test part"
    case .leftOut: "at sites left out"
    case .crossValidated: "in the training part by cross-validation of the whole pipeline"
    case .training: "in the training part"
    case .all: "in all cases"
    case .bootstrap: "over bootstrap replicates"
    }
  }
}

extension ReportedModel {
  /// The AUC by repeated cross-validation; `nil` where the study is judged by another part.
  var crossValidatedMetric: StudyReport.Metric? {
    guard let area = result.crossValidated else { return nil }
    let interval = area.interval()
    return StudyReport.Metric(
      name: .auc, cohort: .crossValidated, estimate: area.value, lower: interval?.lower,
      upper: interval?.upper,
      method: "\(area.count)-fold cross-validation, \(area.repeats) repeats, corrected resampled t",
      count: area.rows, positives: area.cases,
      undefinedReason: area.value == nil ? "no fold has both outcomes" : nil)
  }
}

extension ReportAssembly {
  /// The models' cross-validated AUCs against each other over the same folds.
  func crossValidatedComparisons() -> [StudyReport.Comparison] {
    StudyReport.Comparison.crossValidated(models.compactMap(\.result.crossValidated), measure: .auc)
  }
}

extension StudyReport.Comparison {
  /// Models against each other over the same folds, corrected after Holm.
  static func crossValidated(_ areas: [CrossValidatedArea], measure: Measure) -> [Self] {
    let pairs = areas.indices.flatMap { first in areas.indices.filter { $0 > first }.map { (first, $0) } }
    let found = pairs.compactMap { pair in
      areas[pair.0].difference(to: areas[pair.1]).map { (pair, $0) }
    }
    let adjusted = MultipleTesting.holm(found.map { $0.1.p })
    return zip(found, adjusted).map { item, adjusted in
      Self(
        first: areas[item.0.0].name, second: areas[item.0.1].name, metric: measure, cohort: .crossValidated,
        difference: item.1.value, lower: item.1.interval.lower, upper: item.1.interval.upper,
        pValue: item.1.p, adjustedPValue: adjusted, method: "paired over folds, corrected resampled t, Holm",
        count: areas[item.0.0].rows)
    }
  }
}
