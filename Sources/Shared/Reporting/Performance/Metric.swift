import Modelling

extension StudyReport {
  /// One estimate with its 95 % interval and its denominator.
  package struct Metric: Codable, Equatable, Sendable {
    package var name: Measure
    package var cohort: EvaluationCohort
    /// `nil` for the whole cohort.
    @ValueOrNull package var site: String? = nil
    @FiniteOrNull package var estimate: Double?
    @FiniteOrNull package var lower: Double? = nil
    @FiniteOrNull package var upper: Double? = nil
    /// How the interval was made: `DeLong`, `Wilson`.
    package var method: String
    /// Cases it was computed on.
    package var count: Int
    /// How many of them have the outcome.
    package var positives: Int
    /// Why there is no estimate; `nil` where there is one.
    @ValueOrNull package var undefinedReason: String? = nil
    /// The time that the number is of, in the unit of the study; absent of a number that is of none.
    package var horizon: Double? = nil

    private enum CodingKeys: String, CodingKey {
      case name, cohort, site, estimate, lower, upper, method, horizon
      case count = "n"
      case positives
      case undefinedReason = "undefined_reason"
    }
  }

  /// An estimate with its 95 % interval; the ends are `nil` where there is no interval.
  package struct Interval: Codable, Equatable, Sendable {
    @FiniteOrNull package var estimate: Double?
    @FiniteOrNull package var lower: Double? = nil
    @FiniteOrNull package var upper: Double? = nil
    /// How the interval was made: `two-stage percentile, recentred`; empty without one.
    package var method = ""
  }
}

extension StudyReport.Metric {
  var interval: StudyReport.Interval {
    StudyReport.Interval(estimate: estimate, lower: lower, upper: upper, method: method)
  }
}

extension StudyReport.Model {
  /// The metric of a whole cohort; `nil` where it was not computed.
  func metric(_ name: Measure, in cohort: EvaluationCohort) -> StudyReport.Metric? {
    metrics.first { $0.name == name && $0.cohort == cohort && $0.site == nil }
  }
}

extension StudyReport {
  /// The measures that any model has, in the order in which they are told.
  var measures: [Measure] {
    var known = Set<Measure>()
    return models.flatMap(\.metrics).map(\.name).filter { known.insert($0).inserted }
  }
}
