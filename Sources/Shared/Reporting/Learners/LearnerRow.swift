import Modelling
import Statistics
import StudyPlan

extension StudyReport {
  /// Another learner on the predictors of a model, for comparison: `difference` is the model's AUC less the learner's.
  package struct LearnerRow: Codable, Equatable, Sendable {
    package var model: String
    package var learner: Learner
    package var cohort: EvaluationCohort
    @FiniteOrNull package var area: Double?
    @FiniteOrNull package var lower: Double?
    @FiniteOrNull package var upper: Double?
    @FiniteOrNull package var modelArea: Double?
    @FiniteOrNull package var difference: Double?
    @FiniteOrNull package var differenceLower: Double?
    @FiniteOrNull package var differenceUpper: Double?
    /// .632+ estimates of learner and model; of the bootstrap only.
    @FiniteOrNull package var corrected: Double?
    @FiniteOrNull package var correctedModel: Double?
    package var method: String
    package var count: Int
    /// Replicates in which both have an AUC; absent where the interval is of none.
    package var replicates: Int?
    /// The library, and the version whose bits its results have.
    package var library: String
    /// Why there is no AUC; `nil` where there is one.
    @ValueOrNull package var undefinedReason: String?

    private enum CodingKeys: String, CodingKey {
      case model, learner, cohort, lower, upper, difference, method, replicates, library
      case area = "auc"
      case modelArea = "model_auc"
      case differenceLower = "difference_lower"
      case differenceUpper = "difference_upper"
      case corrected = "auc_632_plus"
      case correctedModel = "model_auc_632_plus"
      case count = "n"
      case undefinedReason = "undefined_reason"
    }
  }
}

extension StudyReport.LearnerRow {
  init(_ result: LearnerResult) {
    let library = result.learner.library
    self.init(
      model: result.model, learner: result.learner, cohort: result.cohort, area: result.area,
      lower: result.interval?.lower, upper: result.interval?.upper, modelArea: result.modelArea,
      difference: result.difference, differenceLower: result.differenceInterval?.lower,
      differenceUpper: result.differenceInterval?.upper, corrected: result.corrected.learner,
      correctedModel: result.corrected.model, method: result.method.text, count: result.count,
      replicates: result.replicates, library: "\(library.label) \(library.referenceVersion)",
      undefinedReason: result.reason)
  }
}

extension LearnerResult.Method {
  fileprivate var text: String {
    switch self {
    case .deLong(let isClustered):
      "DeLong, logit; difference by paired DeLong" + (isClustered ? ", \(IntervalMethod.obuchowski)" : "")
    case .pooledSites: "REML, Hartung-Knapp"
    case .crossValidation(let repeats, let folds):
      "\(repeats) × \(folds)-fold, paired by fold, corrected resampled t"
    case .replicates: "out of bag, paired by replicate, corrected resampled t"
    }
  }
}

extension StudyReport {
  /// Tells of other learners, which change nothing else.
  mutating func addLearners(_ results: [LearnerResult]) {
    guard !results.isEmpty else { return }
    learners = results.map { LearnerRow($0) }
  }
}
