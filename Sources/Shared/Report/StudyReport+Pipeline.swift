extension StudyReport {
  /// How a model was made, beyond its equation and its performance.
  package struct Pipeline: Codable, Equatable, Sendable {
    /// What was done with undefined values.
    package var missing: String
    @ValueOrNull package var harmonisation: Harmonisation?
    /// Tests of the coefficients; `nil` for a model without features.
    @ValueOrNull package var inference: Inference?
    /// Strata of site and outcome with a single training subject, which resampling merged within the outcome.
    package var mergedStrata: [Stratum]
    @ValueOrNull package var twoStage: TwoStage?
    @ValueOrNull package var leaveOneSiteOut: LeaveOneSiteOut?

    package init(
      missing: String, harmonisation: Harmonisation? = nil, inference: Inference? = nil,
      mergedStrata: [Stratum] = [], twoStage: TwoStage? = nil, leaveOneSiteOut: LeaveOneSiteOut? = nil
    ) {
      self.missing = missing
      self.harmonisation = harmonisation
      self.inference = inference
      self.mergedStrata = mergedStrata
      self.twoStage = twoStage
      self.leaveOneSiteOut = leaveOneSiteOut
    }

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

    package init(
      method: String, detail: String, sites: [String], reference: String?, covariates: [String],
      unseenSites: String
    ) {
      self.method = method
      self.detail = detail
      self.sites = sites
      self.reference = reference
      self.covariates = covariates
      self.unseenSites = unseenSites
    }

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

      package init(
        feature: String, standardError: Double?, waldP: Double?, likelihoodRatioP: Double?,
        varianceInflation: Double?
      ) {
        self.feature = feature
        self.standardError = standardError
        self.waldP = waldP
        self.likelihoodRatioP = likelihoodRatioP
        self.varianceInflation = varianceInflation
      }

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

    package init(coefficients: [Coefficient], likelihoodRatio: Double?, likelihoodRatioP: Double?) {
      self.coefficients = coefficients
      self.likelihoodRatio = likelihoodRatio
      self.likelihoodRatioP = likelihoodRatioP
    }

    private enum CodingKeys: String, CodingKey {
      case coefficients
      case likelihoodRatio = "likelihood_ratio"
      case likelihoodRatioP = "likelihood_ratio_p"
    }
  }

  package struct Stratum: Codable, Equatable, Sendable {
    package var site: String
    package var outcome: Int

    package init(site: String, outcome: Int) {
      self.site = site
      self.outcome = outcome
    }
  }
}
