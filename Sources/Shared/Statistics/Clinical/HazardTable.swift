import ElementaryFunctions
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
    /// Rows in the regression.
    public let count: Int
    /// Rows with the event among them.
    public let events: Int

    private enum CodingKeys: String, CodingKey {
      case variable, level, reference, coefficient, wald, count, events
      case standardError = "standard_error"
      case hazardRatio = "hazard_ratio"
      case waldP = "wald_p"
      case likelihoodRatioP = "likelihood_ratio_p"
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
    univariable = variables.flatMap { HazardRows([$0], survival, rows: rows).rows }
    guard variables.count > 1 else {
      (multivariable, multivariableFault) = ([], nil)
      return
    }
    let all = HazardRows(variables, survival, rows: rows)
    (multivariable, multivariableFault) = (all.rows, all.fault)
  }
}

/// One regression and its rows of the table.
private struct HazardRows {
  private let variables: [MeasuredVariable]
  private let survival: SurvivalTimes
  private let columns: [[Double]]
  /// Place of each column's variable.
  private let owners: [Int]
  private(set) var fault: String?
  private var fit: CoxRegression?

  init(_ variables: [MeasuredVariable], _ survival: SurvivalTimes, rows: [Int]) {
    self.variables = variables
    let complete = rows.filter { row in variables.allSatisfy { $0.values[row].isFinite } }
    self.survival = survival.selecting(complete)
    let designs = variables.map { $0.design(complete) }
    columns = designs.flatMap(\.self)
    owners = designs.enumerated().flatMap { place, design in design.map { _ in place } }
    do throws(StatisticsError) {
      let fit = try regression(on: columns)
      if fit.isMonotone {
        fault = "the columns put the cases in the order of their events"
      } else {
        self.fit = fit
      }
    } catch {
      fault = error.code == .oneClass ? "no event" : "collinear columns"
    }
  }

  private func regression(on columns: [[Double]]) throws(StatisticsError) -> CoxRegression {
    try CoxRegression(features: Matrix(columns: columns, rows: survival.count), survival: survival)
  }

  var rows: [HazardTable.Row] {
    variables.enumerated().flatMap { place, measured in
      let variable = measured.variable
      let test = fit.flatMap { likelihoodRatioP(ofVariable: place, full: $0) }
      let levels = variable.levels.map { $0.dropFirst().map(Optional.some) } ?? [nil]
      let first = owners.firstIndex(of: place) ?? 0
      return levels.enumerated().map { offset, level in
        row(first + offset, of: variable, level: level, likelihoodRatioP: test)
      }
    }
  }

  private func row(
    _ column: Int, of variable: ClinicalVariable, level: String?, likelihoodRatioP: Double?
  ) -> HazardTable.Row {
    let interval = fit?.hazardRatioIntervals()[column]
    return HazardTable.Row(
      variable: variable.name, level: level, reference: variable.reference,
      coefficient: fit?.coefficients[column], standardError: fit?.standardErrors[column],
      hazardRatio: fit?.hazardRatios[column],
      wald: interval.flatMap { $0.lower.isFinite && $0.upper.isFinite ? $0 : nil },
      waldP: fit?.waldP[column], likelihoodRatioP: likelihoodRatioP, count: survival.count,
      events: survival.eventCount)
  }

  private func likelihoodRatioP(ofVariable place: Int, full: CoxRegression) -> Double? {
    let rest = owners.indices.filter { owners[$0] != place }.map { columns[$0] }
    guard !rest.isEmpty else { return full.likelihoodRatioP }
    guard let reduced = try? regression(on: rest), !reduced.isMonotone else { return nil }
    return ChiSquaredDistribution.upperTail(
      max(0, 2 * (full.logLikelihood - reduced.logLikelihood)), degrees: Double(columns.count - rest.count))
  }
}
