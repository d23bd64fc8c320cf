import Statistics
import StudyPlan

/// A Cox model fitted to the whole training part, with what the replicates tell of it.
package struct FinalSurvivalModel: Sendable {
  package let definition: ModelDefinition
  package let plan: SurvivalPlan
  package let fitted: FittedSurvivalModel
  /// `nil` without replicates.
  package let bootstrap: SurvivalBootstrap?
  /// Every site held out in turn, where that is the study's split.
  package let leaveOneSiteOut: SurvivalLeaveOneSiteOut?
  /// C by cross-validation, where the study is judged by it.
  package let crossValidated: CrossValidatedArea?
  /// Strata of site and event that resamples are drawn within, of the training part.
  package let strata: SubjectStrata

  /// - Parameters:
  ///   - index: of the model in the study.
  ///   - replicates: for each replicate those of the models.
  /// - Throws: `StatisticsError`, as fitting does.
  package init(
    _ index: Int, of study: PreparedStudy, _ survival: SurvivalStudy,
    replicates: [[SurvivalBootstrap.Replicate]]
  ) throws {
    let (training, seed, cohort) = (study.split.training, study.cohort.study.seed, survival.cohort)
    definition = study.cohort.study.models[index]
    let plan = survival.plans[index]
    self.plan = plan
    let fitted = try study.finalModel(plan, of: cohort)
    self.fitted = fitted
    bootstrap =
      replicates.isEmpty
      ? nil
      : SurvivalBootstrap(replicates.map { $0[index] }, final: fitted, cohort: cohort, training: training)
    leaveOneSiteOut =
      study.cohort.study.split == .leaveOneSiteOut
      ? try SurvivalLeaveOneSiteOut(cohort, plan: plan, seed: seed) : nil
    crossValidated =
      study.primaryPart == .corrected
      ? try CrossValidatedArea(concordanceOf: cohort, training: training, plan: plan, seed: seed) : nil
    strata = SubjectStrata(of: study.table, rows: training)
  }
}

/// What Cox models say of the cases of one part of a cohort, and what became of them.
package struct SurvivalPart: Sendable {
  package var cohort: EvaluationCohort
  package var survival: SurvivalTimes
  /// Linear predictor of each case, by the model that predicted it.
  package var predictors: [Double]
  /// What cases are ranked by: the linear predictor, or, where several models predicted them, the risk by the last horizon.
  package var scores: [Double]
  /// Of each case the probability of the event by each horizon.
  package var risks: [[Double]]
  /// The group of each case, 0 the lower risk, by the median of the training part of its model.
  package var groups: [Int]
  package var sites: [String]
  package var subjects: [String]
  /// The case of each row, the first of its images.
  package var caseIDs: [Int64]

  package var clusters: Clusters? { Clusters(subjects) }

  /// Some cases, in their order.
  package func selecting(_ rows: [Int]) -> SurvivalPart {
    SurvivalPart(
      cohort: cohort, survival: survival.selecting(rows), predictors: rows.map { predictors[$0] },
      scores: rows.map { scores[$0] }, risks: rows.map { risks[$0] }, groups: rows.map { groups[$0] },
      sites: rows.map { sites[$0] },
      subjects: rows.map { subjects[$0] }, caseIDs: rows.map { caseIDs[$0] })
  }

  /// The cases of each site, sites in the order of their names' bytes.
  package var bySite: [(site: String, part: SurvivalPart)] {
    Set(sites).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { site in
      (site, selecting(sites.indices.filter { sites[$0] == site }))
    }
  }
}

extension SurvivalPart {
  init(
    _ model: FittedSurvivalModel, table: CohortTable, survival: SurvivalTimes, rows: [Int],
    cases: [Int64], cohort: EvaluationCohort, horizons: [Double]
  ) {
    let predictors = model.linearPredictor(of: table, rows: rows)
    self.init(
      cohort: cohort, survival: survival.selecting(rows), predictors: predictors,
      scores: predictors, risks: predictors.map { model.risks($0, at: horizons) },
      groups: model.riskGroups(predictors),
      sites: rows.map { table.siteNames[table.sites[$0]] },
      subjects: rows.map { table.subjectNames[table.subjects[$0]] }, caseIDs: rows.map { cases[$0] })
  }
}

extension FittedSurvivalModel {
  /// Probability of the event by each time.
  package func risks(_ predictor: Double, at horizons: [Double]) -> [Double] {
    horizons.map { 1 - baseline.survival(at: $0, linearPredictor: predictor) }
  }
}

extension PreparedStudy {
  /// What a Cox model says of each part: of training, then test where there is one, then of all cases as predicted without their
  /// sites, and of the external cohort.
  /// - Throws: `no-risk` where the study has no horizon.
  package func parts(of model: FinalSurvivalModel, _ study: SurvivalStudy) throws -> [SurvivalPart] {
    let (survival, horizons) = (study.cohort.survival, study.outcome.horizons)
    let ids = cases.map(\.id)
    let own: [(EvaluationCohort, [Int])] = [(.training, split.training), (.test, split.test)]
    var parts = own.filter { !$0.1.isEmpty }.map { cohort, rows in
      SurvivalPart(
        model.fitted, table: table, survival: survival, rows: rows, cases: ids, cohort: cohort,
        horizons: horizons)
    }
    if let leftOut = model.leaveOneSiteOut {
      let folds = leftOut.folds.enumerated().map { site, fold in
        SurvivalPart(
          fold.model, table: table, survival: survival, rows: Split(leavingOut: site, of: table).test,
          cases: ids, cohort: .leftOut, horizons: horizons)
      }
      parts.append(try SurvivalPart(joining: folds, cohort: .leftOut))
    }
    if let external, let times = external.survival {
      parts.append(
        SurvivalPart(
          model.fitted, table: external.table, survival: times, rows: external.rows,
          cases: external.members.map { $0[0].id }, cohort: .external, horizons: horizons))
    }
    return parts
  }
}

extension SurvivalPart {
  /// Several parts one after another, ranked by their risks by the last horizon, as their linear predictors are of several models.
  fileprivate init(joining parts: [SurvivalPart], cohort: EvaluationCohort) throws {
    let risks = parts.flatMap(\.risks)
    self.init(
      cohort: cohort,
      survival: try SurvivalTimes(
        times: parts.flatMap(\.survival.times), events: parts.flatMap(\.survival.events)),
      predictors: parts.flatMap(\.predictors), scores: try risks.map(riskByLastHorizon), risks: risks,
      groups: parts.flatMap(\.groups), sites: parts.flatMap(\.sites),
      subjects: parts.flatMap(\.subjects), caseIDs: parts.flatMap(\.caseIDs))
  }
}
