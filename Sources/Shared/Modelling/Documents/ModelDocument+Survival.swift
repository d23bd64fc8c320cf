import Statistics
import StudyPlan

extension ModelDocument {
  /// What a Cox model needs beside its features, whose coefficients are log hazard ratios of one standard deviation.
  package struct Survival: Codable, Equatable, Sendable {
    package let event: String
    package let time: String
    package let unit: String
    /// Ascending; risks are by these.
    package let horizons: [Double]
    /// Cumulative hazard of a linear predictor of 0: times of events, and the hazard just after each.
    package let baselineTimes: [Double]
    package let baselineHazards: [Double]
    /// Linear predictor from which a patient belongs to the group of higher risk: the median of the training part.
    package let riskCut: Double

    package init(
      event: String, time: String, unit: String, horizons: [Double], baseline: CoxRegression.Baseline,
      riskCut: Double
    ) {
      (self.event, self.time, self.unit, self.horizons) = (event, time, unit, horizons)
      (baselineTimes, baselineHazards) = (baseline.times, baseline.cumulativeHazards)
      self.riskCut = riskCut
    }

    private enum CodingKeys: String, CodingKey {
      case event, time, unit, horizons
      case baselineTimes = "baseline_times"
      case baselineHazards = "baseline_cumulative_hazards"
      case riskCut = "risk_cut"
    }

    var isSound: Bool {
      func ascends(_ values: [Double]) -> Bool { zip(values, values.dropFirst()).allSatisfy { $0 < $1 } }
      return (1...100).contains(horizons.count)
        && (horizons + baselineTimes + baselineHazards).allSatisfy(\.isFinite)
        && riskCut.isFinite && horizons[0] > 0 && ascends(horizons) && ascends(baselineTimes)
        && baselineTimes.count == baselineHazards.count
        && zip(baselineHazards, baselineHazards.dropFirst()).allSatisfy { $0 <= $1 }
        && baselineHazards.first ?? 0 >= 0
    }

    /// Probability of the event by a time.
    package func risk(_ linearPredictor: Double, by time: Double) -> Double {
      1
        - CoxRegression.Baseline(times: baselineTimes, cumulativeHazards: baselineHazards)
        .survival(at: time, linearPredictor: linearPredictor)
    }
  }

  package static let survivalEquation =
    "log hazard ratio = sum of coefficient * (value - mean) / sd; probability of the event by a time = "
    + "1 - exp(-baseline cumulative hazard at the time * exp(log hazard ratio))"
}

extension NewPrediction {
  /// What a Cox model says of a patient.
  package struct Survival: Equatable, Sendable {
    package let linearPredictor: Double
    /// 0 the lower, 1 the higher risk.
    package let riskGroup: Int
    /// Of the event by each horizon of the model.
    package let risks: [Double]
  }
}

extension ModelDocument {
  /// `nil` of a logistic model.
  func survivalPredictions(of table: CohortTable) -> [NewPrediction.Survival]? {
    guard let survival else { return nil }
    return fitted(in: table).linearPredictor(of: table, rows: Array(0..<table.rowCount)).map { predictor in
      NewPrediction.Survival(
        linearPredictor: predictor, riskGroup: predictor >= survival.riskCut ? 1 : 0,
        risks: survival.horizons.map { survival.risk(predictor, by: $0) })
    }
  }

  /// - Throws: `survival-model` for what a Cox model has no form of.
  package func refuseSurvival(_ what: String, remedy: String) throws(StudyTaskError) {
    guard survival != nil else { return }
    throw StudyTaskError(
      code: "survival-model", sentence: "Model \(name) is a Cox model of times to an event, and \(what).",
      remedy: remedy)
  }
}
