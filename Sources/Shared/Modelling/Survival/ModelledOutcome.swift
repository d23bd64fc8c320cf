import Statistics
import StudyPlan

/// What the models of a study predict: where the two kinds of study part.
package enum ModelledOutcome: Sendable {
  /// One of two outcomes, by logistic models.
  case binary
  /// The time to an event, by Cox models.
  case survival(SurvivalStudy)
}

/// What a study of times to an event has beside the table of its rows.
package struct SurvivalStudy: Sendable {
  package let outcome: SurvivalOutcome
  /// The rows of the study's table with their times.
  package let cohort: SurvivalCohort
  /// Of Cox models, in the order of the study.
  package let plans: [SurvivalPlan]
}

extension ModelledOutcome {
  /// - Throws: `StudyTaskError` where a case has no time above 0, or images of one row have different times; `bad-study` where a
  ///   model is no Cox model, or no horizon is named.
  init(_ study: Study, plans: [ModelPlan], table: CohortTable, members: [[StudyCase]]) throws {
    guard let outcome = study.survival else {
      self = .binary
      return
    }
    guard !outcome.horizons.isEmpty else {
      throw StudyTaskError(
        code: "bad-study", sentence: "The study predicts times to an event, but names no horizon.",
        remedy: "Name outcome.horizons in the study file, and submit the study again.")
    }
    let times = try outcome.times(of: table, members: members)
    self = .survival(
      SurvivalStudy(
        outcome: outcome, cohort: try SurvivalCohort(table, times: times.times),
        plans: try plans.map { (plan) throws(StudyTaskError) in
          try SurvivalPlan(plan, among: study.models)
        }))
  }
}

extension SurvivalPlan {
  /// Features, missing values, harmonisation and clinical columns as of any model; steps and refit of a Cox model.
  /// - Parameter models: those of the study, which scores are of.
  fileprivate init(_ plan: ModelPlan, among models: [ModelDefinition]) throws(StudyTaskError) {
    guard let own = models.first(where: { $0.name == plan.name })?.survival else {
      throw StudyTaskError(
        code: "bad-study",
        sentence: "The study predicts times to an event, but model \(plan.name) is no Cox model.",
        remedy: "Submit the study again with this version.")
    }
    self.init(
      name: plan.name, features: plan.features, missing: plan.missing, steps: own.selection,
      refit: own.refit, harmonisation: plan.harmonisation)
    clinical = plan.clinical
    scores = try plan.scores.map { (scores) throws(StudyTaskError) in
      SurvivalScores(
        plans: try scores.plans.map { (below) throws(StudyTaskError) in
          try SurvivalPlan(below, among: models)
        }, folds: scores.folds)
    }
  }
}

extension PreparedStudy {
  /// `nil` where models are of two outcomes.
  package var survival: SurvivalStudy? {
    switch outcome {
    case .binary: nil
    case .survival(let study): study
    }
  }
}

/// Of a case's risks of the event by each horizon, that by the last, which one number is told of.
/// - Throws: `no-risk` where there is none.
package func riskByLastHorizon(_ risks: [Double]) throws(StudyTaskError) -> Double {
  guard let risk = risks.last else {
    throw StudyTaskError(
      code: "no-risk", sentence: "A Cox model says no risk of a case, as the study has no horizon.",
      remedy: "Name outcome.horizons in the study file, and submit the study again.")
  }
  return risk
}

extension FittedSurvivalModel {
  /// The linear predictor at which the group of higher risk begins.
  /// - Throws: `no-risk-cut` of a stored model that has none.
  package func riskCut() throws(StudyTaskError) -> Double {
    guard let cut = riskCuts.first else {
      throw StudyTaskError(
        code: "no-risk-cut", sentence: "The Cox model \(name) has no cut between its groups of risk.",
        remedy: "Use the version that ran the study, or submit it again.")
    }
    return cut
  }
}
