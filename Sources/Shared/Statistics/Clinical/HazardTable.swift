import LinearAlgebra

/// Hazard ratios of clinical columns in Cox regressions, ties by Efron: R's `coxph`.
///
/// Categories are coded by indicators of each level but the reference. Rows that lack a value of a column in the model
/// are left out of it.
public struct HazardTable: Equatable, Sendable, Codable {
  /// One coefficient.
  public struct Row: Equatable, Sendable, Codable {
    /// The clinical column.
    public let variable: String
    /// The level compared, of a category.
    public let level: String?
    /// The level compared with, of a category.
    public let reference: String?
    /// Log hazard ratio of one unit, or against the reference; `nil` where no finite fit exists.
    public let coefficient: Double?
    /// Of the coefficient.
    public let standardError: Double?
    /// `e` to the coefficient.
    public let hazardRatio: Double?
    /// 95 % by the standard error (Wald).
    public let wald: Interval?
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
    /// Rows with the event among them.
    public let events: Int

    private enum CodingKeys: String, CodingKey {
      case variable, level, reference, coefficient, wald, fault, count, events
      case standardError = "standard_error"
      case hazardRatio = "hazard_ratio"
      case waldP = "wald_p"
      case likelihoodRatioP = "likelihood_ratio_p"
      case likelihoodRatioFault = "likelihood_ratio_fault"
    }
  }

  /// Each column alone.
  public let univariable: [Row]
  /// All columns together; empty where there is only one.
  public let multivariable: [Row]
  /// Why no hazard ratios of all columns together are given.
  public let multivariableFault: String?

  private enum CodingKeys: String, CodingKey {
    case univariable, multivariable
    case multivariableFault = "multivariable_fault"
  }

  /// - Parameters:
  ///   - variables: one value for each row.
  ///   - survival: time and event of each row.
  ///   - rows: those that are used.
  public init(_ variables: [MeasuredVariable], _ survival: SurvivalTimes, rows: [Int]) {
    univariable = variables.flatMap { RatioRegression([$0], survival, rows: rows).rows }
    guard variables.count > 1 else {
      (multivariable, multivariableFault) = ([], nil)
      return
    }
    let all = RatioRegression(variables, survival, rows: rows)
    (multivariable, multivariableFault) = (all.rows, all.fault)
  }
}

extension CoxRegression: RatioFit {
  package static func fitted(_ columns: [[Double]], to survival: SurvivalTimes) throws(StatisticsError)
    -> CoxRegression
  {
    try CoxRegression(features: Matrix(columns: columns, rows: survival.count), survival: survival)
  }

  package static var outcomeFault: String { "no event" }

  package var fault: String? {
    isMonotone
      ? "no finite ratio fits best: a level is without events, or values are in the order of the events" : nil
  }

  package var slopes: [RatioSlope] {
    zip(coefficients, zip(standardErrors, waldP)).map {
      RatioSlope(coefficient: $0, standardError: $1.0, waldP: $1.1)
    }
  }

  package var twiceLogLikelihood: Double { 2 * logLikelihood }
}

extension RatioRegression<CoxRegression> {
  fileprivate init(_ variables: [MeasuredVariable], _ survival: SurvivalTimes, rows: [Int]) {
    self.init(variables, rows: rows) { survival.selecting($0) }
  }

  fileprivate var rows: [HazardTable.Row] {
    terms.map { term in
      HazardTable.Row(
        variable: term.variable, level: term.level, reference: term.reference,
        coefficient: term.slope?.coefficient, standardError: term.slope?.standardError,
        hazardRatio: term.ratio, wald: term.wald, waldP: term.slope?.waldP,
        likelihoodRatioP: term.likelihoodRatioP, likelihoodRatioFault: term.likelihoodRatioFault,
        fault: term.fault, count: outcome.count, events: outcome.eventCount)
    }
  }
}
