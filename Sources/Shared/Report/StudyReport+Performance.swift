extension StudyReport {
  /// On whom a number was computed.
  package enum EvaluationCohort: String, Codable, Sendable, CaseIterable {
    case training, test
    /// Every case as predicted by the model that was fitted without its site.
    case leftOut = "leave-one-site-out"
    /// Cases of no part, of predictions made elsewhere.
    case all
    /// Over bootstrap replicates of the whole pipeline.
    case bootstrap
  }

  /// What a number is.
  package enum MetricName: String, Codable, Sendable, CaseIterable {
    case auc
    case averagePrecision = "average_precision"
    case sensitivity, specificity
    case positivePredictiveValue = "ppv"
    case negativePredictiveValue = "npv"
    case accuracy
    case noInformationRate = "no_information_rate"
    /// One-sided exact binomial test that accuracy is no better than the rate.
    case noInformationP = "no_information_p"
    case f1, mcc, brier
    case scaledBrier = "scaled_brier"
    case expectedCalibrationError = "ece"
    case calibrationIntercept = "calibration_intercept"
    case calibrationSlope = "calibration_slope"
    case observedOverExpected = "observed_over_expected"
    case hosmerLemeshowStatistic = "hosmer_lemeshow_chi2"
    case hosmerLemeshowP = "hosmer_lemeshow_p"
    case spiegelhalterZ = "spiegelhalter_z"
    case spiegelhalterP = "spiegelhalter_p"
    /// Net reclassification improvement by any change of probability (Pencina et al. 2011).
    case netReclassification = "nri"
    /// Integrated discrimination improvement (Pencina et al. 2008).
    case integratedDiscrimination = "idi"
  }

  /// One estimate with its 95 % interval and its denominator.
  package struct Metric: Codable, Equatable, Sendable {
    package var name: MetricName
    package var cohort: EvaluationCohort
    /// `nil` for the whole cohort.
    @ValueOrNull package var site: String?
    @FiniteOrNull package var estimate: Double?
    @FiniteOrNull package var lower: Double?
    @FiniteOrNull package var upper: Double?
    /// How the interval was made: `DeLong`, `Wilson`.
    package var method: String
    /// Cases it was computed on.
    package var count: Int
    /// How many of them have the outcome.
    package var positives: Int
    /// Why there is no estimate; `nil` where there is one.
    @ValueOrNull package var undefinedReason: String?

    package init(
      _ name: MetricName, cohort: EvaluationCohort, site: String? = nil, estimate: Double?,
      lower: Double? = nil, upper: Double? = nil, method: String, count: Int, positives: Int,
      undefinedReason: String? = nil
    ) {
      self.name = name
      self.cohort = cohort
      self.site = site
      self.estimate = estimate
      self.lower = lower
      self.upper = upper
      self.method = method
      self.count = count
      self.positives = positives
      self.undefinedReason = undefinedReason
    }

    private enum CodingKeys: String, CodingKey {
      case name, cohort, site, estimate, lower, upper, method
      case count = "n"
      case positives
      case undefinedReason = "undefined_reason"
    }
  }

  /// Difference between two models on the same cases, `first - second`.
  package struct Comparison: Codable, Equatable, Sendable {
    package var first: String
    package var second: String
    package var metric: MetricName
    package var cohort: EvaluationCohort
    @FiniteOrNull package var difference: Double?
    @FiniteOrNull package var lower: Double?
    @FiniteOrNull package var upper: Double?
    @FiniteOrNull package var pValue: Double?
    /// After correction for the number of comparisons; `nil` where none was made.
    @FiniteOrNull package var adjustedPValue: Double?
    /// `paired DeLong`.
    package var method: String
    package var count: Int

    package init(
      first: String, second: String, metric: MetricName = .auc, cohort: EvaluationCohort, difference: Double?,
      lower: Double? = nil, upper: Double? = nil, pValue: Double? = nil, adjustedPValue: Double? = nil,
      method: String, count: Int
    ) {
      self.first = first
      self.second = second
      self.metric = metric
      self.cohort = cohort
      self.difference = difference
      self.lower = lower
      self.upper = upper
      self.pValue = pValue
      self.adjustedPValue = adjustedPValue
      self.method = method
      self.count = count
    }

    private enum CodingKeys: String, CodingKey {
      case first, second, metric, cohort, difference, lower, upper
      case pValue = "p_value"
      case adjustedPValue = "p_adjusted"
      case method
      case count = "n"
    }
  }
}
