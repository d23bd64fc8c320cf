import Statistics
import StudyPlan

/// A model fitted to the whole training part, with what the replicates tell of it.
package struct FinalModel: Sendable {
  package let definition: ModelDefinition
  package let plan: ModelPlan
  package let fitted: FittedModel
  /// `nil` without replicates.
  package let summary: BootstrapSummary?
  /// The two-stage bootstrap, where the study asks for it.
  package let twoStage: TwoStageSummary?
  /// Every site held out in turn, where that is the study's split.
  package let leaveOneSiteOut: LeaveOneSiteOut?
  /// The AUC by cross-validation, where the study is judged by it.
  package let crossValidated: CrossValidatedArea?
  /// Those of the study's other learners over the same folds, in their order.
  let crossValidatedLearners: [CrossValidatedArea]?
  /// Strata of site and outcome that resamples are drawn within, of the training part.
  package let strata: SubjectStrata

  /// - Parameter index: of the model in the study.
  /// - Throws: `StatisticsError`, as fitting does.
  package init(_ index: Int, of study: PreparedStudy, replicates: StoredReplicates) throws {
    definition = study.cohort.study.models[index]
    plan = study.plans[index]
    let fitted = try study.finalModel(study.plans[index])
    self.fitted = fitted
    let candidates = study.table.candidateCount(of: study.plans[index])
    summary =
      replicates.plain.isEmpty
      ? nil
      : try BootstrapSummary(
        of: replicates.plain, model: index, final: fitted, table: study.table, training: study.split.training,
        candidates: candidates)
    twoStage = replicates.outer.isEmpty ? nil : try TwoStageSummary(of: replicates.outer, model: index)
    leaveOneSiteOut =
      study.cohort.study.split == .leaveOneSiteOut
      ? try LeaveOneSiteOut(study.table, plan: study.plans[index], seed: study.cohort.study.seed) : nil
    let areas = try study.crossValidated(study.plans[index])
    (crossValidated, crossValidatedLearners) = (areas?.model, areas?.learners)
    strata = SubjectStrata(of: study.table, rows: study.split.training)
  }
}

extension PreparedStudy {
  /// A model fitted to the whole training part.
  /// - Throws: what `fitModel` throws; `unseenSite` where the model cannot be applied to the test part.
  func finalModel(_ plan: ModelPlan) throws -> FittedModel {
    let model = try fitModel(
      table, rows: split.training, plan: plan, address: .finalFit(seed: cohort.study.seed))
    try model.requireKnownSites(of: table, rows: split.test)
    if let external { try model.requireKnownSites(of: external.table, rows: external.rows) }
    return model
  }

  /// What a model says of each part: of training, then test where there is one, then of all cases as predicted without
  /// their sites, and of the external cohort.
  package func predictions(of model: FinalModel) -> [PartPredictions] {
    let parts: [(EvaluationCohort, [Int])] = [(.training, split.training), (.test, split.test)]
    return parts.filter { !$0.1.isEmpty }.map { cohort, rows in
      PartPredictions(model.fitted, table: table, rows: rows, cohort: cohort)
    }
      + [
        model.leaveOneSiteOut.map { PartPredictions($0, table: table) },
        external.map {
          PartPredictions(model.fitted, table: $0.table, rows: $0.rows, cohort: .external)
        },
      ].compactMap(\.self)
  }

  /// The probability of each case under a model, case by case. Where every site is left out once, a case's is that of
  /// the model which did not know its site.
  package func casePredictions(of model: FinalModel) -> [AggregateResult.Prediction] {
    let leftOut = model.leaveOneSiteOut?.folds.enumerated().map { site, fold in
      ("test", Split(leavingOut: site, of: table).test, fold.model)
    }
    let parts =
      leftOut ?? [("training", split.training, model.fitted), ("test", split.test, model.fitted)]
    let own = parts.flatMap { part, rows, fitted in
      zip(rows, fitted.probabilities(of: table, rows: rows)).map { row, probability in
        AggregateResult.Prediction(
          caseID: cases[row].id, model: fitted.name, part: part, probability: probability)
      }
    }
    guard let external else { return own }
    let probabilities = model.fitted.probabilities(of: external.table, rows: external.rows)
    return own
      + zip(external.members, probabilities).map { members, probability in
        AggregateResult.Prediction(
          caseID: members[0].id, model: model.fitted.name, part: EvaluationCohort.external.rawValue,
          probability: probability)
      }
  }
}
