import Statistics
import StudyPlan

/// A model against one of its controls.
package struct ControlResult: Equatable, Sendable {
  /// How the interval of the difference was made.
  package enum Method: Equatable, Sendable {
    /// Both predict the same patients, images of a subject together where there are several.
    case deLong(isClustered: Bool)
    /// Likewise, of Harrell's C.
    case jackknife
    /// The model's AUC, or C, less those of permutations of all outcomes: percentiles, and at least the model's own interval.
    case permutations
    /// Out of bag, paired by replicate.
    case replicates
  }

  package let model: String
  package let control: ControlKind
  /// Whether numbers are Harrell's C, and not AUCs.
  package let isConcordance: Bool
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
    try controlResults(replicates.controls) { index in
      JudgedModel(
        study: self, model: models[index], outOfBag: replicates.plain.map { $0.models[index].outOfBag?.auc })
    }
  }

  /// The same of Cox models, by Harrell's C.
  package func controlResults(
    _ models: [FinalSurvivalModel], _ survival: SurvivalStudy, replicates: StoredSurvivalReplicates
  ) throws -> [ControlResult] {
    try controlResults(replicates.controls) { index in
      JudgedSurvivalModel(
        study: self, survival: survival, model: models[index],
        outOfBag: replicates.models.map { $0[index].outOfBag })
    }
  }

  private func controlResults(
    _ stored: [ControlAreas], judged: (Int) -> any ControlledModel
  ) throws -> [ControlResult] {
    guard let kinds = cohort.study.controls else { return [] }
    let wanted = replicatedControls
    guard stored.map(\.model) == wanted.map({ plans[$0.model].name }),
      stored.map(\.control) == wanted.map(\.control)
    else {
      throw StudyTaskError(
        code: "bad-replicate", sentence: "The stored replicates have other controls than the study asks for.",
        remedy: "Run workers of one version, and submit the study again.")
    }
    return try plans.indices.filter { cohort.study.hasControls(cohort.study.models[$0]) }.flatMap { index in
      let name = plans[index].name
      let model = judged(index)
      return try kinds.map { kind in
        let areas = stored.first { $0.model == name && $0.control == kind }?.areas
        return try ControlComparison(
          study: self, name: name, plan: plans[index], model: model, kind: kind, areas: areas
        ).result()
      }
    }
  }
}

/// Two numbers of the same patients, and the interval of their difference.
struct PairedControl {
  var model: Double
  var control: Double
  var difference: Double
  var interval: Interval
  var method: ControlResult.Method
}

/// A fitted model, logistic or Cox's, as it is held against its controls.
protocol ControlledModel {
  /// AUC or C out of bag of each replicate.
  var outOfBag: [Double?] { get }
  var isConcordance: Bool { get }
  /// Of `an AUC`, in the plural.
  var measures: String { get }
  /// Why other patients have no number.
  var undefinedElsewhere: String { get }

  /// On the patients that the study is judged by, with its own interval there.
  func value() throws -> (value: Double, interval: Interval?)?
  /// Against a control that is fitted anew, on those patients.
  /// - Throws: what fitting throws.
  func paired(with kind: ControlKind) throws -> PairedControl?
}

private struct JudgedModel: ControlledModel {
  let study: PreparedStudy
  let model: FinalModel
  let outOfBag: [Double?]

  var isConcordance: Bool { false }
  var measures: String { "AUCs" }
  var undefinedElsewhere: String { "fewer than two cases or two controls of the outcome" }

  private var own: PartPredictions {
    let (table, rows) = study.otherPatients
    return PartPredictions(model.fitted, table: table, rows: rows, cohort: study.cohortOfControls)
  }

  func value() -> (value: Double, interval: Interval?)? {
    let own = own
    guard let area = areaUnderCurve(own.probabilities, positives: own.positives) else { return nil }
    let found = DeLong(own.probabilities, positives: own.positives, clusters: own.clusters)
    return (area, found.flatMap { $0.variance > 0 ? $0.logitInterval() ?? $0.interval() : nil })
  }

  func paired(with kind: ControlKind) throws -> PairedControl? {
    guard let plan = study.controlPlan(kind, of: model.plan),
      let control = study.controlTable(kind, replicate: 0)
    else { return nil }
    let fitted = try fitModel(
      control, rows: study.split.training, plan: plan, address: .finalFit(seed: study.cohort.study.seed))
    let (own, rows) = (own, study.otherPatients.rows)
    let other = fitted.probabilities(of: study.otherPatients(of: kind), rows: rows)
    guard let first = DeLong(own.probabilities, positives: own.positives, clusters: own.clusters),
      let second = DeLong(other, positives: own.positives, clusters: own.clusters)
    else { return nil }
    let found = first.paired(with: second)
    return PairedControl(
      model: first.auc, control: second.auc, difference: found.difference, interval: found.interval,
      method: .deLong(isClustered: own.clusters != nil))
  }
}

private struct JudgedSurvivalModel: ControlledModel {
  let study: PreparedStudy
  let survival: SurvivalStudy
  let model: FinalSurvivalModel
  let outOfBag: [Double?]

