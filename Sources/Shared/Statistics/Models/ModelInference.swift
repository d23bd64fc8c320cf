import LinearAlgebra

/// Tests of a fitted model's coefficients, which are on the scale of z-scores.
///
/// They hold for coefficients named beforehand. After selection on the same rows p-values are too small, and serve
/// description only (Berk et al. 2013, doi:10.1214/12-AOS1077). Values are those of `summary` and `anova` of R's `glm`,
/// and of `vif` of R's car.
public struct ModelInference: Equatable, Sendable, Codable {
  /// What is known of one coefficient.
  public struct Coefficient: Equatable, Sendable, Codable {
    /// Of the unpenalised or Firth's fit; `nil` under a ridge or LASSO penalty and under separation.
    public let standardError: Double?
    /// Two-sided Wald test.
    public let waldP: Double?
    /// Likelihood-ratio test against the model without the feature; unpenalised fits only.
    public let likelihoodRatioP: Double?
    /// `1/(1 - R²)` of the feature on the model's others; `nil` where they determine each other.
    public let varianceInflation: Double?
  }

  /// In the order of the model's features.
  public let coefficients: [Coefficient]
  /// Of the intercept, on the same terms as the coefficients'.
  public let interceptStandardError: Double?
  /// Likelihood-ratio statistic and p-value of the whole model against the intercept alone; unpenalised fits only.
  public let likelihoodRatio: Double?
  /// Its p-value, by χ² with as many degrees of freedom as features.
  public let likelihoodRatioP: Double?
}

extension ModelInference {
  /// - Parameters:
  ///   - scores: the model's features, standardised.
  ///   - regression: the fit, where it is unpenalised or Firth's and not separated.
  init(_ scores: Matrix, regression: LogisticRegression?, refit: Refit, sample: TrainingSample)
    throws(StatisticsError)
  {
    let columns = (0..<scores.columns).map { sample.expanded(scores.column($0)) }
    let inflation = VarianceInflation.factors(of: columns)
    let (errors, p) = (regression?.standardErrors, regression?.waldP)
    let full = refit == .none ? regression : nil
    var coefficients: [Coefficient] = []
    for place in columns.indices {
      let test = try full.map { (full) throws(StatisticsError) in
        try Self.likelihoodRatioP(without: place, scores, full: full, sample: sample)
      }
      coefficients.append(
        Coefficient(
          standardError: errors?[place + 1], waldP: p?[place + 1], likelihoodRatioP: test,
          varianceInflation: inflation?[place]))
    }
    self.coefficients = coefficients
    interceptStandardError = errors?[0]
    likelihoodRatio = full.map { $0.nullDeviance - $0.deviance }
    likelihoodRatioP = full?.likelihoodRatioP
  }

  private static func likelihoodRatioP(
    without place: Int, _ scores: Matrix, full: LogisticRegression, sample: TrainingSample
  ) throws(StatisticsError) -> Double {
    let rest = scores.selecting(
      rows: Array(0..<scores.rows), columns: (0..<scores.columns).filter { $0 != place })
    let reduced = try LogisticRegression(
      features: rest, outcomes: sample.outcomes, weights: sample.counts, penalty: .none)
    return ChiSquaredDistribution.upperTail(max(0, reduced.deviance - full.deviance), degrees: 1)
  }
}
