import ElementaryFunctions
import LinearAlgebra

/// A regression whose coefficients are logarithms of ratios: of odds, or of hazards.
package protocol RatioFit: Sendable {
  /// Of the rows, one for each.
  associatedtype Outcome: Sendable

  /// Fits to columns of finite numbers.
  /// - Throws: `oneClass`, `collinear`, and what else the regression throws.
  static func fitted(_ columns: [[Double]], to outcome: Outcome) throws(StatisticsError) -> Self

  /// Why the likelihood has no finite maximum, in words; `nil` where it has one.
  var fault: String? { get }
  /// What an outcome without contrast is called.
  static var outcomeFault: String { get }
  /// Of each column, without an intercept.
  var slopes: [RatioSlope] { get }
  /// Twice the logarithm of the likelihood, but for what depends on the outcome alone.
  var twiceLogLikelihood: Double { get }
}

/// A coefficient of a regression.
package struct RatioSlope: Equatable, Sendable {
  package let coefficient: Double
  package let standardError: Double
  /// Two-sided Wald test.
  package let waldP: Double

  package init(coefficient: Double, standardError: Double, waldP: Double) {
    (self.coefficient, self.standardError, self.waldP) = (coefficient, standardError, waldP)
  }
}

/// One regression of some clinical columns together, without the rows that lack a value of one of them.
package struct RatioRegression<Fit: RatioFit>: Sendable {
  /// What the table of a regression says of one coefficient.
  package struct Term: Equatable, Sendable {
    /// Place of the coefficient.
    let column: Int
    package let variable: String
    package let level: String?
    package let reference: String?
    /// `nil` where there is no finite fit.
    package let slope: RatioSlope?
    /// `e` to the coefficient.
    package let ratio: Double?
    /// 95 % by the standard error; `nil` where an end is not finite.
    package let wald: Interval?
    /// Likelihood-ratio test of the whole column.
    package let likelihoodRatioP: Double?
    /// Why the fit has no such test.
    package let likelihoodRatioFault: String?
    /// Why there is no slope; `nil` where there is one.
    package let fault: String?
  }

  private let variables: [MeasuredVariable]
  /// The rows used, and their outcome.
  let complete: [Int]
  let outcome: Fit.Outcome
  let columns: [[Double]]
  /// Place of each column's variable.
  private let owners: [Int]
  /// Why there is no finite fit.
  package private(set) var fault: String?
  package private(set) var fit: Fit?

  /// - Parameters:
  ///   - rows: those that are used, where they have all values.
  ///   - outcome: of some rows.
  package init(_ variables: [MeasuredVariable], rows: [Int], outcome: ([Int]) -> Fit.Outcome) {
    self.variables = variables
    let complete = rows.filter { row in variables.allSatisfy { $0.values[row].isFinite } }
    self.complete = complete
    self.outcome = outcome(complete)
    let designs = variables.map { $0.design(complete) }
    columns = designs.flatMap(\.self)
    owners = designs.enumerated().flatMap { place, design in design.map { _ in place } }
    do throws(StatisticsError) {
      let fit = try Fit.fitted(columns, to: self.outcome)
      fault = fit.fault
      if fault == nil { self.fit = fit }
    } catch {
      fault = Self.words(error)
    }
  }

  static func words(_ error: StatisticsError) -> String {
    switch error.code {
    case .oneClass: Fit.outcomeFault
    case .collinear: "collinear columns"
    default: error.message
    }
  }

  /// In the order of the variables, of a category one for each level but the reference.
  package var terms: [Term] {
    variables.enumerated().flatMap { place, measured in
      let variable = measured.variable
      let test = fit.map { likelihoodRatio(ofVariable: place, full: $0) }
      let levels = variable.levels.map { $0.dropFirst().map(Optional.some) } ?? [nil]
      let first = owners.firstIndex(of: place) ?? 0
      return levels.enumerated().map { offset, level in
        let slope = fit?.slopes[first + offset]
        return Term(
          column: first + offset, variable: variable.name, level: level, reference: variable.reference,
          slope: slope, ratio: slope.map { Elementary.exp($0.coefficient) },
          wald: slope.flatMap(Self.wald), likelihoodRatioP: test?.p, likelihoodRatioFault: test?.fault,
          fault: slope == nil ? fault : nil)
      }
    }
  }

  private static func wald(_ slope: RatioSlope) -> Interval? {
    let reach = NormalDistribution.quantile(0.975) * slope.standardError
    return ratios(slope.coefficient - reach, slope.coefficient + reach)
  }

  /// `e` to both ends; `nil` where one is not finite.
  static func ratios(_ lower: Double, _ upper: Double) -> Interval? {
    let ends = (Elementary.exp(lower), Elementary.exp(upper))
    return ends.0.isFinite && ends.1.isFinite ? Interval(lower: ends.0, upper: ends.1) : nil
  }

  /// Against the fit without the column, which must be had for it.
  private func likelihoodRatio(ofVariable place: Int, full: Fit) -> (p: Double?, fault: String?) {
    let rest = owners.indices.filter { owners[$0] != place }.map { columns[$0] }
    do throws(StatisticsError) {
      let reduced = try Fit.fitted(rest, to: outcome)
      if let fault = reduced.fault { return (nil, "without the column: \(fault)") }
      return (
        ChiSquaredDistribution.upperTail(
          max(0, full.twiceLogLikelihood - reduced.twiceLogLikelihood),
          degrees: Double(columns.count - rest.count)), nil
      )
    } catch {
      return (nil, "without the column: \(Self.words(error))")
    }
  }
}
