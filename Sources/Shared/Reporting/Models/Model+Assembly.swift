import Modelling
import Statistics
import StudyPlan

/// A final model with its evaluations, as the report tells it.
struct ReportedModel {
  let result: FinalModel
  /// Training, then test where there is one, or all cases as predicted without their sites.
  let evaluations: [CohortEvaluation]

  /// - Throws: `StatisticsError`, as pooling over sites does.
  init(_ result: FinalModel, of study: PreparedStudy) throws {
    self.result = result
    evaluations = try study.predictions(of: result).map {
      try CohortEvaluation($0, seed: study.cohort.study.seed)
    }
  }

  var name: String { result.fitted.name }
  var metrics: [StudyReport.Metric] {
    evaluations.flatMap(\.metrics) + [crossValidatedMetric].compactMap(\.self)
  }
  var perSite: [StudyReport.Metric] { evaluations.flatMap(\.perSite) }
}

extension ReportedModel {
  /// The model as the report tells it; of a table nobody knows how its features were made.
  func reported(_ study: PreparedStudy) -> StudyReport.Model {
    let fitted = result.fitted
    return StudyReport.Model(
      name: fitted.name,
      sources: StudyReport.Model.sources(result.definition, isTable: study.cohort.study.table != nil),
      selection: steps, features: features, intercept: fitted.intercept, lassoLambda: fitted.lambda,
      refit: refit,
      formula: radScoreFormula(intercept: fitted.intercept, features: features),
      cutoff: StudyReport.Cutoff(probability: fitted.cutoff, rule: result.plan.cutoff.sentence),
      warnings: warnings(study.table), metrics: metrics, perSite: perSite, roc: evaluations.compactMap(\.roc),
      decision: evaluations.map(\.decisionCurve), calibration: evaluations.compactMap(\.calibration),
      bootstrap: result.summary.map { bootstrap($0, study.table) }, pipeline: pipeline(study.table),
      precisionRecall: evaluations.compactMap(\.precisionRecall),
      smoothCalibration: evaluations.compactMap(\.smoothCalibration), scores: evaluations.map(\.scores),
      pooling: evaluations.flatMap(\.pooling),
      lassoPath: fitted.lasso.map { trace in
        StudyReport.LassoPath(trace) { study.table.columnName($0, of: result.plan) }
      })
  }

  /// What was left after each step, the rule beside it where the trace names a step of the result.plan.
  private var steps: [StudyReport.SelectionStep] {
    StudyReport.SelectionStep.trace(
      result.fitted.steps, rules: result.plan.steps.map { ($0.name, $0.detail) })
  }

  private var features: [StudyReport.ModelFeature] {
    let (fitted, summary) = (result.fitted, result.summary)
    let replicates = Double(summary?.replicates ?? 0)
    let counts = Dictionary(uniqueKeysWithValues: summary?.selected.map { ($0.feature, $0.count) } ?? [])
    return fitted.features.indices.map { index in
      StudyReport.ModelFeature(
        name: fitted.featureNames[index], coefficient: fitted.coefficients[index], mean: fitted.means[index],
        standardDeviation: fitted.deviations[index],
        selectionFrequency: summary == nil
          ? nil : Double(counts[fitted.features[index], default: 0]) / replicates)
    }
  }

  private var refit: StudyReport.Refit {
    switch result.plan.refit {
    case .none: .init(method: "none", detail: "maximum likelihood")
    case .ridge(let penalty):
      .init(method: "ridge", lambda: result.fitted.ridgePenalty ?? penalty, detail: "fixed penalty")
    case .crossValidatedRidge(let folds):
      .init(
        method: "ridge", lambda: result.fitted.ridgePenalty,
        detail: "penalty by \(folds)-fold cross-validation")
    case .firth: .init(method: "firth", detail: "Firth's penalised likelihood")
    case .lassoScore:
      .init(method: "lasso", lambda: result.fitted.lambda, detail: "the coefficients of the LASSO itself")
    }
  }

  private func warnings(_ table: CohortTable) -> [StudyReport.Warning] {
    var warnings = result.fitted.warnings.map { StudyReport.Warning($0) }
    warnings += mergedStrata(table)
    if let summary = result.summary {
      if summary.hasMoreFeaturesThanRows, let training = evaluations.first {
        let candidates = result.fitted.steps.first?.remaining ?? 0
        let subjects = training.metrics.first?.count ?? 0
        warnings.append(.moreFeaturesThanSubjects(features: candidates, subjects: subjects))
      }
      if summary.empty > 0 { warnings.append(.emptySelections(summary.empty, of: summary.replicates)) }
    }
    return warnings
  }
}

extension StudyReport.Model {
  /// What a model's predictors come from.
  static func sources(_ definition: ModelDefinition, isTable: Bool) -> [String] {
    let own = definition.sources.map(\.rawValue)
    return (isTable && !own.isEmpty ? ["feature table"] : own)
      + (definition.clinical == nil ? [] : ["clinical"])
      + (definition.scores.map { $0.models.map(ModelScores.columnName) } ?? [])
  }
}

/// `1 feature is constant in the training part and was left out.`
private func leftOut(_ features: Int, _ one: String, _ many: String) -> String {
  "\(counted(features, "feature")) \(features == 1 ? one : many) in the training part and "
    + "\(features == 1 ? "was" : "were") left out."
}

extension StudyReport.Warning {
  init(_ warning: FittedModel.Warning) {
    switch warning {
    case .droppedNotFinite(let features):
      self.init(
        code: "not_finite",
        message: leftOut(features, "has undefined values", "have undefined values"))
    case .droppedConstant(let features):
      self.init(
        code: "constant", message: leftOut(features, "is constant", "are constant"))
    case .imputed(let values):
      self.init(
        code: "imputed",
        message:
          "\(counted(values, "undefined training value")) took the predictor's median, or commonest level, of the training part."
      )
    case .separation(let kind):
      self.init(
        code: "separation",
        message:
          "\(kind == .complete ? "Complete" : "Quasi-complete") separation: the selected features divide the training "
          + "part, so that unpenalised coefficients have no finite value and those printed are arbitrary; use a ridge "
          + "or Firth refit.")
    case .noRepeats:
      self.init(
        code: "no_repeats",
        message:
          "Too few images with repeat segmentations, or with all perturbed regions: the ICC step kept every feature."
      )
    case .collinear:
      self.init(
        code: "collinear",
        message:
          "The selected features are collinear; ridge with penalty 1 took the place of the unpenalised fit.")
    case .tooFewForFolds:
      self.init(
        code: "too_few_for_folds",
        message:
          "The rarer outcome has fewer than two training subjects, so that nothing could be cross-validated.")
    case .nothingSelected:
      self.init(
        code: "nothing_selected",
        message:
          "Selection kept no feature: every case has the same probability, the training share of the outcome."
      )
    }
  }
}

extension StudyReport.SelectionStep {
  /// Steps with what each left, and the rule of each that is one of the plan's, in their order.
  static func trace(_ steps: [FittedModel.Step], rules: [(name: String, detail: String)]) -> [Self] {
    var rules = rules[...]
    return steps.map { step in
      let rule = rules.first.flatMap { $0.name == step.name ? $0 : nil }
      if rule != nil { rules.removeFirst() }
      return Self(step: step.name, kept: step.remaining, detail: rule?.detail ?? "")
    }
  }
}
