import ElementaryFunctions
import LinearAlgebra

/// A Cox model with all that is needed to apply it to new rows.
public struct FittedSurvivalModel: Equatable, Sendable, Codable {
  /// What a reader of the model should know.
  public enum Warning: Equatable, Sendable, Codable {
    /// As for logistic models.
    case common(FittedModel.Warning)
    /// The unpenalised coefficients are arbitrary.
    case monotone
    /// Predictors whose hazard ratio alone would have no finite value: a penalty gives them one, and no interval of it is told.
    case unbounded([String])
  }

  /// The plan's.
  public let name: String
  /// Indices into the table's features, and their names.
  public let features: [Int]
  /// Names of the features, in the order of `features`.
  public let featureNames: [String]
  /// Training mean of each feature; a coefficient multiplies `(value - mean)/deviation`.
  public let means: [Double]
  /// Training standard deviation (n - 1) of each feature.
  public let deviations: [Double]
  /// Training medians, which stand in for values that are not finite.
  public let medians: [Double]
  /// Log hazard ratio of one standard deviation of each feature.
  public let coefficients: [Double]
  /// Hazard at the training means, by Breslow for coefficients of the elastic net and by Efron for others.
  public let baseline: CoxRegression.Baseline
  /// λ of the last elastic-net step.
  public let lambda: Double?
  /// Linear predictors from which rows are of higher risk: the training rows' quantiles; one is the median.
  public let riskCuts: [Double]
  /// What each step left, in order.
  public let steps: [FittedModel.Step]
  /// What fitting met with, in order.
  public let warnings: [Warning]
  /// What takes sites' effects from the model's features before anything else.
  public internal(set) var harmonisation: CombatModel? = nil
  /// The models whose linear predictors are predictors of this one; `nil` without any.
  public internal(set) var scores: [FittedSurvivalModel]? = nil
  /// Inverse information of the coefficients, on the scale of z-scores; with a ridge refit that of the penalised likelihood. Of the
  /// fit to the whole training part with clinical columns or scores only.
  public internal(set) var covariance: [[Double]]? = nil
  /// On the same scale, of such a fit; not stored with the model.
  package internal(set) var moments: HazardMoments? = nil

  private enum CodingKeys: String, CodingKey {
    case name, features, featureNames, means, deviations, medians, coefficients, baseline, lambda, riskCuts
    case steps, warnings, harmonisation, scores, covariance
  }

  /// Predictors whose hazard ratio alone has no finite value.
  public var unboundedPredictors: [String] {
    warnings.flatMap { if case .unbounded(let names) = $0 { names } else { [String]() } }
  }

  /// True where no feature was selected: every row has the same survival.
  public var isEmpty: Bool { features.isEmpty }

  /// `Σ β (x - mean)/deviation` of some rows of a table with the same features; a value that is not finite takes the
  /// training median.
  public func linearPredictor(of table: CohortTable, rows: [Int]) -> [Double] {
    var predictor = [Double](repeating: 0, count: rows.count)
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

  /// Values of the predictor at a place, as it is measured: of a feature, of a clinical column, or a model's score.
  package func predictorValues(at place: Int, of table: CohortTable, rows: [Int]) -> [Double] {
    let name = featureNames[place]
    let score = scores?.first { ModelScores.columnName(of: $0.name) == name }
    return table.predictorValues(features[place], named: name, rows: rows) {
      score?.linearPredictor(of: table, rows: rows)
    }
  }

  /// To be called before rows that the model was not fitted to are evaluated.
  /// - Throws: `unseenSite` where the model, or one below it, refuses the site of one of the rows.
  public func requireKnownSites(of table: CohortTable, rows: [Int]) throws(StatisticsError) {
    try harmonisation?.requireKnown(rows.map { table.siteNames[table.sites[$0]] })
    for model in scores ?? [] { try model.requireKnownSites(of: table, rows: rows) }
  }

  /// Probability of each row to have no event until and with a time.
  public func survival(of table: CohortTable, rows: [Int], at time: Double) -> [Double] {
    linearPredictor(of: table, rows: rows).map { baseline.survival(at: time, linearPredictor: $0) }
  }

  /// The group of each linear predictor by `riskCuts`, 0 the lowest.
  public func riskGroups(_ predictors: [Double]) -> [Int] { predictors.map { riskCuts.countNotAbove($0) } }
}

/// Fits a Cox model to some rows of a cohort, a row named twice counting twice: selection step by step, coefficients,
/// baseline.
///
/// The result depends on the rows, the plan and the address only. A selection of nothing is a model too: its C is 0.5.
/// - Parameters:
///   - cohort: table and times.
///   - rows: of the table, at least one with an event.
///   - plan: features, steps and refit.
///   - address: what random numbers of folds come from.
///   - riskGroups: how many groups of equal number the training predictors are cut into.
/// - Throws: `oneClass` where no row has an event; `invalidArgument` for a refit that the steps do not allow;
///   `tooFewSubjects`, `collinear`, `unseenSite` and `unknownFeature` from selection and harmonisation.
public func fitSurvivalModel(
  _ cohort: SurvivalCohort, rows: [Int], plan: SurvivalPlan, address: RandomAddress, riskGroups: Int = 2
) throws(StatisticsError) -> FittedSurvivalModel {
  let fit = SurvivalFit(survival: cohort.survival, plan: plan, address: address, riskGroups: riskGroups)
  let scores = try plan.scores.map { (scores) throws(StatisticsError) in
    try CrossFittedHazards(scores, cohort: cohort, rows: rows, address: address)
  }
  let harmonised = try plan.harmonisation.map { (settings) throws(StatisticsError) in
    try HarmonisedTable(cohort.table, rows: rows, plan: plan.common, settings: settings, address: address)
  }
  let base = harmonised?.table ?? cohort.table
  let added =
    plan.clinical == nil && scores == nil
    ? nil : try AddedColumns(base, rows: rows, plan: plan.common, scores: scores?.columns ?? [])
  var model = try fit.model(added?.table ?? base, rows: rows, added: added)
  model.harmonisation = harmonised?.model(of: model.features)
  model.scores = scores?.models
  return model
}

/// Cox models below a combined one, and what they say of the rows that it is fitted to.
private struct CrossFittedHazards {
  /// Fitted to all the rows, for new cases.
  let models: [FittedSurvivalModel]
  /// One column a model, for the rows of the table; NaN for rows that were not drawn.
  let columns: [[Double]]

