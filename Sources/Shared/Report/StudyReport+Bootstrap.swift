extension StudyReport {
  /// The AUC of the whole pipeline, estimated by repeating all of it on resampled subjects.
  package struct Bootstrap: Codable, Equatable, Sendable {
    /// Replicates that were run.
    package var replicates: Int
    /// Replicates without an out-of-bag AUC, counted and never drawn again.
    package var undefined: Int
    package var undefinedReasons: [Count]
    /// Replicates whose selection kept nothing; their AUC is 0.5.
    package var emptySelections: Int
    /// The headline, corrected for optimism by the .632+ rule (Efron and Tibshirani 1997). Its interval is that of
    /// the two-stage bootstrap, moved so that its middle is the estimate; no ends without two stages.
    package var auc632Plus: Interval
    /// The same estimate with the two-stage percentiles as they are; `nil` without two stages.
    @ValueOrNull package var auc632PlusPercentile: Interval?
    package var outOfBag: Interval
    package var auc632: Interval
    package var harrell: Interval
    package var apparent: Interval
    /// Nogueira's stability of the selected sets; `nil` where it is undefined or was not computed.
    @FiniteOrNull package var selectionStability: Double?
    /// How often features were chosen, most often first, ties by name; the caller decides where the list
    /// ends.
    package var selectionFrequencies: [FeatureFrequency]

    package init(
      replicates: Int, undefined: Int = 0, undefinedReasons: [Count] = [], emptySelections: Int = 0,
      auc632Plus: Interval, outOfBag: Interval, auc632: Interval, harrell: Interval, apparent: Interval,
      selectionStability: Double? = nil, selectionFrequencies: [FeatureFrequency] = [],
      auc632PlusPercentile: Interval? = nil
    ) {
      self.replicates = replicates
      self.undefined = undefined
      self.undefinedReasons = undefinedReasons
      self.emptySelections = emptySelections
      self.auc632Plus = auc632Plus
      self.auc632PlusPercentile = auc632PlusPercentile
      self.outOfBag = outOfBag
      self.auc632 = auc632
      self.harrell = harrell
      self.apparent = apparent
      self.selectionStability = selectionStability
      self.selectionFrequencies = selectionFrequencies
    }

    private enum CodingKeys: String, CodingKey {
      case replicates, undefined
      case undefinedReasons = "undefined_reasons"
      case emptySelections = "empty_selections"
      case auc632Plus = "auc_632_plus"
      case auc632PlusPercentile = "auc_632_plus_percentile"
      case outOfBag = "auc_out_of_bag"
      case auc632 = "auc_632"
      case harrell = "auc_harrell"
      case apparent = "auc_apparent"
      case selectionStability = "selection_stability"
      case selectionFrequencies = "selection_frequencies"
    }
  }

  /// An estimate with its 95 % interval; the ends are `nil` where there is no interval.
  package struct Interval: Codable, Equatable, Sendable {
    @FiniteOrNull package var estimate: Double?
    @FiniteOrNull package var lower: Double?
    @FiniteOrNull package var upper: Double?
    /// How the interval was made: `two-stage percentile, recentred`; empty without one.
    package var method: String

    package init(estimate: Double?, lower: Double? = nil, upper: Double? = nil, method: String = "") {
      self.estimate = estimate
      self.lower = lower
      self.upper = upper
      self.method = method
    }
  }

  package struct Count: Codable, Equatable, Sendable {
    package var reason: String
    package var count: Int

    package init(reason: String, count: Int) {
      self.reason = reason
      self.count = count
    }
  }

  package struct FeatureFrequency: Codable, Equatable, Sendable {
    package var feature: String
    /// Share of all replicates, 0 to 1.
    package var frequency: Double

    package init(feature: String, frequency: Double) {
      self.feature = feature
      self.frequency = frequency
    }
  }
}
