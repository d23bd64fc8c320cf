import Report
import Statistics
import StudyPlan

extension FinalModel {
  /// What the report tells beyond the equation and its performance.
  func pipeline(_ table: CohortTable) -> StudyReport.Pipeline {
    StudyReport.Pipeline(
      missing: plan.missing.sentence, harmonisation: fitted.harmonisation.map { harmonisation($0) },
      inference: fitted.inference.map(inference),
      mergedStrata: strata.merged.map { stratum in
        .init(site: table.siteNames[stratum.site], outcome: stratum.isPositive ? 1 : 0)
      }, twoStage: twoStage.map(StudyReport.TwoStage.init),
      leaveOneSiteOut: leaveOneSiteOut.map {
        StudyReport.LeaveOneSiteOut($0, table: table, settings: plan.harmonisation)
      })
  }

  /// Strata that were too small to be resampled by themselves.
  func mergedStrata(_ table: CohortTable) -> [StudyReport.Warning] {
    guard !strata.merged.isEmpty else { return [] }
    let names = strata.merged.map { "\(table.siteNames[$0.site]) (outcome \($0.isPositive ? 1 : 0))" }
    return [
      StudyReport.Warning(
        code: "merged_strata",
        message:
          "A single training subject has this outcome at \(names.joined(separator: ", ")): resampling draws it with "
          + "subjects of the same outcome at other sites.")
    ]
  }

  private func harmonisation(_ model: CombatModel) -> StudyReport.Harmonisation {
    let settings = plan.harmonisation ?? CombatSettings()
    let prior =
      switch settings.prior {
      case .parametric: "parametric empirical Bayes"
      case .nonParametric: "non-parametric empirical Bayes"
      case .none: "without shrinkage"
      }
    return StudyReport.Harmonisation(
      method: "ComBat", detail: prior + (settings.isMeanOnly ? ", locations only" : ""), sites: model.sites,
      reference: model.referenceSite, covariates: model.covariates.map(\.name),
      unseenSites: settings.unseenSite == .refuse ? "refused" : "used as they are")
  }

  private func inference(_ inference: ModelInference) -> StudyReport.Inference {
    StudyReport.Inference(
      coefficients: zip(fitted.featureNames, inference.coefficients).map { name, coefficient in
        .init(
          feature: name, standardError: coefficient.standardError, waldP: coefficient.waldP,
          likelihoodRatioP: coefficient.likelihoodRatioP, varianceInflation: coefficient.varianceInflation)
      }, likelihoodRatio: inference.likelihoodRatio, likelihoodRatioP: inference.likelihoodRatioP)
  }
}

extension StudyReport.TwoStage {
  init(_ summary: TwoStageSummary) {
    func interval(_ estimate: TwoStageSummary.Estimate?) -> StudyReport.Interval {
      StudyReport.Interval(
        estimate: estimate?.mean, lower: estimate?.interval.lower, upper: estimate?.interval.upper,
        method: "two-stage percentile")
    }
    self.init(
      outer: summary.outer, inner: summary.inner, undefined: summary.undefined,
      undefinedInner: summary.undefinedInner, emptyInner: summary.emptyInner,
      auc632Plus: interval(summary.point632Plus), outOfBag: interval(summary.outOfBag),
      harrell: interval(summary.optimismCorrected))
  }
}

extension StudyReport.LeaveOneSiteOut {
  init(_ result: LeaveOneSiteOut, table: CohortTable, settings: CombatSettings?) {
    self.init(
      sites: zip(result.folds, result.pooling.sites).enumerated().map { index, pair in
        let (fold, site) = pair
        let clusters = table.clusters(Split(leavingOut: index, of: table).test)
        return Site(
          site: fold.site, cases: site.rows, positives: site.cases, features: fold.model.featureNames,
          cutoff: fold.model.cutoff,
          auc: StudyReport.Interval(
            estimate: site.auc, lower: site.isPooled ? site.interval?.lower : nil,
            upper: site.isPooled ? site.interval?.upper : nil,
            method: site.isPooled
              ? IntervalMethod.deLong(clusters, onLogit: true) : "DeLong (no variance)"),
          sensitivity: fold.evaluation.confusion.sensitivity.estimate,
          specificity: fold.evaluation.confusion.specificity.estimate, isPooled: site.isPooled)
      },
      pooled: StudyReport.Interval(
        estimate: result.pooling.pooled?.auc, lower: result.pooling.pooled?.interval.lower,
        upper: result.pooling.pooled?.interval.upper, method: "REML, Hartung-Knapp"),
      predictionInterval: StudyReport.Interval(
        estimate: result.pooling.pooled?.auc, lower: result.pooling.pooled?.predictionInterval.lower,
        upper: result.pooling.pooled?.predictionInterval.upper, method: "prediction interval for a new site"),
      unseenSite: settings == nil
        ? "no harmonisation" : "features of the site left out are used as they are, without harmonisation")
  }
}

extension MissingPolicy {
  var sentence: String {
    switch self {
    case .dropCase: "cases with undefined features are dropped before the split"
    case .dropFeature:
      "a feature with an undefined value in the training part is left out; an undefined value elsewhere takes "
        + "the training median"
    case .medianImpute(let share):
      "a feature is left out where more than \(100 * share) % of the training values are undefined; other "
        + "undefined values take the training median"
    }
  }
}

extension CutoffRule {
  var sentence: String {
    switch self {
    case .youden: "Youden's J on the training part"
    case .sensitivity(let minimum): "sensitivity of at least \(minimum) on the training part"
    case .specificity(let minimum): "specificity of at least \(minimum) on the training part"
    case .fixed(let value): "fixed beforehand at \(value)"
    }
  }
}

extension BootstrapSummary.UndefinedReason {
  var sentence: String {
    switch self {
    case .nobodyOutOfBag: "every subject was drawn"
    case .oneClassOutOfBag: "subjects out of bag lack an outcome"
    case .notFitted: "the resample could not be fitted (one outcome, too few subjects, or collinear)"
    }
  }
}