  /// - Throws: what `fitSurvivalModel` throws; `tooFewSubjects` where a single subject has the event.
  init(_ scores: SurvivalScores, cohort: SurvivalCohort, rows: [Int], address: RandomAddress)
    throws(StatisticsError)
  {
    let unique = Set(rows).sorted()
    guard let folds = Folds.byEvent(count: scores.folds, of: unique, in: cohort.table, address: address)
    else {
      throw StatisticsError(
        .tooFewSubjects,
        "combined model: fewer than two training subjects have the event, so that no score can be cross-fitted"
      )
    }
    let foldOfRow = Dictionary(uniqueKeysWithValues: zip(unique, folds))
    models = try scores.plans.map { (plan) throws(StatisticsError) in
      try fitSurvivalModel(cohort, rows: rows, plan: plan, address: address)
    }
    columns = try zip(scores.plans, models).map { (pair) throws(StatisticsError) in
      // What is the same for every new case must be so for those fitted to.
      guard !pair.1.isEmpty else { return cohort.table.column(of: unique) { _ in 0 } }
      return try foldOfRow.column(of: cohort.table, drawn: rows) {
        (outside, inside) throws(StatisticsError) in
        try fitSurvivalModel(cohort, rows: outside, plan: pair.0, address: address.ofFolds)
          .linearPredictor(of: cohort.table, rows: inside)
      }
    }
  }
}

private struct SurvivalFit {
  let survival: SurvivalTimes
  let plan: SurvivalPlan
  let address: RandomAddress
  let riskGroups: Int

