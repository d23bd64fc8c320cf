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
    /// 95 % by the profile of the likelihood (Venzon and Moolgavkar 1988, doi:10.2307/2347496).
    public let profile: Interval?
    /// Why there is no such interval, though there is a ratio; `nil` where there is one.
    public let profileFault: String?
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
      case profileFault = "profile_fault"
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
      let limits = fit.map { profile(of: term.column, full: $0) }
      return LogisticTable.Row(
        variable: term.variable, level: term.level, reference: term.reference,
        coefficient: term.slope?.coefficient, standardError: term.slope?.standardError,
        oddsRatio: term.ratio, wald: term.wald, profile: limits?.interval, profileFault: limits?.fault,
        waldP: term.slope?.waldP, likelihoodRatioP: term.likelihoodRatioP,
        likelihoodRatioFault: term.likelihoodRatioFault, fault: term.fault, count: complete.count,
        cases: outcome.count { $0 == 1 })
    }
  }

  /// Where the deviance of the best fit with this coefficient held is 3.84 above the smallest.
  private func profile(of column: Int, full: LogisticRegression) -> (interval: Interval?, fault: String?) {
    let rest = columns.indices.filter { $0 != column }.map { columns[$0] }
    let allowed = ChiSquaredDistribution.quantile(0.95, degrees: 1)
    let (center, error) = (full.coefficients[column], full.standardErrors[column + 1])
    guard error.isFinite, error > 0 else { return (nil, "no standard error") }
    let deviance = RisingFunction(atZero: -allowed.squareRoot()) { (distance) throws(StatisticsError) in
      let offset = columns[column].map { $0 * (center + distance) }
      let fit = try LogisticRegression(
        features: Matrix(columns: rest, rows: outcome.count), outcomes: outcome, offset: offset)
      return (max(0, fit.deviance - full.deviance)).squareRoot() - allowed.squareRoot()
    }
    do throws(StatisticsError) {
      guard let lower = try deviance.root(step: -error), let upper = try deviance.root(step: error) else {
        return (nil, "no end within twenty standard errors")
      }
      let interval = Self.ratios(center + lower, center + upper)
      return (interval, interval == nil ? "an end that is not finite" : nil)
    } catch {
      return (nil, "with the coefficient held: \(Self.words(error))")
    }
  }
}

/// A function that grows nearly as a line, on either side, from a negative value at 0.
struct RisingFunction {
  let atZero: Double
  let value: (Double) throws(StatisticsError) -> Double

  init(atZero: Double, _ value: @escaping (Double) throws(StatisticsError) -> Double) {
    (self.atZero, self.value) = (atZero, value)
  }

  /// Its root on the side of a step, by regula falsi (Illinois).
  /// - Returns: `nil` where it is not found within twenty steps.
  func root(step: Double) throws(StatisticsError) -> Double? {
    var near = (x: 0.0, value: atZero)
    var far = (x: 2 * step, value: try value(2 * step))
    while far.value < 0 {
      near = far
      far.x *= 1.5
      guard abs(far.x) < 20 * abs(step) else { return nil }
      far.value = try value(far.x)
    }
    for _ in 0..<60 {
      let x = (near.x * far.value - far.x * near.value) / (far.value - near.value)
      let value = try value(x)
      if abs(value) < 1e-11 || abs(far.x - near.x) < 1e-12 * abs(x) { return x }
      if value < 0 {
        near = (x, value)
        far.value *= 0.5
      } else {
        far = (x, value)
        near.value *= 0.5
      }
    }
    return nil
  }
}
