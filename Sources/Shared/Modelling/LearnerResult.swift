import Statistics
import StudyPlan

/// Another learner beside a model, on its predictors: no model of the study.
package struct LearnerResult: Equatable, Sendable {
  /// How the interval was made.
  package enum Method: Equatable, Sendable {
    /// On cases that both predict, images of a subject together where there are several.
    case deLong(isClustered: Bool)
    /// Sites pooled, each predicted without it.
    case pooledSites
    /// Folds of the training part.
    case crossValidation(repeats: Int, folds: Int)
    /// Out of bag, paired by replicate.
    case replicates
  }

  package let model: String
  package let learner: Learner
  package let cohort: EvaluationCohort
  package var area: Double? = nil
  /// Of the learner's AUC.
  package var interval: Interval? = nil
  package var modelArea: Double? = nil
  /// The model's AUC less the learner's.
  package var difference: Double? = nil
  package var differenceInterval: Interval? = nil
  /// .632+ estimates of learner and model; of replicates only.
  package var corrected: (learner: Double?, model: Double?) = (nil, nil)
  package let method: Method
  /// Cases evaluated.
  package let count: Int
  /// Replicates in which both have an AUC out of bag; `nil` elsewhere.
  package var replicates: Int? = nil
  /// Why there is no AUC; `nil` where there is one.
  package var reason: String? = nil

  package static func == (first: Self, second: Self) -> Bool {
    (first.model, first.learner, first.cohort, first.area, first.modelArea, first.difference)
      == (second.model, second.learner, second.cohort, second.area, second.modelArea, second.difference)
      && (first.interval, first.differenceInterval, first.method, first.count, first.replicates, first.reason)
        == (
          second.interval, second.differenceInterval, second.method, second.count, second.replicates,
          second.reason
        )
      && first.corrected == second.corrected
  }
}

extension PreparedStudy {
  /// Other learners in each replicate, in the order of models and learners, with what collects them beside the models.
  func learnerReplicates(_ number: Int) throws(StatisticsError) -> (BootstrapReplicate, [LearnerReplicate]?) {
    let address = RandomAddress(seed: cohort.study.seed, replicate: number)
    let learners = cohort.study.learners
    var found = plans.map { plan in learners.map { LearnerReplicate(model: plan.name, learner: $0) } }
    let replicate = try BootstrapReplicate(
      table, training: split.training, plans: plans, address: address
    ) { plan, model, drawn, outside in
      found[plan] = learners.map {
        LearnerReplicate(
          $0, beside: model, table, training: split.training, drawn: drawn, outside: outside, address: address
        )
      }
    }
    return (replicate, learners.isEmpty ? nil : found.flatMap(\.self))
  }

  /// Every model against each of the study's learners, on each part; none in a study without learners.
  /// - Throws: `bad-replicate` where replicates have other learners than the study; what fitting throws.
  package func learnerResults(_ models: [FinalModel], replicates: StoredReplicates) throws -> [LearnerResult]
  {
    let learners = cohort.study.learners
    guard !learners.isEmpty else { return [] }
    let wanted = models.flatMap { model in learners.map { (model.plan.name, $0) } }
    guard
      replicates.learners.allSatisfy({ row in
        row.count == wanted.count && zip(row, wanted).allSatisfy { ($0.model, $0.learner) == $1 }
      })
    else {
      throw StudyTaskError(
        code: "bad-replicate",
        sentence: "The stored replicates have other learners than the study asks for.",
        remedy: "Run workers of one version, and submit the study again.")
    }
    return try models.enumerated().flatMap { index, model in
      try learners.enumerated().flatMap { place, learner in
        let comparison = LearnerComparison(
          study: self, model: model, learner: learner,
          replicates: replicates.learners.map { $0[index * learners.count + place] },
          modelAreas: replicates.plain.map { $0.models[index].outOfBag?.auc })
        return try comparison.results(crossValidated: model.crossValidatedLearners.map { $0[place] })
      }
    }
  }
}

/// One model and one learner beside it.
private struct LearnerComparison {
  let study: PreparedStudy
  let model: FinalModel
  let learner: Learner
  let replicates: [LearnerReplicate]
  /// Of the model, out of bag, replicate by replicate.
  let modelAreas: [Double?]

  private typealias Part = (cohort: EvaluationCohort, table: CohortTable, rows: [Int])