  /// Everything after harmonisation.
  func model(_ table: CohortTable, rows: [Int], added: AddedColumns?) throws(StatisticsError)
    -> FittedSurvivalModel
  {
    let sample = try TrainingSample(table, drawn: rows, needsBothOutcomes: false)
    guard sample.caseCount > 0 else {
      throw StatisticsError(
        .oneClass,
        "survival model fit: none of the \(sample.total) training rows has an event; at least one is needed")
    }
    var selection = SelectionState(plan.common, sample: sample, added: added, address: address)
    for step in plan.steps { try selection.apply(step, survival: survival) }
    guard plan.refit != .lassoScore || added?.forced.isEmpty != false else {
      throw StatisticsError(
        .invalidArgument,
        "survival model fit: the refit is the elastic net's own score, which has no coefficients of predictors that are forced "
          + "in; choose another refit")
    }
    selection.addForced()
    let coefficients = try coefficients(selection)
    let features = selection.features
    let scores = Matrix(columns: features.map(\.scores), rows: sample.rows.count)
    let predictor = scores.times(coefficients.values)
    let drawn = survival.selecting(sample.drawn)
    let ties: CoxTies = plan.refit == .lassoScore ? .breslow : .efron
    let expanded = sample.expanded(predictor)
    let baseline = CoxLikelihood(
      design: Matrix(rows: drawn.count, columns: 0), survival: drawn, strata: nil, ties: ties
    ).baselines(at: expanded)[0]
    let sorted = expanded.sorted()
    let cuts = (1..<max(1, riskGroups)).map {
      quantile(ofSorted: sorted, Double($0) / Double(riskGroups))
    }
    let unbounded = drawn.unboundedColumns(features.map { sample.expanded($0.scores) })
    let warnings =
      selection.warnings.map(FittedSurvivalModel.Warning.common) + coefficients.warnings
      + (unbounded.isEmpty
        ? [] : [.unbounded(unbounded.map { table.featureNames[features[$0].feature] })])
    var model = FittedSurvivalModel(
      name: plan.name, features: features.map(\.feature),
      featureNames: features.map { table.featureNames[$0.feature] }, means: features.map(\.mean),
      deviations: features.map(\.deviation),
      medians: features.map { added?.fills[$0.feature] ?? sample.median(of: $0.feature) },
      coefficients: coefficients.values, baseline: baseline, lambda: selection.lasso?.lambda,
      riskCuts: cuts, steps: selection.steps,
      warnings: features.isEmpty ? warnings + [.common(.nothingSelected)] : warnings)
    if added != nil, address.isFinalFit {
      model.covariance = coefficients.covariance
      let columns = Matrix(
        columns: features.map { sample.expanded($0.scores) }, rows: drawn.count)
      model.moments = HazardMoments(
        CoxLikelihood(design: columns, survival: drawn, strata: nil, ties: ties), at: expanded)
    }
    return model
  }

  fileprivate struct Coefficients {
    var values: [Double] = []
    var warnings: [FittedSurvivalModel.Warning] = []
    /// `nil` of a LASSO's own, and where the likelihood has no maximum.
    var covariance: [[Double]]?
  }

  private func coefficients(_ selection: SelectionState) throws(StatisticsError) -> Coefficients {
    guard !selection.features.isEmpty else { return Coefficients() }
    switch plan.refit {
    case .lassoScore:
      guard let lasso = selection.lasso else {
        throw StatisticsError(
          .invalidArgument,
          "survival model fit: the refit is the elastic net's own score, but no step is one; add it or choose another "
            + "refit")
      }
      return Coefficients(values: lasso.coefficients)
    case .ridge(let penalty):
      return Coefficients(try regression(selection, penalty: penalty))
    case .none:
      do throws(StatisticsError) {
        return Coefficients(try regression(selection, penalty: 0))
      } catch {
        guard error.code == .collinear else { throw error }
        var fit = Coefficients(try regression(selection, penalty: 1))
        fit.warnings = [.common(.collinear)]
        return fit
      }
    }
  }

  /// Of the rows drawn, repeats and all: Efron's ties know no weights that stand for copies.
  private func regression(
    _ selection: SelectionState, penalty: Double
  ) throws(StatisticsError) -> CoxRegression {
    let sample = selection.sample
    let columns = selection.features.map { sample.expanded($0.scores) }
    return try CoxRegression(
      features: Matrix(columns: columns, rows: sample.total), survival: survival.selecting(sample.drawn),
      ridgePenalty: penalty)
  }
}

extension SurvivalFit.Coefficients {
  fileprivate init(_ fit: CoxRegression) {
    values = fit.coefficients
    warnings = fit.isMonotone ? [.monotone] : []
    let matrix = fit.covariance
    covariance =
      fit.isMonotone
      ? nil : (0..<matrix.rows).map { row in (0..<matrix.columns).map { matrix[row, $0] } }
  }
}

extension FittedSurvivalModel {
  /// Reads a stored model.
  /// - Throws: `DecodingError`, also where two lists of the same features differ in length, or the baseline's times and
  ///   hazards do.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    name = try values.decode(String.self, forKey: .name)
    features = try values.decode([Int].self, forKey: .features)
    featureNames = try values.decode([String].self, forKey: .featureNames)
    means = try values.decode([Double].self, forKey: .means)
    deviations = try values.decode([Double].self, forKey: .deviations)
    medians = try values.decode([Double].self, forKey: .medians)
    coefficients = try values.decode([Double].self, forKey: .coefficients)
    baseline = try values.decode(CoxRegression.Baseline.self, forKey: .baseline)
    lambda = try values.decodeIfPresent(Double.self, forKey: .lambda)
    riskCuts = try values.decode([Double].self, forKey: .riskCuts)
    steps = try values.decode([FittedModel.Step].self, forKey: .steps)
    warnings = try values.decode([Warning].self, forKey: .warnings)
    harmonisation = try values.decodeIfPresent(CombatModel.self, forKey: .harmonisation)
    scores = try values.decodeIfPresent([FittedSurvivalModel].self, forKey: .scores)
    covariance = try values.decodeIfPresent([[Double]].self, forKey: .covariance)
    let counts = [featureNames.count, means.count, deviations.count, medians.count, coefficients.count]
    let isWhole =
      (counts + [harmonisation?.features.count ?? features.count]).allSatisfy { $0 == features.count }
    guard isWhole, baseline.times.count == baseline.cumulativeHazards.count else {
      throw DecodingError.dataCorruptedError(
        forKey: .features, in: values,
        debugDescription:
          "model \(name): \(features.count) features, but lists of \(counts), or a baseline of "
          + "\(baseline.times.count) times and \(baseline.cumulativeHazards.count) hazards")
    }
  }
}

