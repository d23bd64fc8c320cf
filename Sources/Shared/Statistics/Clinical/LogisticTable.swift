import ElementaryFunctions
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
    /// Rows in the regression.
    public let count: Int
    /// Cases among them.
    public let cases: Int

    private enum CodingKeys: String, CodingKey {
      case variable, level, reference, coefficient, wald, profile, count, cases
      case standardError = "standard_error"
      case oddsRatio = "odds_ratio"
      case waldP = "wald_p"
      case likelihoodRatioP = "likelihood_ratio_p"
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
      LogisticRows([variable], positives: positives, rows: rows).rows
    }
    guard variables.count > 1 else {
      (multivariable, multivariableFault) = ([], nil)
      return
    }
    let all = LogisticRows(variables, positives: positives, rows: rows)
    (multivariable, multivariableFault) = (all.rows, all.fault)
  }
}

/// One regression and its rows of the table.
private struct LogisticRows {
  private let variables: [MeasuredVariable]
  private let complete: [Int]
  private let outcomes: [Double]
  private let columns: [[Double]]
  /// Place of each column's variable.
  private let owners: [Int]
  private(set) var fault: String?
  private var fit: LogisticRegression?

  init(_ variables: [MeasuredVariable], positives: [Bool], rows: [Int]) {
    self.variables = variables
    let complete = rows.filter { row in variables.allSatisfy { $0.values[row].isFinite } }
    self.complete = complete
    outcomes = complete.map { positives[$0] ? 1 : 0 }
    let designs = variables.map { $0.design(complete) }
    columns = designs.flatMap(\.self)
    owners = designs.enumerated().flatMap { place, design in design.map { _ in place } }
    do throws(StatisticsError) {
      let fit = try Self.regression(columns, outcomes: outcomes)
      if let separation = fit.separation {
        fault = separation == .complete ? "complete separation" : "quasi-complete separation"
      } else {
        self.fit = fit
      }
    } catch {
      fault = error.code == .oneClass ? "one outcome only" : "collinear columns"
    }
  }

  private static func regression(_ columns: [[Double]], outcomes: [Double], offset: [Double]? = nil)
    throws(StatisticsError) -> LogisticRegression
  {
    try LogisticRegression(
      features: Matrix(columns: columns, rows: outcomes.count), outcomes: outcomes, offset: offset)
  }

  var rows: [LogisticTable.Row] {
    var rows: [LogisticTable.Row] = []
    for (place, measured) in variables.enumerated() {
      let variable = measured.variable
      let test = fit.flatMap { likelihoodRatioP(ofVariable: place, full: $0) }
      let levels = variable.levels.map { $0.dropFirst().map(Optional.some) } ?? [nil]
      let first = owners.firstIndex(of: place) ?? 0
      for (offset, level) in levels.enumerated() {
        rows.append(row(first + offset, of: variable, level: level, likelihoodRatioP: test))
      }
    }
    return rows
  }

  private func row(
    _ column: Int, of variable: ClinicalVariable, level: String?, likelihoodRatioP: Double?
  ) -> LogisticTable.Row {
    let coefficient = fit?.coefficients[column]
    let error = fit?.standardErrors[column + 1]
    let reach = NormalDistribution.quantile(0.975)
    let wald = coefficient.flatMap { coefficient in
      error.map { (coefficient - reach * $0, coefficient + reach * $0) }
    }
    return LogisticTable.Row(
      variable: variable.name, level: level, reference: variable.reference, coefficient: coefficient,
      standardError: error, oddsRatio: coefficient.map(Elementary.exp), wald: wald.flatMap(Self.odds),
      profile: fit.flatMap { profile(of: column, full: $0) }.flatMap(Self.odds),
      waldP: fit?.waldP[column + 1], likelihoodRatioP: likelihoodRatioP, count: complete.count,
      cases: outcomes.count { $0 == 1 })
  }

  private static func odds(_ lower: Double, _ upper: Double) -> Interval? {
    let ends = (Elementary.exp(lower), Elementary.exp(upper))
    return ends.0.isFinite && ends.1.isFinite ? Interval(lower: ends.0, upper: ends.1) : nil
  }

  private func likelihoodRatioP(ofVariable place: Int, full: LogisticRegression) -> Double? {
    let rest = owners.indices.filter { owners[$0] != place }.map { columns[$0] }
    guard let reduced = try? Self.regression(rest, outcomes: outcomes) else { return nil }
    return ChiSquaredDistribution.upperTail(
      max(0, reduced.deviance - full.deviance), degrees: Double(columns.count - rest.count))
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
      guard let fit = try? Self.regression(rest, outcomes: outcomes, offset: offset) else { return nil }
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
