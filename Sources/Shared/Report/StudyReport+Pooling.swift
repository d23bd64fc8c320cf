extension StudyReport {
  /// A measure at each site, and pooled over sites by random effects.
  package struct SitePooling: Codable, Equatable, Sendable {
    package struct Site: Codable, Equatable, Sendable {
      package var site: String
      package var count: Int
      package var positives: Int
      @FiniteOrNull package var estimate: Double?
      @FiniteOrNull package var lower: Double?
      @FiniteOrNull package var upper: Double?
      /// False where the site has no estimate with a variance, and is left out of the pooling.
      package var isPooled: Bool

      package init(
        site: String, count: Int, positives: Int, estimate: Double?, lower: Double?, upper: Double?,
        isPooled: Bool
      ) {
        self.site = site
        self.count = count
        self.positives = positives
        self.estimate = estimate
        self.lower = lower
        self.upper = upper
        self.isPooled = isPooled
      }

      private enum CodingKeys: String, CodingKey {
        case site, positives, estimate, lower, upper
        case count = "n"
        case isPooled = "pooled"
      }
    }

    package struct Estimate: Codable, Equatable, Sendable {
      /// `REML, Hartung-Knapp`.
      package var method: String
      @FiniteOrNull package var estimate: Double?
      @FiniteOrNull package var lower: Double?
      @FiniteOrNull package var upper: Double?
      /// Where the value of another site is expected, with a nominal probability of 95 %.
      @FiniteOrNull package var predictionLower: Double?
      @FiniteOrNull package var predictionUpper: Double?
      /// Variance between sites on the scale of pooling, and its interval.
      @FiniteOrNull package var tau2: Double?
      @FiniteOrNull package var tau2Lower: Double?
      @FiniteOrNull package var tau2Upper: Double?
      /// Share, in per cent, of the total variance that lies between sites.
      @FiniteOrNull package var i2: Double?
      /// p-value of Cochran's test of no difference between sites.
      @FiniteOrNull package var heterogeneityP: Double?

      package init(method: String) { self.method = method }

      private enum CodingKeys: String, CodingKey {
        case method, estimate, lower, upper, tau2, i2
        case predictionLower = "prediction_lower"
        case predictionUpper = "prediction_upper"
        case tau2Lower = "tau2_lower"
        case tau2Upper = "tau2_upper"
        case heterogeneityP = "heterogeneity_p"
      }
    }

    package var cohort: EvaluationCohort
    package var measure: MetricName
    /// `logit`, `log` or `identity`: the scale on which sites are averaged.
    package var scale: String
    package var sites: [Site]
    /// Empty where fewer than two sites can be pooled.
    package var pooled: [Estimate]
    /// Fewer than five sites were pooled: the variance between them is hardly known.
    package var hasFewSites: Bool

    package init(
      cohort: EvaluationCohort, measure: MetricName, scale: String, sites: [Site], pooled: [Estimate]
    ) {
      self.cohort = cohort
      self.measure = measure
      self.scale = scale
      self.sites = sites
      self.pooled = pooled
      hasFewSites = sites.count { $0.isPooled } < 5
    }

    private enum CodingKeys: String, CodingKey {
      case cohort, measure, scale, sites, pooled
      case hasFewSites = "few_sites"
    }
  }
}