  var isConcordance: Bool { true }
  var measures: String { "C" }
  var undefinedElsewhere: String { "no two cases can be compared" }

  func value() throws -> (value: Double, interval: Interval?)? {
    let (cohort, rows) = try study.otherPatients(survival)
    let clusters = Clusters(rows.map { cohort.table.subjectNames[cohort.table.subjects[$0]] })
    let found = Concordance(
      model.fitted.linearPredictor(of: cohort.table, rows: rows), cohort.survival.selecting(rows),
      clusters: clusters)
    return found.map { ($0.estimate, $0.logitInterval() ?? $0.interval()) }
  }

  func paired(with kind: ControlKind) throws -> PairedControl? {
    guard let plan = study.controlPlan(kind, of: model.plan),
      let control = try study.controlCohort(kind, replicate: 0, survival)
    else { return nil }
    let fitted = try fitSurvivalModel(
      control, rows: study.split.training, plan: plan, address: .finalFit(seed: study.cohort.study.seed))
    let (cohort, rows) = try study.otherPatients(survival)
    let times = cohort.survival.selecting(rows)
    let clusters = Clusters(rows.map { cohort.table.subjectNames[cohort.table.subjects[$0]] })
    let own = model.fitted.linearPredictor(of: cohort.table, rows: rows)
    let other = fitted.linearPredictor(of: study.otherPatients(of: kind), rows: rows)
    guard let first = Concordance(own, times), let second = Concordance(other, times),
      let found = ConcordanceComparison(own, minus: other, times, clusters: clusters)
    else { return nil }
    return PairedControl(
      model: first.estimate, control: second.estimate, difference: found.difference,
      interval: found.interval, method: .jackknife)
  }
}

extension PreparedStudy {
  /// Where models and controls are compared.
  fileprivate var cohortOfControls: EvaluationCohort {
    guard hasOtherPatients else { return .bootstrap }
    return primaryPart == .external ? .external : .test
  }

  /// The other patients with what stands in place of their regions.
  fileprivate func otherPatients(of kind: ControlKind) -> CohortTable {
    let varied = kind.variant.flatMap { controls[$0] }
    let own = otherPatients.table
    return primaryPart == .external ? varied.flatMap(\.external) ?? own : varied?.table ?? own
  }
}

/// One model and one control of it.
private struct ControlComparison {
  let study: PreparedStudy
  let name: String
  let plan: ModelPlan
  let model: any ControlledModel
  let kind: ControlKind
  /// Of the control in each replicate; `nil` where it is in none.
  let areas: [Double?]?

  func result() throws -> ControlResult {
    guard study.controlPlan(kind, of: plan) != nil else {
      return undefined("the features have no volume of the region")
    }
    guard study.controlTable(kind, replicate: 0) != nil else {
      return undefined("more than half of the training cases have no place beside the region")
    }
    guard study.hasOtherPatients else { return outOfBag() }
    return kind == .permuted ? try permuted() : try elsewhere()
  }

  /// Both models on the same patients, whom neither was fitted to.
  private func elsewhere() throws -> ControlResult {
    guard let found = try model.paired(with: kind) else { return undefined(model.undefinedElsewhere) }
    return result(
      found.model, found.control, found.difference, found.interval, by: found.method,
      of: study.otherPatients.rows.count)
  }

  /// The model on other patients against what the pipeline makes of outcomes that were exchanged in all parts.
  private func permuted() throws -> ControlResult {
    guard let own = try model.value(),
      let found = PermutationDifference(own.value, own.interval, over: areas ?? [])
    else {
      let missing = model.isConcordance ? model.undefinedElsewhere : "an outcome is missing"
      return undefined("\(missing), or fewer than ten permutations could be fitted")
    }
    return result(
      own.value, found.mean, found.value, found.interval, by: .permutations,
      of: study.otherPatients.rows.count, replicates: found.permutations)
  }

  private func outOfBag() -> ControlResult {
    guard let areas, let found = ReplicateDifference(model.outOfBag, minus: areas) else {
      return undefined("fewer than ten replicates have both \(model.measures) out of bag")
    }
    return result(
      found.means.first, found.means.second, found.value, found.interval, by: .replicates,
      of: study.split.training.count, replicates: found.replicates)
  }

  private func undefined(_ reason: String) -> ControlResult {
    let elsewhere: ControlResult.Method = model.isConcordance ? .jackknife : .deLong(isClustered: false)
    return result(
      nil, nil, nil, nil, by: study.hasOtherPatients ? elsewhere : .replicates, of: 0, because: reason)
  }

  private func result(
    _ own: Double?, _ control: Double?, _ difference: Double?, _ interval: Interval?,
    by method: ControlResult.Method, of count: Int, replicates: Int? = nil,
    because reason: String? = nil
  ) -> ControlResult {
    ControlResult(
      model: name, control: kind, isConcordance: model.isConcordance, cohort: study.cohortOfControls,
      modelArea: own, controlArea: control, difference: difference, interval: interval, method: method,
      count: count, replicates: replicates, lacking: kind.variant.flatMap { study.controls[$0]?.lacking },
      reason: reason)
  }
}
