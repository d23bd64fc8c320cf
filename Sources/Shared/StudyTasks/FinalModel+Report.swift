import Report
import Statistics
import StudyPlan

extension FinalModel {
  /// The model as the report tells it.
  func reported(table: CohortTable) -> StudyReport.Model {
    var model = StudyReport.Model(
      name: fitted.name, sources: definition.sources.map(\.rawValue), selection: steps, features: features,
      intercept: fitted.intercept, lassoLambda: fitted.lambda, refit: refit,
      cutoff: StudyReport.Cutoff(probability: fitted.cutoff, rule: plan.cutoff.sentence),
      warnings: warnings(table), metrics: metrics, perSite: perSite, roc: evaluations.compactMap(\.roc),
      decision: evaluations.map(\.decisionCurve), calibration: evaluations.compactMap(\.calibration),
      bootstrap: summary.map { bootstrap($0, table) }, pipeline: pipeline(table))
    model.add(evaluations)
    model.lassoPath = fitted.lasso.map { StudyReport.LassoPath($0, names: table.featureNames) }
    return model
  }

  /// What was left after each step, the rule beside it where the trace names a step of the plan.
  private var steps: [StudyReport.SelectionStep] {
    var rules = plan.steps[...]
    return fitted.steps.map { step in
      var detail = ""
      if let rule = rules.first, rule.name == step.name {
        detail = rule.detail
        rules.removeFirst()
      }
      return StudyReport.SelectionStep(step: step.name, kept: step.remaining, detail: detail)
    }
  }

  private var features: [StudyReport.ModelFeature] {
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
    switch plan.refit {
    case .none: .init(method: "none", detail: "maximum likelihood")
    case .ridge(let penalty):
      .init(method: "ridge", lambda: fitted.ridgePenalty ?? penalty, detail: "fixed penalty")
    case .crossValidatedRidge(let folds):
      .init(method: "ridge", lambda: fitted.ridgePenalty, detail: "penalty by \(folds)-fold cross-validation")
    case .firth: .init(method: "firth", detail: "Firth's penalised likelihood")
    case .lassoScore:
      .init(method: "lasso", lambda: fitted.lambda, detail: "the coefficients of the LASSO itself")
    }
  }

  private func warnings(_ table: CohortTable) -> [StudyReport.Warning] {
    var warnings = fitted.warnings.map { StudyReport.Warning($0, refit: plan.refit) }
    warnings += mergedStrata(table)
    if let summary {
      if summary.hasMoreFeaturesThanRows, let training = evaluations.first {
        let candidates = fitted.steps.first?.remaining ?? 0
        let subjects = training.metrics.first?.count ?? 0
        warnings.append(.moreFeaturesThanSubjects(features: candidates, subjects: subjects))
      }
      if summary.empty > 0 { warnings.append(.emptySelections(summary.empty, of: summary.replicates)) }
    }
    return warnings
  }

  private func bootstrap(_ summary: BootstrapSummary, _ table: CohortTable) -> StudyReport.Bootstrap {
    typealias Interval = StudyReport.Interval
    let auc = summary.auc
    let frequencies = summary.selected.sorted {
      $0.count == $1.count ? $0.feature < $1.feature : $0.count > $1.count
    }
    let percentile = summary.outOfBagInterval
    let shifted = summary.shiftedInterval
    return StudyReport.Bootstrap(
      replicates: summary.replicates, undefined: summary.undefined,
      undefinedReasons: summary.undefinedReasons.map { .init(reason: $0.reason.sentence, count: $0.count) },
      emptySelections: summary.empty,
      auc632Plus: headline,
      outOfBag: Interval(
        estimate: auc?.outOfBag, lower: percentile?.lower, upper: percentile?.upper,
        method: "percentiles of the replicates"),
      auc632: Interval(estimate: auc?.point632),
      harrell: Interval(
        estimate: auc?.optimismCorrected, lower: shifted?.lower, upper: shifted?.upper,
        method: "location-shifted percentiles"),
      apparent: Interval(estimate: auc?.apparent), selectionStability: summary.stability,
      selectionFrequencies: frequencies.prefix(50).map {
        .init(
          feature: table.featureNames[$0.feature], frequency: Double($0.count) / Double(summary.replicates))
      }, auc632PlusPercentile: twoStage == nil ? nil : percentileHeadline)
  }

  /// The .632+ estimate with its interval: recentred, because the plain percentiles lie low.
  var headline: StudyReport.Interval {
    let estimate = summary?.auc?.point632Plus
    let interval = estimate.flatMap { twoStage?.point632Plus?.recentred(on: $0) }
    return StudyReport.Interval(
      estimate: estimate, lower: interval?.lower, upper: interval?.upper,
      method: twoStage == nil ? "" : "two-stage percentile, recentred")
  }

  /// The same estimate with the percentiles as they are.
  var percentileHeadline: StudyReport.Interval {
    let interval = twoStage?.point632Plus?.interval
    return StudyReport.Interval(
      estimate: summary?.auc?.point632Plus, lower: interval?.lower, upper: interval?.upper,
      method: "two-stage percentile")
  }
}

extension StudyReport.Warning {
  fileprivate init(_ warning: FittedModel.Warning, refit: Refit) {
    switch warning {
    case .droppedNotFinite(let features):
      self.init(
        code: "not_finite",
        message: "\(features) features have undefined values in the training part and were left out.")
    case .droppedConstant(let features):
      self.init(
        code: "constant", message: "\(features) features are constant in the training part and were left out."
      )
    case .imputed(let values):
      self.init(
        code: "imputed", message: "\(values) undefined training values took the feature's training median.")
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
        message: "Too few images with repeat segmentations: the ICC step kept every feature.")
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
