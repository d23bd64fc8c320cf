import Modelling
import Statistics

extension StudyReport {
  /// The AUC of the whole pipeline, estimated by repeating all of it on resampled subjects.
  package struct Bootstrap: Codable, Equatable, Sendable {
    /// Replicates that were run.
    package var replicates: Int
    /// Replicates without an out-of-bag AUC, counted and never drawn again.
    package var undefined = 0
    package var undefinedReasons: [Count] = []
    /// Replicates whose selection kept nothing; their AUC is 0.5.
    package var emptySelections = 0
    /// The headline, corrected for optimism by the .632+ rule (Efron and Tibshirani 1997). Its interval is that of
    /// the two-stage bootstrap, moved so that its middle is the estimate; no ends without two stages.
    package var auc632Plus: Interval
    /// The same estimate with the two-stage percentiles as they are; `nil` without two stages.
    @ValueOrNull package var auc632PlusPercentile: Interval? = nil
    package var outOfBag: Interval
    package var auc632: Interval
    package var harrell: Interval
    package var apparent: Interval
    /// Nogueira's stability of the selected sets; `nil` where it is undefined or was not computed.
    @FiniteOrNull package var selectionStability: Double? = nil
    /// How often features were chosen, most often first, ties by name; the caller decides where the list
    /// ends.
    package var selectionFrequencies: [FeatureFrequency] = []

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

  package struct Count: Codable, Equatable, Sendable {
    package var reason: String
    package var count: Int
  }

  package struct FeatureFrequency: Codable, Equatable, Sendable {
    package var feature: String
    /// Share of all replicates, 0 to 1.
    package var frequency: Double
  }
}

extension ReportedModel {
  func bootstrap(_ summary: BootstrapSummary, _ table: CohortTable) -> StudyReport.Bootstrap {
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
      auc632Plus: headline, auc632PlusPercentile: result.twoStage == nil ? nil : percentileHeadline,
      outOfBag: Interval(
        estimate: auc?.outOfBag, lower: percentile?.lower, upper: percentile?.upper,
        method: Self.spreadOfReplicates),
      auc632: Interval(estimate: auc?.point632),
      harrell: Interval(
        estimate: auc?.optimismCorrected, lower: shifted?.lower, upper: shifted?.upper,
        method: Self.shiftedPercentiles),
      apparent: Interval(estimate: auc?.apparent), selectionStability: summary.stability,
      selectionFrequencies: frequencies.prefix(50).map {
        .init(
          feature: table.columnName($0.feature, of: result.plan),
          frequency: Double($0.count) / Double(summary.replicates))
      })
  }

  static let spreadOfReplicates = "spread of the replicates, 2.5 to 97.5 %; no confidence interval"
  static let shiftedPercentiles = "location-shifted percentiles; cover less than 95 %"

  /// The .632+ estimate with its interval: recentred, because the plain percentiles lie low, and without a floor.
  var headline: StudyReport.Interval {
    let auc = result.summary?.auc
    let interval = auc.flatMap { result.twoStage?.interval632Plus(of: $0) }
    return StudyReport.Interval(
      estimate: auc?.point632Plus, lower: interval?.lower, upper: interval?.upper,
      method: result.twoStage == nil ? "" : "two-stage percentile, recentred")
  }

  /// The same estimate with the percentiles as they are.
  var percentileHeadline: StudyReport.Interval {
    let interval = result.twoStage?.point632Plus?.interval
    return StudyReport.Interval(
      estimate: result.summary?.auc?.point632Plus, lower: interval?.lower, upper: interval?.upper,
      method: "two-stage percentile")
  }
}

extension BootstrapSummary.UndefinedReason {
  fileprivate var sentence: String {
    switch self {
    case .nobodyOutOfBag: "every subject was drawn"
    case .oneClassOutOfBag: "subjects out of bag lack an outcome"
    case .notFitted: "the resample could not be fitted (one outcome, too few subjects, or collinear)"
    }
  }
}
