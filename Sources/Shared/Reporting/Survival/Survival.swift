import Modelling
import Statistics
import StudyPlan

extension StudyReport {
  /// The outcome of a survival study, and how long its patients were observed.
  package struct Survival: Codable, Equatable, Sendable {
    package struct Part: Codable, Equatable, Sendable {
      package var cohort: EvaluationCohort
      package var cases: Int
      package var events: Int
      /// Median time of observation by the reversed Kaplan-Meier curve (Schemper and Smith 1996); `nil` where it is not reached.
      @FiniteOrNull package var medianFollowUp: Double?
      /// Median time to the event by Kaplan and Meier; `nil` where it is not reached.
      @FiniteOrNull package var medianSurvival: Double?

      private enum CodingKeys: String, CodingKey {
        case cohort, cases, events
        case medianFollowUp = "median_follow_up"
        case medianSurvival = "median_survival"
      }
    }

    package var event: String
    package var time: String
    package var unit: String
    package var horizons: [Double]
    package var parts: [Part]
  }

  /// What a Cox model has beside its coefficients, which are log hazard ratios of one standard deviation.
  package struct SurvivalModel: Codable, Equatable, Sendable {
    /// Survival of a patient with a linear predictor of 0, by each horizon.
    package var baselineSurvival: [Double]
    /// Linear predictor from which a patient belongs to the group of higher risk: the median of the training part.
    package var riskCut: Double
    package var curves: [RiskCurves]
    package var calibration: [SurvivalCalibrationCurve]
    package var roc: [ROCCurveAtTime]
    package var bootstrap: SurvivalBootstrapReport?
    package var leaveOneSiteOut: SurvivalSites?

    private enum CodingKeys: String, CodingKey {
      case curves, calibration, roc, bootstrap
      case baselineSurvival = "baseline_survival"
      case riskCut = "risk_cut"
      case leaveOneSiteOut = "leave_one_site_out"
    }
  }

  /// Kaplan-Meier curves of the groups of risk in one part.
  package struct RiskCurves: Codable, Equatable, Sendable {
    package struct Point: Codable, Equatable, Sendable {
      package var time: Double
      package var survival: Double
      /// Symmetric as `ln(-ln)`; `nil` where survival is 0.
      @FiniteOrNull package var lower: Double?
      @FiniteOrNull package var upper: Double?
      package var censored: Int
    }

    package struct Group: Codable, Equatable, Sendable {
      /// `low` or `high`.
      package var name: String
      package var cases: Int
      package var events: Int
      @FiniteOrNull package var median: Double?
      /// At `RiskCurves.times`.
      package var atRisk: [Int]
      package var points: [Point]

      private enum CodingKeys: String, CodingKey {
        case name, cases, events, median, points
        case atRisk = "at_risk"
      }
    }

    package var cohort: EvaluationCohort
    /// At which numbers at risk are told.
    package var times: [Double]
    package var groups: [Group]
    @FiniteOrNull package var logRankStatistic: Double?
    @FiniteOrNull package var logRankP: Double?
    /// Hazard of the higher risk over that of the lower; `nil` where it does not exist.
    package var hazardRatio: Interval?
    /// Why there is no ratio; absent where there is one.
    package var hazardRatioUndefinedReason: String?

    private enum CodingKeys: String, CodingKey {
      case cohort, times, groups
      case logRankStatistic = "log_rank_statistic"
      case logRankP = "log_rank_p"
      case hazardRatio = "hazard_ratio"
      case hazardRatioUndefinedReason = "hazard_ratio_undefined_reason"
    }
  }

  /// Predicted against observed at one horizon, in groups of risk.
  package struct SurvivalCalibrationCurve: Codable, Equatable, Sendable {
    package struct Point: Codable, Equatable, Sendable {
      package var cases: Int
      package var predicted: Double
      package var observed: Double
      @FiniteOrNull package var lower: Double?
      @FiniteOrNull package var upper: Double?
    }

    package var cohort: EvaluationCohort
    package var horizon: Double
    package var expected: Double
    package var observed: Double
    package var groups: [Point]
  }

  /// Who has had the event by a horizon against who has not.
  package struct ROCCurveAtTime: Codable, Equatable, Sendable {
    package struct Point: Codable, Equatable, Sendable {
      package var falsePositiveRate: Double
      package var truePositiveRate: Double

      private enum CodingKeys: String, CodingKey {
        case falsePositiveRate = "fpr"
        case truePositiveRate = "tpr"
      }
    }

    package var cohort: EvaluationCohort
    package var horizon: Double
    package var cases: Int
    package var controls: Int
    package var points: [Point]
  }

  /// Harrell's C of the whole pipeline, estimated by repeating all of it on resampled subjects.
  package struct SurvivalBootstrapReport: Codable, Equatable, Sendable {
    package var replicates: Int
    /// Replicates without C out of bag, counted and never drawn again.
    package var undefined: Int
    package var emptySelections: Int
    @FiniteOrNull package var apparent: Double?
    @FiniteOrNull package var optimismCorrected: Double?
    @FiniteOrNull package var point632: Double?
    @FiniteOrNull package var point632Plus: Double?
    package var outOfBag: Interval
    package var selectionFrequencies: [FeatureFrequency]

    private enum CodingKeys: String, CodingKey {
      case replicates, undefined
      case emptySelections = "empty_selections"
      case apparent = "c_apparent"
      case optimismCorrected = "c_optimism_corrected"
      case point632 = "c_632"
      case point632Plus = "c_632_plus"
      case outOfBag = "c_out_of_bag"
      case selectionFrequencies = "selection_frequencies"
    }
  }

  /// Every site predicted by a model that was fitted to all others.
  package struct SurvivalSites: Codable, Equatable, Sendable {
    package struct Site: Codable, Equatable, Sendable {
      package var site: String
      package var cases: Int
      package var events: Int
      package var features: [String]
      package var concordance: Interval
    }

    package var sites: [Site]
    /// Random-effects mean of the sites' logit C, taken back; `nil` with fewer than two sites that have one.
    package var pooled: Interval?
    package var predictionInterval: Interval?

    private enum CodingKeys: String, CodingKey {
      case sites, pooled
      case predictionInterval = "prediction_interval"
    }
  }
}

extension StudyReport.Survival {
  /// `at 24 months`.
  func place(_ time: Double) -> String { "at \(SurvivalOutcome.text(time)) \(unit)" }
}
