import Statistics
import StudyPlan

/// A model against one of its controls.
package struct ControlResult: Equatable, Sendable {
  /// How the interval of the difference was made.
  package enum Method: Equatable, Sendable {
    /// Both predict the same patients, images of a subject together where there are several.
    case deLong(isClustered: Bool)
    /// The model's AUC less that of each permutation of all outcomes: percentiles.
    case permutations
    /// Out of bag, paired by replicate.
    case replicates
  }

  package let model: String
  package let control: ControlKind
  package let cohort: EvaluationCohort
  package let modelArea: Double?
  package let controlArea: Double?
  package let difference: Double?
  package let interval: Interval?
  package let method: Method
  /// Cases evaluated; out of bag those of the training part.
  package let count: Int
  /// Replicates that the interval is of; `nil` where it is of none.
  package let replicates: Int?
  /// Rows without a region beside theirs; `nil` for controls of the drawn regions.
  package let lacking: Int?
  /// Why there is no difference; `nil` where there is one.
  package let reason: String?
}

extension PreparedStudy {
  /// Every model that has controls against each of them, in the order of the models; none in a study without any.
  /// - Throws: `bad-replicate` where replicates have other controls than the study; what `fitModel` throws.
  package func controlResults(_ models: [FinalModel], replicates: StoredReplicates) throws -> [ControlResult]
  {
    guard let kinds = cohort.study.controls else { return [] }
    let wanted = replicatedControls
    guard replicates.controls.map(\.model) == wanted.map(\.plan.name),
      replicates.controls.map(\.control) == wanted.map(\.control)
    else {
      throw StudyTaskError(
        code: "bad-replicate", sentence: "The stored replicates have other controls than the study asks for.",
        remedy: "Run workers of one version, and submit the study again.")
    }
    return try models.indices.filter { cohort.study.hasControls(models[$0].definition) }.flatMap { index in
      try kinds.map { kind in
        let comparison = ControlComparison(
          study: self, model: models[index], index: index, kind: kind, replicates: replicates)
        return try comparison.result()
      }
    }
  }
}

/// One model and one control of it.
private struct ControlComparison {
  let study: PreparedStudy
  let model: FinalModel
  /// Of the model in the study.
  let index: Int
  let kind: ControlKind
  let replicates: StoredReplicates

  private var areas: [Double?]? {
    replicates.controls.first { $0.model == model.plan.name && $0.control == kind }?.areas
  }

  private var cohort: EvaluationCohort {
    guard study.hasOtherPatients else { return .bootstrap }
    return study.primaryPart == .external ? .external : .test
  }

  func result() throws -> ControlResult {
    guard let plan = study.controlPlan(kind, of: model.plan) else {
      return undefined("the features have no volume of the region")
    }
    guard let control = study.controlTable(kind, replicate: 0) else {
      return undefined("more than half of the training cases have no place beside the region")
    }
    guard study.hasOtherPatients else { return outOfBag() }
    return kind == .permuted ? permuted() : try elsewhere(plan, control)
  }

  /// Both models on the same patients, whom neither was fitted to.
  private func elsewhere(_ plan: ModelPlan, _ control: CohortTable) throws -> ControlResult {
    let fitted = try fitModel(
      control, rows: study.split.training, plan: plan, address: .finalFit(seed: study.cohort.study.seed))
    let (table, rows) = study.otherPatients
    let own = PartPredictions(model.fitted, table: table, rows: rows, cohort: cohort)
    let varied = kind.variant.flatMap { study.controls[$0] }
    let evaluated =
      study.primaryPart == .external
      ? varied.flatMap(\.external) ?? table : varied?.table ?? table
    let other = fitted.probabilities(of: evaluated, rows: rows)
    guard let first = DeLong(own.probabilities, positives: own.positives, clusters: own.clusters),
      let second = DeLong(other, positives: own.positives, clusters: own.clusters)
    else { return undefined("fewer than two cases or two controls of the outcome") }
    let found = first.paired(with: second)
    return ControlResult(
      model: model.plan.name, control: kind, cohort: cohort, modelArea: first.auc, controlArea: second.auc,
      difference: found.difference, interval: found.interval,
      method: .deLong(isClustered: own.clusters != nil), count: rows.count, replicates: nil,
      lacking: lacking, reason: nil)
  }

  /// The model on other patients against what the pipeline makes of outcomes that were exchanged in all parts: a permutation test
  /// (Ojala and Garriga 2010, JMLR 11:1833), told as an interval.
  private func permuted() -> ControlResult {
    let (table, rows) = study.otherPatients
    let own = PartPredictions(model.fitted, table: table, rows: rows, cohort: cohort)
    let permuted = (areas ?? []).compactMap(\.self)
    guard let area = areaUnderCurve(own.probabilities, positives: own.positives), permuted.count >= 10,
      let interval = Interval(percentilesOf: permuted.map { area - $0 })
    else { return undefined("an outcome is missing, or fewer than ten permutations could be fitted") }
    let mean = permuted.reduce(0, +) / Double(permuted.count)
    return ControlResult(
      model: model.plan.name, control: kind, cohort: cohort, modelArea: area, controlArea: mean,
      difference: area - mean, interval: interval, method: .permutations, count: rows.count,
      replicates: permuted.count, lacking: nil, reason: nil)
  }

  private func outOfBag() -> ControlResult {
    let own = replicates.plain.map { $0.models[index].outOfBag?.auc }
    guard let areas, let found = ReplicateDifference(own, minus: areas) else {
      return undefined("fewer than ten replicates have both AUCs out of bag")
    }
    return ControlResult(
      model: model.plan.name, control: kind, cohort: cohort, modelArea: found.means.first,
      controlArea: found.means.second, difference: found.value, interval: found.interval, method: .replicates,
      count: study.split.training.count, replicates: found.replicates, lacking: lacking, reason: nil)
  }

  private var lacking: Int? { kind.variant.flatMap { study.controls[$0]?.lacking } }

  private func undefined(_ reason: String) -> ControlResult {
    ControlResult(
      model: model.plan.name, control: kind, cohort: cohort, modelArea: nil, controlArea: nil,
      difference: nil,
      interval: nil, method: study.hasOtherPatients ? .deLong(isClustered: false) : .replicates,
      count: 0, replicates: nil, lacking: lacking, reason: reason)
  }
}
