import LinearAlgebra

/// Elastic-net logistic regression with λ by cross-validation, `lasso` and `elastic-net` in study files, by
/// ``CrossValidatedPath``.
struct LassoRule: SelectionRule {
  static let key = "lasso"
  static let studyNames = ["lasso", "elastic-net"]
  static let options = ["folds", "rule", "convention", "alpha"]

  let folds: Int
  let rule: CrossValidatedPath.Rule
  let convention: CrossValidatedPath.Convention
  let alpha: Double

  var name: String { alpha == 1 ? "LASSO" : "elastic net" }

  var detail: String {
    let penalty = alpha == 1 ? "" : ", alpha \(alpha)"
    return "\(folds)-fold cross-validation, lambda.\(rule.rawValue)\(penalty)"
  }

  var givesCoefficients: Bool { true }
  var crossValidationFolds: Int? { folds }

  /// Keeps nothing where there are too few subjects for folds, and says so.
  func apply(to selection: inout SelectionState) throws(StatisticsError) {
    (selection.lasso, selection.trace) = (nil, nil)
    let (sample, features) = (selection.sample, selection.features)
    guard
      let dealt = Folds.stratified(
        count: folds, of: sample.rows, in: sample.table, address: selection.address)
    else {
      selection.warn(.tooFewForFolds)
      return selection.keep([])
    }
    var settings = ElasticNetSettings()
    settings.alpha = alpha
    let path = try CrossValidatedPath(
      features: Matrix(columns: features.map(\.scores), rows: sample.rows.count), outcomes: sample.outcomes,
      weights: sample.counts, folds: dealt, settings: settings, convention: convention)
    guard let index = path.index(by: rule) else { return selection.keep([]) }
    let solution = path.path.solutions[index]
    selection.trace = LassoTrace(path, chosen: index, tableFeatures: features.map(\.feature))
    selection.keep(solution.columns)
    selection.lasso = (solution.lambda, solution.coefficients, solution.intercept)
  }
}

extension LassoRule {
  init<Options: SelectionOptions>(_ options: Options, named name: String) throws(Options.Failure) {
    self.init(
      folds: try options.integer("folds", in: 3...100) ?? 10,
      rule: try options.choice("rule", of: CrossValidatedPath.Rule.self) ?? .minimum,
      convention: try options.choice("convention", of: CrossValidatedPath.Convention.self) ?? .ownPath,
      alpha: try options.number("alpha", in: 0.01...1) ?? (name == "lasso" ? 1 : 0.5))
  }
}

extension SelectionStep {
  /// Keeps the features with a coefficient in an elastic-net logistic regression whose λ is chosen by cross-validated
  /// deviance (Friedman, Hastie and Tibshirani 2010, doi:10.18637/jss.v033.i01; R's `cv.glmnet`).
  ///
  /// The final fit warns with `tooFewForFolds`, and keeps nothing, where the rarer outcome has a single subject.
  /// - Parameters:
  ///   - folds: 3 or more, of unique subjects.
  ///   - rule: which λ is taken.
  ///   - convention: which λ the folds are fitted at.
  ///   - alpha: 1 is the LASSO, above 0.
  public static func lasso(
    folds: Int = 10, rule: CrossValidatedPath.Rule = .minimum,
    convention: CrossValidatedPath.Convention = .ownPath, alpha: Double = 1
  ) -> SelectionStep {
    SelectionStep(LassoRule(folds: folds, rule: rule, convention: convention, alpha: alpha))
  }
}
