import Modelling
import Statistics
import StudyPlan

extension StudyReport {
  /// How a model was made, beyond its equation and its performance.
  package struct Pipeline: Codable, Equatable, Sendable {
    /// What was done with undefined values.
    package var missing: String
    @ValueOrNull package var harmonisation: Harmonisation? = nil
    /// Tests of the coefficients; `nil` for a model without features.
    @ValueOrNull package var inference: Inference? = nil
    /// Strata of site and outcome with a single training subject, which resampling merged within the outcome.
    package var mergedStrata: [Stratum] = []
    @ValueOrNull package var twoStage: TwoStage? = nil
    @ValueOrNull package var leaveOneSiteOut: LeaveOneSiteOut? = nil

    private enum CodingKeys: String, CodingKey {
      case missing, harmonisation, inference
      case mergedStrata = "merged_strata"
      case twoStage = "two_stage_bootstrap"
      case leaveOneSiteOut = "leave_one_site_out"
    }
  }

  /// How sites' effects were taken from the features.
  package struct Harmonisation: Codable, Equatable, Sendable {
    package var method: String
    package var detail: String
    /// Sites that it was fitted to.
    package var sites: [String]
    @ValueOrNull package var reference: String?
    package var covariates: [String]
    /// What becomes of sites that it was not fitted to.
    package var unseenSites: String

    private enum CodingKeys: String, CodingKey {
      case method, detail, sites, reference, covariates
      case unseenSites = "unseen_sites"
    }
  }

  /// Tests of the coefficients on the training part; after selection on the same cases they describe only.
  package struct Inference: Codable, Equatable, Sendable {
    package struct Coefficient: Codable, Equatable, Sendable {
      package var feature: String
      @FiniteOrNull package var standardError: Double?
      @FiniteOrNull package var waldP: Double?
      @FiniteOrNull package var likelihoodRatioP: Double?
      @FiniteOrNull package var varianceInflation: Double?

      private enum CodingKeys: String, CodingKey {
        case feature
        case standardError = "standard_error"
        case waldP = "wald_p"
        case likelihoodRatioP = "likelihood_ratio_p"
        case varianceInflation = "vif"
      }
    }

    package var coefficients: [Coefficient]
    /// Of the whole model against the intercept alone.
    @FiniteOrNull package var likelihoodRatio: Double?
    @FiniteOrNull package var likelihoodRatioP: Double?

    private enum CodingKeys: String, CodingKey {
      case coefficients
      case likelihoodRatio = "likelihood_ratio"
      case likelihoodRatioP = "likelihood_ratio_p"
    }
  }

  package struct Stratum: Codable, Equatable, Sendable {
    package var site: String
    package var outcome: Int
  }

  /// The two-stage bootstrap (Noma et al. 2021): percentiles over outer resamples of the corrected AUC. The
  /// headline's interval is that of the .632+, recentred on the estimate from all subjects.
  package struct TwoStage: Codable, Equatable, Sendable {
    package var outer: Int
    package var inner: Int
    /// Outer resamples without an estimate.
    package var undefined: Int
    /// Inner replicates without an out-of-bag AUC, and those that selected nothing, over all outer ones.
    package var undefinedInner: Int
    package var emptyInner: Int
    /// Estimates are means over the outer resamples.
    package var auc632Plus: Interval
    package var outOfBag: Interval
    package var harrell: Interval

    private enum CodingKeys: String, CodingKey {
      case outer, inner, undefined
      case undefinedInner = "undefined_inner"
      case emptyInner = "empty_inner"
      case auc632Plus = "auc_632_plus"
      case outOfBag = "auc_out_of_bag"
      case harrell = "auc_harrell"
    }
  }
}

extension ReportedModel {
  /// What the report tells beyond the equation and its performance.
  func pipeline(_ table: CohortTable) -> StudyReport.Pipeline {
    StudyReport.Pipeline(
      missing: result.plan.missing.sentence,
      harmonisation: result.fitted.harmonisation.map {
        StudyReport.Harmonisation($0, settings: result.plan.harmonisation ?? CombatSettings())
      },
      inference: result.fitted.inference.map(inference),
      mergedStrata: result.strata.merged.map { stratum in
        .init(site: table.siteNames[stratum.site], outcome: stratum.isPositive ? 1 : 0)
      }, twoStage: result.twoStage.map(StudyReport.TwoStage.init),
      leaveOneSiteOut: result.leaveOneSiteOut.map {
        StudyReport.LeaveOneSiteOut($0, table: table, settings: result.plan.harmonisation)
      })
  }

  /// Strata that were too small to be resampled by themselves.
  func mergedStrata(_ table: CohortTable) -> [StudyReport.Warning] {
    guard !result.strata.merged.isEmpty else { return [] }
    let names = result.strata.merged.map { "\(table.siteNames[$0.site]) (outcome \($0.isPositive ? 1 : 0))" }
    return [
      StudyReport.Warning(
        code: "merged_strata",
        message:
          "A single training subject has this outcome at \(names.joined(separator: ", ")): resampling draws it with "
          + "subjects of the same outcome at other sites.")
    ]
  }

  private func inference(_ inference: ModelInference) -> StudyReport.Inference {
    StudyReport.Inference(
      coefficients: zip(result.fitted.featureNames, inference.coefficients).map { name, coefficient in
        .init(
          feature: name, standardError: coefficient.standardError, waldP: coefficient.waldP,
          likelihoodRatioP: coefficient.likelihoodRatioP, varianceInflation: coefficient.varianceInflation)
      }, likelihoodRatio: inference.likelihoodRatio, likelihoodRatioP: inference.likelihoodRatioP)
  }
}

extension StudyReport.Harmonisation {
  init(_ model: CombatModel, settings: CombatSettings) {
    let prior =
      switch settings.prior {
      case .parametric: "parametric empirical Bayes"
      case .nonParametric: "non-parametric empirical Bayes"
      case .none: "without shrinkage"
      }
    self.init(
      method: "ComBat", detail: prior + (settings.isMeanOnly ? ", locations only" : ""), sites: model.sites,
      reference: model.referenceSite, covariates: model.covariates.map(\.name),
      unseenSites: settings.unseenSite == .refuse ? "refused" : "used as they are")
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
