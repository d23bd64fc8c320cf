import LinearAlgebra

/// A logistic model with all that is needed to apply it to new rows.
public struct FittedModel: Equatable, Sendable, Codable {
  /// Number of features left after a step.
  public struct Step: Equatable, Sendable, Codable {
    /// The step's, as ``SelectionStep/name``; `usable` for what the selection begins with.
    public let name: String
    /// Features left after it.
    public let remaining: Int
  }

  /// What a reader of the model should know.
  public enum Warning: Equatable, Sendable, Codable {
    /// So many features had values in the training rows that are not finite, and were left out.
    case droppedNotFinite(features: Int)
    /// So many features were constant in the training rows, and were left out.
    case droppedConstant(features: Int)
    /// So many training values were not finite and took the median.
    case imputed(values: Int)
    /// The unpenalised coefficients are arbitrary.
    case separation(LogisticRegression.Separation)
    /// The unpenalised fit does not exist; ridge with penalty 1 took its place.
    case collinear
    /// The rarer outcome has fewer than two subjects, so that nothing could be cross-validated and nothing was
    /// selected.
    case tooFewForFolds
    /// No feature is left; every row has the training share of cases as its probability.
    case nothingSelected
    /// A resample held fewer than two images with repeat segmentations, so that the ICC step kept every feature.
    case noRepeats
  }

  /// The plan's.
  public let name: String
  /// Indices into the table's features, and their names.
  public let features: [Int]
  /// Names of the features, in the order of `features`.
  public let featureNames: [String]
  /// Training mean and standard deviation (n - 1) of each feature; a coefficient multiplies `(value - mean)/deviation`.
  public let means: [Double]
  /// Training standard deviation (n - 1) of each feature.
  public let deviations: [Double]
  /// Training medians, which stand in for values that are not finite.
  public let medians: [Double]
  /// Log-odds at the training means.
  public let intercept: Double
  /// For one standard deviation of each feature.
  public let coefficients: [Double]
  /// λ of the last LASSO step.
  public let lambda: Double?
  /// Penalty of a ridge refit.
  public let ridgePenalty: Double?
  /// Probability from which a row is called positive: by the plan's rule on the training rows.
  public let cutoff: Double
  /// What each step left, in order.
  public let steps: [Step]
  /// What fitting met with, in order.
  public let warnings: [Warning]
  /// What takes sites' effects from the model's features before anything else; `nil` where they are used as they are.
  public internal(set) var harmonisation: CombatModel? = nil
  /// The path and the cross-validation of the last LASSO step; `nil` without one.
  public internal(set) var lasso: LassoTrace? = nil

  /// The models whose scores are predictors of this one; `nil` without any.
  public internal(set) var scores: [FittedModel]? = nil
  /// Of intercept and coefficients, on the scale of z-scores: the inverse information, with a ridge refit that of the penalised
  /// likelihood. Of the fit to the whole training part with clinical columns or scores only.
  public internal(set) var covariance: [[Double]]? = nil

  /// Tests of the coefficients; of the fit to the whole training part only.
  public internal(set) var inference: ModelInference? = nil

  /// True where no feature was selected.
  public var isEmpty: Bool { features.isEmpty }

  /// Probabilities of some rows of a table with the same features.
  public func probabilities(of table: CohortTable, rows: [Int]) -> [Double] {
    linearPredictor(of: table, rows: rows).map(logistic)
  }

  /// `intercept + Σ β (x - mean)/deviation`; a value that is not finite takes the training median.
  public func linearPredictor(of table: CohortTable, rows: [Int]) -> [Double] {
    var predictor = [Double](repeating: intercept, count: rows.count)
    let rowHarmonisation = harmonisation.map { RowHarmonisation($0, table: table, rows: rows) }
    for place in features.indices {
      for (index, raw) in predictorValues(at: place, of: table, rows: rows).enumerated() {
        let value = rowHarmonisation?.harmonised(raw, column: place, row: index) ?? raw
        let used = value.isFinite ? value : medians[place]
        predictor[index] += coefficients[place] * ((used - means[place]) / deviations[place])
      }
    }
    return predictor
  }
}

extension FittedModel {
  /// Reads a stored model.
  /// - Throws: `DecodingError`, also where two lists of the same features differ in length.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    name = try values.decode(String.self, forKey: .name)
    features = try values.decode([Int].self, forKey: .features)
    featureNames = try values.decode([String].self, forKey: .featureNames)
    means = try values.decode([Double].self, forKey: .means)
    deviations = try values.decode([Double].self, forKey: .deviations)
    medians = try values.decode([Double].self, forKey: .medians)
    intercept = try values.decode(Double.self, forKey: .intercept)
    coefficients = try values.decode([Double].self, forKey: .coefficients)
    lambda = try values.decodeIfPresent(Double.self, forKey: .lambda)
    ridgePenalty = try values.decodeIfPresent(Double.self, forKey: .ridgePenalty)
    cutoff = try values.decode(Double.self, forKey: .cutoff)
    steps = try values.decode([Step].self, forKey: .steps)
    warnings = try values.decode([Warning].self, forKey: .warnings)
    harmonisation = try values.decodeIfPresent(CombatModel.self, forKey: .harmonisation)
    lasso = try values.decodeIfPresent(LassoTrace.self, forKey: .lasso)
    scores = try values.decodeIfPresent([FittedModel].self, forKey: .scores)
    covariance = try values.decodeIfPresent([[Double]].self, forKey: .covariance)
    inference = try values.decodeIfPresent(ModelInference.self, forKey: .inference)
    let counts = [featureNames.count, means.count, deviations.count, medians.count, coefficients.count]
    guard (counts + [harmonisation?.features.count ?? features.count]).allSatisfy({ $0 == features.count })
    else {
      throw DecodingError.dataCorruptedError(
        forKey: .features, in: values,
        debugDescription: "model \(name): \(features.count) features, but lists of \(counts)")
    }
  }
}
