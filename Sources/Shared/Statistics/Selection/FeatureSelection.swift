import LinearAlgebra

/// The state of a selection: which standardised features are left, and what the steps so far have learnt.
struct FeatureSelection {
  let sample: TrainingSample
  let address: RandomAddress
  private(set) var features: [StandardizedFeature]
  private(set) var steps: [FittedModel.Step] = []
  private(set) var warnings: [FittedModel.Warning] = []
  /// λ, coefficients on z-scores of the features left, and intercept, of the last LASSO step.
  private(set) var lasso: (lambda: Double, coefficients: [Double], intercept: Double)?
  /// How that step came to its λ.
  private(set) var trace: LassoTrace?
  /// p-values of the features left, from the last univariate step.
  private var p: [Double]?

  /// Starts with the features that the plan names and that can be standardised.
  init(_ plan: ModelPlan, sample: TrainingSample, address: RandomAddress) {
    (self.sample, self.address) = (sample, address)
    var (usable, notFinite, constant, imputed) = ([StandardizedFeature](), 0, 0, 0)
    for (index, name) in sample.table.featureNames.enumerated() where plan.features.includes(name) {
      do throws(TrainingSample.Unusable) {
        let feature = try sample.standardized(index, missing: plan.missing)
        imputed += feature.imputed
        usable.append(feature)
      } catch {
        switch error {
        case .notFinite: notFinite += 1
        case .constant: constant += 1
        }
      }
    }
    features = usable
    if notFinite > 0 { warnings.append(.droppedNotFinite(features: notFinite)) }
    if constant > 0 { warnings.append(.droppedConstant(features: constant)) }
    if imputed > 0 { warnings.append(.imputed(values: imputed)) }
    steps.append(FittedModel.Step(name: "usable", remaining: usable.count))
  }

  mutating func apply(_ step: SelectionStep) throws {
    guard !features.isEmpty else {
      steps.append(FittedModel.Step(name: step.name, remaining: 0))
      return
    }
    switch step {
    case .reliability(let kind, let minimum, let bound):
      try keepReliable(kind, minimum: minimum, bound: bound)
    case .nearZeroVariance(let rule):
      keep(
        features.indices.filter { index in
          let feature = features[index]
          return feature.imputed > 0
            ? !rule.drops(sample.expanded(feature.scores)) : !rule.drops(sample.frequencies(of: feature))
        })
    case .variance(let threshold):
      keep(features.indices.filter { features[$0].deviation * features[$0].deviation > threshold })
    case .mannWhitney(let maximum, let adjustment):
      screen(features.map(sample.mannWhitneyP), maximum: maximum, adjustment: adjustment)
    case .tTest(let maximum, let variances, let adjustment):
      screen(
        features.map { sample.studentP($0, variances: variances) }, maximum: maximum, adjustment: adjustment)
    case .correlation(let kind, let maximum):
      let values = features.map { sample.expanded($0.scores) }
      keep(
        Correlation.pruned(
          values, p: p ?? features.map(sample.mannWhitneyP),
          ranks: features.map { sample.table.nameRanks[$0.feature] }, maximum: maximum, kind: kind))
    case .minimumRedundancy(let count):
      let values = features.map { sample.expanded($0.scores) }
      keep(MinimumRedundancy.order(values, positives: sample.positivesDrawn, count: count).sorted())
    case .lasso(let folds, let rule, let convention, let alpha):
      try applyLasso(folds: folds, rule: rule, convention: convention, alpha: alpha)
    }
    steps.append(FittedModel.Step(name: step.name, remaining: features.count))
  }

  private mutating func screen(_ values: [Double], maximum: Double, adjustment: SelectionStep.Adjustment) {
    p = values
    let adjusted = adjustment == .none ? values : MultipleTesting.benjaminiHochberg(values)
    keep(adjusted.indices.filter { adjusted[$0] < maximum })
  }

  /// A resample without two images that were segmented again keeps all features, and says so.
  private mutating func keepReliable(
    _ kind: IntraclassCorrelation.Kind, minimum: Double, bound: RepeatedFeatures.Bound
  ) throws {
    if let reliable = try sample.reliable(features, kind: kind, minimum: minimum, bound: bound) {
      return keep(features.indices.filter { reliable[$0] })
    }
    guard !address.isFinalFit else {
      throw StatisticsError(
        .tooFewSubjects,
        "ICC: fewer than two training images have repeat segmentations of all raters; add repeat segmentations, or "
          + "leave the step out")
    }
    warnings.append(.noRepeats)
  }

  /// Keeps some of the features left, in their order.
  private mutating func keep(_ chosen: [Int]) {
    features = chosen.map { features[$0] }
    p = p.map { values in chosen.map { values[$0] } }
    if let scores = lasso {
      lasso = (scores.lambda, chosen.map { scores.coefficients[$0] }, scores.intercept)
    }
  }

  private mutating func applyLasso(
    folds count: Int, rule: CrossValidatedPath.Rule, convention: CrossValidatedPath.Convention, alpha: Double
  ) throws {
    (lasso, trace) = (nil, nil)
    guard let folds = Folds.stratified(count: count, of: sample.rows, in: sample.table, address: address)
    else {
      warnings.append(.tooFewForFolds)
      return keep([])
    }
    var settings = ElasticNetSettings()
    settings.alpha = alpha
    let path = try CrossValidatedPath(
      features: Matrix(columns: features.map(\.scores), rows: sample.rows.count), outcomes: sample.outcomes,
      weights: sample.counts, folds: folds, settings: settings, convention: convention)
    guard let index = path.index(by: rule) else { return keep([]) }
    let solution = path.path.solutions[index]
    trace = LassoTrace(path, chosen: index, tableFeatures: features.map(\.feature))
    keep(solution.columns)
    lasso = (solution.lambda, solution.coefficients, solution.intercept)
  }
}