  func results(crossValidated: CrossValidatedArea?) throws -> [LearnerResult] {
    let parts: [Part] =
      [
        (EvaluationCohort.training, study.table, study.split.training),
        (.test, study.table, study.split.test),
      ]
      + [study.external.map { (EvaluationCohort.external, $0.table, $0.rows) }].compactMap(\.self)
    let scores = parts.map { part in part.rows.isEmpty ? [] : self.scores(part) }
    var found = zip(parts, scores).filter { !$0.0.rows.isEmpty }.map { onPart($0, scores: $1) }
    if let crossValidated { found.append(folds(crossValidated)) }
    if let sites = try leftOut() { found.append(sites) }
    if !replicates.isEmpty { found.append(outOfBag(apparent: found[0].area)) }
    return found
  }

  private func scores(_ part: Part) -> [Double]? {
    model.fitted.scores(
      of: learner, study.table, fittedTo: study.split.training, on: (part.table, part.rows),
      address: .finalFit(seed: study.cohort.study.seed))
  }

  private func row(
    _ cohort: EvaluationCohort, _ method: LearnerResult.Method, count: Int, reason: String? = nil
  ) -> LearnerResult {
    LearnerResult(
      model: model.plan.name, learner: learner, cohort: cohort, method: method, count: count, reason: reason)
  }

  /// Both fitted to the training part, on the same cases.
  private func onPart(_ part: Part, scores: [Double]?) -> LearnerResult {
    let own = PartPredictions(model.fitted, table: part.table, rows: part.rows, cohort: part.cohort)
    let method = LearnerResult.Method.deLong(isClustered: own.clusters != nil)
    guard let scores else { return row(part.cohort, method, count: part.rows.count, reason: unfitted) }
    guard let first = DeLong(own.probabilities, positives: own.positives, clusters: own.clusters),
      let second = DeLong(scores, positives: own.positives, clusters: own.clusters)
    else {
      return row(
        part.cohort, method, count: part.rows.count,
        reason: "fewer than two cases or two controls of the outcome")
    }
    var result = row(part.cohort, method, count: part.rows.count)
    (result.area, result.interval, result.modelArea) = (
      // Without variance, as at an AUC of 1, there is no interval.
      second.auc, second.variance > 0 ? second.logitInterval() ?? second.interval() : nil, first.auc
    )
    // Of those fitted to, a difference says how closely each learner follows them, and no more.
    if part.cohort != .training {
      let paired = first.paired(with: second)
      (result.difference, result.differenceInterval) = (paired.difference, paired.interval)
    }
    return result
  }

  /// Folds of the training part that the study is judged by.
  private func folds(_ area: CrossValidatedArea) -> LearnerResult {
    var result = row(
      .crossValidated, .crossValidation(repeats: area.repeats, folds: area.count), count: area.rows,
      reason: area.value == nil ? unfitted : nil)
    let difference = model.crossValidated?.difference(to: area)
    (result.area, result.interval, result.modelArea) = (
      area.value, area.interval(), model.crossValidated?.value
    )
    (result.difference, result.differenceInterval) = (difference?.value, difference?.interval)
    return result
  }

  /// Each site predicted without it; `nil` where that is not the study's split.
  private func leftOut() throws -> LearnerResult? {
    guard let own = model.leaveOneSiteOut else { return nil }
    let found = try own.pooling(learner, study.table, seed: study.cohort.study.seed)
    let count = own.pooling.sites.reduce(0) { $0 + $1.rows }
    guard let pooled = found?.pooled else {
      let reason = found == nil ? unfitted : "fewer than two sites whose AUC can be pooled"
      return row(.leftOut, .pooledSites, count: count, reason: reason)
    }
    var result = row(.leftOut, .pooledSites, count: count)
    (result.area, result.interval) = (pooled.auc, pooled.interval)
    result.modelArea = own.pooling.pooled?.auc
    return result
  }

  private func outOfBag(apparent: Double?) -> LearnerResult {
    let count = study.split.training.count
    guard let found = ReplicateDifference(modelAreas, minus: replicates.map(\.outOfBag)) else {
      return row(
        .bootstrap, .replicates, count: count,
        reason: "fewer than ten replicates have both AUCs out of bag")
    }
    var result = row(.bootstrap, .replicates, count: count)
    (result.area, result.modelArea) = (found.means.second, found.means.first)
    (result.difference, result.differenceInterval) = (found.value, found.interval)
    result.corrected = (
      BootstrapSummary.Estimates(replicates, apparent: apparent)?.point632Plus,
      model.summary?.auc?.point632Plus
    )
    result.replicates = found.replicates
    return result
  }

  private var unfitted: String {
    study.split.training.count > Learner.mostRows
      ? "more than \(Learner.mostRows) cases, which comparisons are not made for"
      : "\(learner.library.label) could not fit it"
  }
}
