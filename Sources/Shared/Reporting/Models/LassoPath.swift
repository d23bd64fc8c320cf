import Statistics

extension StudyReport {
  /// How LASSO came to its penalty on the training part.
  package struct LassoPath: Codable, Equatable, Sendable {
    package struct Point: Codable, Equatable, Sendable {
      package var lambda: Double
      /// Mean deviance over the folds' left-out rows, and its standard error.
      package var deviance: Double
      @FiniteOrNull package var standardError: Double?
      /// Features with a coefficient.
      package var features: Int

      private enum CodingKeys: String, CodingKey {
        case lambda, deviance, features
        case standardError = "standard_error"
      }
    }

    package struct Trace: Codable, Equatable, Sendable {
      package var feature: String
      /// For one standard deviation of the feature, at each λ.
      package var coefficients: [Double]
    }

    /// In order of falling λ.
    package var points: [Point]
    /// Index of the λ used, and of those of the rules `lambda.min` and `lambda.1se`.
    package var chosen: Int
    package var minimum: Int
    package var oneStandardError: Int
    /// The features that the chosen λ keeps.
    package var traces: [Trace]

    private enum CodingKeys: String, CodingKey {
      case points, chosen, minimum, traces
      case oneStandardError = "one_standard_error"
    }
  }
}

extension StudyReport.LassoPath {
  /// - Parameter name: of a predictor, by its index.
  init(_ trace: LassoTrace, name: (Int) -> String) {
    self.init(
      points: trace.lambdas.indices.map { index in
        Point(
          lambda: trace.lambdas[index], deviance: trace.meanDeviance[index],
          standardError: trace.standardError[index], features: trace.featureCounts[index])
      },
      chosen: trace.chosen, minimum: trace.minimum, oneStandardError: trace.oneStandardError,
      traces: zip(trace.features, trace.coefficients).map {
        Trace(feature: name($0), coefficients: $1)
      })
  }
}
