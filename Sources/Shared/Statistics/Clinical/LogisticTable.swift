import LinearAlgebra

/// Odds ratios of clinical columns in logistic regressions by maximum likelihood: R's `glm(family = binomial)`.
///
/// Categories are coded by indicators of each level but the reference. Rows that lack a value of a column in the model
/// are left out of it.
public struct LogisticTable: Equatable, Sendable, Codable {
  /// One coefficient.
  public struct Row: Equatable, Sendable, Codable {
    /// The clinical column.
    public let variable: String
    /// The level compared, of a category.
    public let level: String?
    /// The level compared with, of a category.
    public let reference: String?
    /// Log-odds for one unit, or against the reference; `nil` where no finite fit exists.
    public let coefficient: Double?
    /// Of the coefficient.
    public let standardError: Double?
    /// `e` to the coefficient.
    public let oddsRatio: Double?
    /// 95 % by the standard error (Wald).
    public let wald: Interval?
    /// 95 % by the profile of the likelihood (Venzon and Moolgavkar 1988, doi:10.2307/2347496); an end may be absent.
    public let profile: Interval?
    /// Two-sided Wald test.
    public let waldP: Double?
    /// Likelihood-ratio test of the whole column, the same for all levels of a category.
    public let likelihoodRatioP: Double?
    /// Why there is no such test, though there is a ratio; `nil` where there is one.
    public let likelihoodRatioFault: String?
    /// Why there is no ratio; `nil` where there is one.
    public let fault: String?
    /// Rows in the regression.
    public let count: Int
    /// Cases among them.
    public let cases: Int

    private enum CodingKeys: String, CodingKey {
      case variable, level, reference, coefficient, wald, profile, fault, count, cases
      case standardError = "standard_error"
      case oddsRatio = "odds_ratio"
      case waldP = "wald_p"
      case likelihoodRatioP = "likelihood_ratio_p"
      case likelihoodRatioFault = "likelihood_ratio_fault"
    }
  }

  /// Each column alone.
  public let univariable: [Row]
  /// All columns that are not constant, together; empty where there is only one.
  public let multivariable: [Row]
  /// Why no odds ratios of all columns together are given.
  public let multivariableFault: String?

  private enum CodingKeys: String, CodingKey {
    case univariable, multivariable
    case multivariableFault = "multivariable_fault"
  }

  /// - Parameters:
  ///   - variables: one value for each row.
  ///   - positives: the outcome of each row.
  ///   - rows: those that are used.
  public init(_ variables: [MeasuredVariable], positives: [Bool], rows: [Int]) {
    univariable = variables.flatMap { variable in
      RatioRegression([variable], positives: positives, rows: rows).rows
    }
    guard variables.count > 1 else {
      (multivariable, multivariableFault) = ([], nil)
      return
    }
    let all = RatioRegression(variables, positives: positives, rows: rows)
    (multivariable, multivariableFault) = (all.rows, all.fault)
  }
}

extension LogisticRegression: RatioFit {
  /// - Parameter outcomes: 1 for a case, 0 for a control.
  package static func fitted(_ columns: [[Double]], to outcomes: [Double]) throws(StatisticsError)
    -> LogisticRegression
  {
    try LogisticRegression(
      features: Matrix(columns: columns, rows: outcomes.count), outcomes: outcomes)
  }

  package static var outcomeFault: String { "one outcome only" }

  package var fault: String? {
    switch separation {
    case nil: nil
    case .complete: "complete separation"
    case .quasiComplete: "quasi-complete separation"
    }
  }

  package var slopes: [RatioSlope] {
    coefficients.indices.map {
      RatioSlope(
        coefficient: coefficients[$0], standardError: standardErrors[$0 + 1], waldP: waldP[$0 + 1])
    }
  }

  package var twiceLogLikelihood: Double { -deviance }
}

extension RatioRegression<LogisticRegression> {
  fileprivate init(_ variables: [MeasuredVariable], positives: [Bool], rows: [Int]) {
    self.init(variables, rows: rows) { $0.map { positives[$0] ? 1 : 0 } }
  }

  fileprivate var rows: [LogisticTable.Row] {
    terms.map { term in
      LogisticTable.Row(
        variable: term.variable, level: term.level, reference: term.reference,
        coefficient: term.slope?.coefficient, standardError: term.slope?.standardError,
        oddsRatio: term.ratio, wald: term.wald,
        profile: fit.flatMap { profile(of: term.column, full: $0) }.flatMap(Self.ratios),
        waldP: term.slope?.waldP, likelihoodRatioP: term.likelihoodRatioP,
        likelihoodRatioFault: term.likelihoodRatioFault, fault: term.fault, count: complete.count,
        cases: outcome.count { $0 == 1 })
    }
  }

  /// Where the deviance of the best fit with this coefficient held is 3.84 above the smallest; `nil` where it is not
  /// reached within twenty standard errors.
  private func profile(of column: Int, full: LogisticRegression) -> (Double, Double)? {
    let rest = columns.indices.filter { $0 != column }.map { columns[$0] }
    let allowed = ChiSquaredDistribution.quantile(0.95, degrees: 1)
    let (center, error) = (full.coefficients[column], full.standardErrors[column + 1])
    /// Positive beyond the end.
    func excess(_ distance: Double) -> Double? {
      let offset = columns[column].map { $0 * (center + distance) }
      guard
        let fit = try? LogisticRegression(
          features: Matrix(columns: rest, rows: outcome.count), outcomes: outcome, offset: offset)
      else { return nil }
      return (max(0, fit.deviance - full.deviance)).squareRoot() - allowed.squareRoot()
    }
    guard error.isFinite, error > 0, let lower = end(-error, excess), let upper = end(error, excess) else {
      return nil
    }
    return (center + lower, center + upper)
  }

  /// The root of a function that grows nearly as a line from a negative value at 0: regula falsi (Illinois).
  private func end(_ step: Double, _ excess: (Double) -> Double?) -> Double? {
    var near = (x: 0.0, value: -ChiSquaredDistribution.quantile(0.95, degrees: 1).squareRoot())
    var far = (x: 2 * step, value: excess(2 * step))
    while let value = far.value, value < 0 {
      near = (far.x, value)
      far.x *= 1.5
      guard abs(far.x) < 20 * abs(step) else { return nil }
      far.value = excess(far.x)
    }
    guard var beyond = far.value else { return nil }
    for _ in 0..<60 {
      let x = (near.x * beyond - far.x * near.value) / (beyond - near.value)
      guard let value = excess(x) else { return nil }
      if abs(value) < 1e-11 || abs(far.x - near.x) < 1e-12 * abs(x) { return x }
      if value < 0 {
        near = (x, value)
        beyond *= 0.5
      } else {
        far.x = x
        beyond = value
        near.value *= 0.5
      }
    }
    return nil
  }
}