extension SelectionState {
  /// Applies a step of a survival plan, unless nothing is left, and notes how many features remain.
  fileprivate mutating func apply(
    _ step: SurvivalPlan.Step, survival: SurvivalTimes
  ) throws(StatisticsError) {
    switch step {
    case .outcomeFree(let shared):
      guard !shared.readsOutcome else {
        throw StatisticsError(
          .invalidArgument,
          "survival model fit: the step \(shared.name) compares cases with controls and knows no times; use the Cox score "
            + "test or the elastic-net Cox step")
      }
      try apply(shared)
      return
    case .coxScore(let maximumP, let adjustment):
      if !features.isEmpty {
        let test = CoxScoreTest(survival.selecting(sample.rows), counts: sample.counts)
        screen(features.map { test.p($0.scores) }, below: maximumP, adjustment: adjustment)
      }
    case .coxNet(let folds, let rule, let convention, let alpha):
      if !features.isEmpty {
        try keepNet(folds: folds, rule: rule, convention: convention, alpha: alpha, survival: survival)
      }
    }
    note(step.name)
  }

  private mutating func keepNet(
    folds: Int, rule: CrossValidatedPath.Rule, convention: CrossValidatedPath.Convention, alpha: Double,
    survival: SurvivalTimes
  ) throws(StatisticsError) {
    (lasso, trace) = (nil, nil)
    guard let dealt = Folds.byEvent(count: folds, of: sample.rows, in: sample.table, address: address) else {
      warn(.tooFewForFolds)
      return keep([])
    }
    var settings = ElasticNetSettings()
    settings.alpha = alpha
    let path = try CrossValidatedCoxPath(
      features: Matrix(columns: features.map(\.scores), rows: sample.rows.count),
      survival: survival.selecting(sample.rows), weights: sample.counts, folds: dealt, settings: settings,
      convention: convention)
    guard let index = path.index(by: rule) else { return keep([]) }
    let solution = path.path.solutions[index]
    keep(solution.columns)
    lasso = (solution.lambda, solution.coefficients, 0)
  }
}

extension SelectionStep {
  /// Rules that take the event for an outcome without a time.
  private static let rulesReadingOutcome: [any SelectionRule.Type] = [
    MannWhitneyRule.self, StudentRule.self, MinimumRedundancyRule.self, LassoRule.self,
  ]

  /// Whether it takes the event for an outcome without a time.
  fileprivate var readsOutcome: Bool { Self.rulesReadingOutcome.contains { $0 == type(of: rule) } }

  /// Names in study files of the steps that know no times.
  package static var namesReadingOutcome: [String] { rulesReadingOutcome.flatMap { $0.studyNames } }
}

/// The score test of single columns in a Cox regression, ties by Breslow: what `summary(coxph(…))$sctest` of R's survival
/// gives with `ties = "breslow"`.
struct CoxScoreTest {
  private let groups: [TimeGroups.Group]
  private let counts: [Double]

  init(_ survival: SurvivalTimes, counts: [Double]) {
    groups = TimeGroups(survival).groups
    self.counts = counts
  }

  /// Two-sided; 1 where the column does not vary among rows at risk.
  func p(_ column: [Double]) -> Double {
    var (total, first, second) = (0.0, 0.0, 0.0)
    var (score, information) = (0.0, 0.0)
    for group in groups.reversed() {
      for row in group.events + group.censored {
        let weighted = counts[row] * column[row]
        total += counts[row]
        first += weighted
        second += weighted * column[row]
      }
      let mean = first / total
      for row in group.events {
        score += counts[row] * (column[row] - mean)
        information += counts[row] * (second / total - mean * mean)
      }
    }
    guard information > 0 else { return 1 }
    return NormalDistribution.twoSided(score / information.squareRoot())
  }
}
