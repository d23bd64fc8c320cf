import ElementaryFunctions
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
    forEachScore(of: table, rows: rows) { row, place, score in predictor[row] += coefficients[place] * score }
    return predictor
  }

  /// The predictors of some rows as the coefficients multiply them, predictor by predictor: harmonised, filled in and standardised
  /// with what the model learned.
  func forEachScore(
    of table: CohortTable, rows: [Int], _ body: (_ row: Int, _ place: Int, _ score: Double) -> Void
  ) {
    let rowHarmonisation = harmonisation.map { RowHarmonisation($0, table: table, rows: rows) }
    for place in features.indices {
      for (index, raw) in predictorValues(at: place, of: table, rows: rows).enumerated() {
        let value = rowHarmonisation?.harmonised(raw, column: place, row: index) ?? raw
        let used = value.isFinite ? value : medians[place]
        body(index, place, (used - means[place]) / deviations[place])
      }
    }
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

/// Fits a model to some rows of a table, a row named twice counting twice: selection step by step, coefficients,
/// cut-off.
///
/// The result depends on the rows, the plan and the address only. A selection of nothing is a model too: its
/// probability is the training share of cases, its AUC 0.5.
///
/// The order of the steps within a resample follows Harrell (2015), doi:10.1007/978-3-319-19425-7, 5.3: all of them are
/// repeated. Ridge is that of le Cessie and van Houwelingen (1992), doi:10.2307/2347628.
/// - Parameters:
///   - table: the cohort.
///   - rows: of the table, at least one case and one control among them.
///   - plan: features, steps, refit and cut-off.
///   - address: what random numbers of folds come from.
/// - Throws: `oneClass` where the rows have one outcome only; `invalidArgument` for a refit that the steps do not
///   allow; `tooFewSubjects`, `collinear`, `unseenSite`, `unknownFeature` and `outcomeAsCovariate` from selection and
///   harmonisation.
public func fitModel(
  _ table: CohortTable, rows: [Int], plan: ModelPlan, address: RandomAddress
) throws(StatisticsError) -> FittedModel {
  let scores = try plan.scores.map { (scores) throws(StatisticsError) in
    try CrossFittedScores(scores, table: table, rows: rows, address: address)
  }
  let harmonised = try plan.harmonisation.map { (settings) throws(StatisticsError) in
    try HarmonisedTable(table, rows: rows, plan: plan, settings: settings, address: address)
  }
  let base = harmonised?.table ?? table
  let added =
    plan.clinical == nil && scores == nil
    ? nil : try AddedColumns(base, rows: rows, plan: plan, scores: scores?.columns ?? [])
  var model = try fitHarmonisedModel(
    added?.table ?? base, rows: rows, plan: plan, added: added, address: address)
  model.harmonisation = harmonised?.model(of: model.features)
  model.scores = scores?.models
  return model
}

/// Everything after harmonisation.
private func fitHarmonisedModel(
  _ table: CohortTable, rows: [Int], plan: ModelPlan, added: AddedColumns?, address: RandomAddress
) throws(StatisticsError) -> FittedModel {
  let sample = try TrainingSample(table, drawn: rows)
  var selection = SelectionState(plan, sample: sample, added: added, address: address)
  for step in plan.steps { try selection.apply(step) }
  guard plan.refit != .lassoScore || added?.forced.isEmpty != false else {
    throw StatisticsError(
      .invalidArgument,
      "model fit: the refit is the LASSO's own score, which has no coefficients of predictors that are forced in; choose "
        + "another refit")
  }
  selection.addForced()
  var fit = try Coefficients.fitted(selection, refit: plan.refit)
  if address.isFinalFit { try fit.test(selection, refit: plan.refit) }
  let features = selection.features
  let predictor =
    features.isEmpty
    ? sample.rows.map { _ in fit.intercept }
    : Matrix(columns: features.map(\.scores), rows: sample.rows.count).times(fit.coefficients)
      .map { $0 + fit.intercept }
  let cutoff = try plan.cutoff.threshold(
    sample.expanded(predictor.map(logistic)), positives: sample.positivesDrawn)
  let warnings = selection.warnings + fit.warnings
  var model = FittedModel(
    name: plan.name, features: features.map(\.feature),
    featureNames: features.map { table.featureNames[$0.feature] }, means: features.map(\.mean),
    deviations: features.map(\.deviation),
    medians: features.map { added?.fills[$0.feature] ?? sample.median(of: $0.feature) },
    intercept: fit.intercept, coefficients: fit.coefficients, lambda: selection.lasso?.lambda,
    ridgePenalty: fit.ridgePenalty, cutoff: cutoff,
    steps: selection.steps,
    warnings: features.isEmpty ? warnings + [.nothingSelected] : warnings)
  model.inference = fit.inference
  if added != nil { model.covariance = fit.covariance }
  model.lasso = selection.trace
  return model
}

/// Intercept and coefficients of the features selected.
private struct Coefficients {
  var intercept: Double
  var coefficients: [Double]
  var ridgePenalty: Double?
  var warnings: [FittedModel.Warning] = []
  /// The unpenalised or Firth's fit behind them; `nil` with another refit and under separation.
  var regression: LogisticRegression?
  var inference: ModelInference?
  /// Of intercept and coefficients; `nil` of a LASSO's own and under separation.
  var covariance: [[Double]]?

  static func fitted(_ selection: SelectionState, refit: Refit) throws(StatisticsError) -> Coefficients {
    let sample = selection.sample
    guard !selection.features.isEmpty else {
      return Coefficients(intercept: logit(Double(sample.caseCount) / Double(sample.total)), coefficients: [])
    }
    let scores = Matrix(columns: selection.features.map(\.scores), rows: sample.rows.count)
    switch refit {
    case .lassoScore:
      guard let lasso = selection.lasso else {
        throw StatisticsError(
          .invalidArgument,
          "model fit: the refit is the LASSO's own score, but no step is a LASSO; add one or choose another refit"
        )
      }
      return Coefficients(intercept: lasso.intercept, coefficients: lasso.coefficients)
    case .none:
      return try unpenalised(scores, sample: sample)
    case .firth:
      let fit = try regression(scores, sample: sample, penalty: .firth)
      var coefficients = Coefficients(fit)
      coefficients.regression = fit
      return coefficients
    case .ridge(let penalty):
      return try ridge(penalty, scores: scores, sample: sample)
    case .crossValidatedRidge(let folds):
      let penalty = try bestRidgePenalty(
        scores: scores, sample: sample, folds: folds, address: selection.address)
      var fit = try ridge(penalty ?? 1, scores: scores, sample: sample)
      if penalty == nil { fit.warnings.append(.tooFewForFolds) }
      return fit
    }
  }

  private static func regression(
    _ scores: Matrix, sample: TrainingSample, penalty: LogisticRegression.Penalty
  ) throws(StatisticsError) -> LogisticRegression {
    try LogisticRegression(
      features: scores, outcomes: sample.outcomes, weights: sample.counts, penalty: penalty)
  }

  private static func ridge(_ penalty: Double, scores: Matrix, sample: TrainingSample) throws(StatisticsError)
    -> Coefficients
  {
    var fit = Coefficients(try regression(scores, sample: sample, penalty: .ridge(penalty)))
    fit.ridgePenalty = penalty
    return fit
  }

  /// Falls back to ridge where no unpenalised fit exists, and says so.
  private static func unpenalised(_ scores: Matrix, sample: TrainingSample) throws(StatisticsError)
    -> Coefficients
  {
    do throws(StatisticsError) {
      let regression = try regression(scores, sample: sample, penalty: .none)
      var fit = Coefficients(regression)
      if let separation = regression.separation {
        fit.warnings.append(.separation(separation))
        fit.covariance = nil
      } else {
        fit.regression = regression
      }
      return fit
    } catch {
      guard error.code == .collinear else { throw error }
      var fit = try ridge(1, scores: scores, sample: sample)
      fit.warnings.append(.collinear)
      return fit
    }
  }
}

extension Coefficients {
  /// Adds tests of the coefficients.
  mutating func test(_ selection: SelectionState, refit: Refit) throws(StatisticsError) {
    guard !selection.features.isEmpty else { return }
    let scores = Matrix(columns: selection.features.map(\.scores), rows: selection.sample.rows.count)
    inference = try ModelInference(scores, regression: regression, refit: refit, sample: selection.sample)
  }

  private init(_ fit: LogisticRegression) {
    self.init(intercept: fit.intercept, coefficients: fit.coefficients)
    let matrix = fit.covariance
    covariance = (0..<matrix.rows).map { row in (0..<matrix.columns).map { matrix[row, $0] } }
  }
}

/// The power of two from 2⁻¹⁰ to 2¹⁰ whose ridge fits have the smallest deviance on the rows left out, the larger among
/// equals; `nil` where there are too few subjects for folds.
private func bestRidgePenalty(
  scores: Matrix, sample: TrainingSample, folds count: Int, address: RandomAddress
) throws(StatisticsError) -> Double? {
  guard let folds = Folds.stratified(count: count, of: sample.rows, in: sample.table, address: address) else {
    return nil
  }
  let columns = Array(0..<scores.columns)
  var best: (penalty: Double, deviance: Double)?
  for exponent in stride(from: 10, through: -10, by: -1) {
    let penalty = Elementary.pow(2, Double(exponent))
    var deviance = 0.0
    for fold in 0..<(folds.max() ?? -1) + 1 {
      let outside = folds.indices.filter { folds[$0] != fold }
      let inside = folds.indices.filter { folds[$0] == fold }
      let fit = try LogisticRegression(
        features: scores.selecting(rows: outside, columns: columns),
        outcomes: outside.map { sample.outcomes[$0] },
        weights: outside.map { sample.counts[$0] }, penalty: .ridge(penalty))
      let predictor = fit.linearPredictor(of: scores.selecting(rows: inside, columns: columns))
      for (eta, place) in zip(predictor, inside) {
        deviance += 2 * sample.counts[place] * logOfOnePlusExp(sample.outcomes[place] == 1 ? -eta : eta)
      }
    }
    if deviance < best?.deviance ?? .infinity { best = (penalty, deviance) }
  }
  return best?.penalty
}
