import LinearAlgebra

/// Cox regression on one column, ties by Efron.
public struct UnivariableCox: Equatable, Sendable {
  /// Why there is no finite coefficient.
  public enum Fault: Error, Equatable, Sendable {
    /// All values are equal, or there are no rows.
    case constant
    /// No row has an event.
    case noEvent
    /// Values differ among rows only that are not at risk when an event happens.
    case constantAtRisk
    /// The column puts the rows in the order of their events, so that the likelihood grows without end.
    case monotone

    /// In words that fit behind "undefined:".
    public var reason: String {
      switch self {
      case .constant: "all values are equal"
      case .noEvent: "no case has the event"
      case .constantAtRisk: "the cases at risk of an event have equal values"
      case .monotone: "the values put the cases in the order of their events, so that no finite ratio exists"
      }
    }
  }

  /// Log hazard ratio of one unit.
  public let coefficient: Double
  /// Of the coefficient.
  public let standardError: Double

  /// One value a row.
  /// - Throws: the fault that leaves no finite coefficient.
  public init(_ column: [Double], _ survival: SurvivalTimes) throws(Fault) {
    precondition(column.count == survival.count, "a value a row")
    guard let first = column.first, column.contains(where: { $0 != first }) else { throw .constant }
    guard survival.eventCount > 0 else { throw .noEvent }
    let fit: CoxRegression
    do throws(StatisticsError) {
      fit = try CoxRegression(
        features: Matrix(rows: column.count, columns: 1, values: column), survival: survival)
    } catch {
      throw .constantAtRisk
    }
    guard !fit.isMonotone else { throw .monotone }
    (coefficient, standardError) = (fit.coefficients[0], fit.standardErrors[0])
  }
}
