extension StudyReport {
  /// Receiver operating characteristic, from (0, 0) to (1, 1).
  package struct ROCCurve: Codable, Equatable, Sendable {
    package struct Point: Codable, Equatable, Sendable {
      package var falsePositiveRate: Double
      package var truePositiveRate: Double
      /// A case is positive from this probability on; `nil` above all of them, where the curve begins.
      @FiniteOrNull package var threshold: Double?

      package init(falsePositiveRate: Double, truePositiveRate: Double, threshold: Double?) {
        self.falsePositiveRate = falsePositiveRate
        self.truePositiveRate = truePositiveRate
        self.threshold = threshold
      }

      private enum CodingKeys: String, CodingKey {
        case falsePositiveRate = "fpr"
        case truePositiveRate = "tpr"
        case threshold
      }
    }

    package var cohort: EvaluationCohort
    package var points: [Point]

    package init(cohort: EvaluationCohort, points: [Point]) {
      self.cohort = cohort
      self.points = points
    }
  }

  /// Net benefit over the threshold probability (Vickers and Elkin 2006), with treat-all; treat-none is zero.
  package struct DecisionCurve: Codable, Equatable, Sendable {
    package struct Point: Codable, Equatable, Sendable {
      package var threshold: Double
      package var model: Double
      package var treatAll: Double
      package var treatNone: Double
      /// Percentiles over stratified resamples; `nil` where there are none.
      @FiniteOrNull package var lower: Double?
      @FiniteOrNull package var upper: Double?

      package init(
        threshold: Double, model: Double, treatAll: Double, treatNone: Double = 0, lower: Double? = nil,
        upper: Double? = nil
      ) {
        self.threshold = threshold
        self.model = model
        self.treatAll = treatAll
        self.treatNone = treatNone
        self.lower = lower
        self.upper = upper
      }

      private enum CodingKeys: String, CodingKey {
        case threshold
        case model = "net_benefit"
        case treatAll = "net_benefit_all"
        case treatNone = "net_benefit_none"
        case lower = "net_benefit_lower"
        case upper = "net_benefit_upper"
      }
    }

    package var cohort: EvaluationCohort
    package var points: [Point]

    package init(cohort: EvaluationCohort, points: [Point]) {
      self.cohort = cohort
      self.points = points
    }
  }

  /// Observed share of the outcome against the predicted probability, in groups of cases.
  package struct CalibrationCurve: Codable, Equatable, Sendable {
    package struct Point: Codable, Equatable, Sendable {
      /// Mean predicted probability of the group.
      package var predicted: Double
      package var observed: Double
      package var count: Int

      package init(predicted: Double, observed: Double, count: Int) {
        self.predicted = predicted
        self.observed = observed
        self.count = count
      }

      private enum CodingKeys: String, CodingKey {
        case predicted, observed
        case count = "n"
      }
    }

    package var cohort: EvaluationCohort
    package var points: [Point]

    package init(cohort: EvaluationCohort, points: [Point]) {
      self.cohort = cohort
      self.points = points
    }
  }
}
