extension StudyReport {
  /// Positive predictive value over sensitivity, from the largest probability down.
  package struct PrecisionRecallCurve: Codable, Equatable, Sendable {
    package struct Point: Codable, Equatable, Sendable {
      package var recall: Double
      package var precision: Double
      /// A case is positive from this probability on.
      package var threshold: Double

      package init(recall: Double, precision: Double, threshold: Double) {
        self.recall = recall
        self.precision = precision
        self.threshold = threshold
      }
    }

    package var cohort: EvaluationCohort
    package var points: [Point]

    package init(cohort: EvaluationCohort, points: [Point]) {
      self.cohort = cohort
      self.points = points
    }
  }

  /// Observed outcome over the predicted probability, smoothed by locally weighted lines (Cleveland 1979).
  package struct SmoothCalibration: Codable, Equatable, Sendable {
    package struct Point: Codable, Equatable, Sendable {
      package var predicted: Double
      package var observed: Double

      package init(predicted: Double, observed: Double) {
        self.predicted = predicted
        self.observed = observed
      }
    }

    package var cohort: EvaluationCohort
    /// In ascending order of the prediction; one point for each distinct prediction.
    package var points: [Point]

    package init(cohort: EvaluationCohort, points: [Point]) {
      self.cohort = cohort
      self.points = points
    }
  }

  /// Scores of the cases without and with the outcome, ascending; who they belong to is not told.
  package struct ScoreDistribution: Codable, Equatable, Sendable {
    package enum Scale: String, Codable, Sendable, CaseIterable {
      /// The linear predictor of the equation.
      case radScore = "rad_score"
      case probability
    }

    package var cohort: EvaluationCohort
    package var scale: Scale
    package var negatives: [Double]
    package var positives: [Double]

    package init(cohort: EvaluationCohort, scale: Scale, negatives: [Double], positives: [Double]) {
      self.cohort = cohort
      self.scale = scale
      self.negatives = negatives.sorted()
      self.positives = positives.sorted()
    }
  }

  /// How LASSO came to its penalty on the training part.
  package struct LassoPath: Codable, Equatable, Sendable {
    package struct Point: Codable, Equatable, Sendable {
      package var lambda: Double
      /// Mean deviance over the folds' left-out rows, and its standard error.
      package var deviance: Double
      @FiniteOrNull package var standardError: Double?
      /// Features with a coefficient.
      package var features: Int

      package init(lambda: Double, deviance: Double, standardError: Double?, features: Int) {
        self.lambda = lambda
        self.deviance = deviance
        self.standardError = standardError
        self.features = features
      }

      private enum CodingKeys: String, CodingKey {
        case lambda, deviance, features
        case standardError = "standard_error"
      }
    }

    package struct Trace: Codable, Equatable, Sendable {
      package var feature: String
      /// For one standard deviation of the feature, at each λ.
      package var coefficients: [Double]

      package init(feature: String, coefficients: [Double]) {
        self.feature = feature
        self.coefficients = coefficients
      }
    }

    /// In order of falling λ.
    package var points: [Point]
    /// Index of the λ used, and of those of the rules `lambda.min` and `lambda.1se`.
    package var chosen: Int
    package var minimum: Int
    package var oneStandardError: Int
    /// The features that the chosen λ keeps.
    package var traces: [Trace]

    package init(points: [Point], chosen: Int, minimum: Int, oneStandardError: Int, traces: [Trace]) {
      self.points = points
      self.chosen = chosen
      self.minimum = minimum
      self.oneStandardError = oneStandardError
      self.traces = traces
    }

    private enum CodingKeys: String, CodingKey {
      case points, chosen, minimum, traces
      case oneStandardError = "one_standard_error"
    }
  }
}
