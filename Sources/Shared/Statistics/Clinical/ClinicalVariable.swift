/// What a clinical column is: a number, or a category with its levels.
public struct ClinicalVariable: Equatable, Sendable, Codable {
  /// How its values are told and tested.
  public enum Kind: Equatable, Sendable, Codable {
    /// Told by mean and standard deviation.
    case number
    /// Told by median and quartiles.
    case skewedNumber
    /// Levels in their order; the first is the reference.
    case categories([String], areOrdered: Bool)
  }

  /// Unique among the variables of a study.
  public let name: String
  /// Number or category.
  public let kind: Kind

  /// A variable; categories have two levels or more.
  public init(_ name: String, _ kind: Kind) {
    self.name = name
    self.kind = kind
  }

  /// Levels of a category, the reference first; `nil` for a number.
  public var levels: [String]? {
    guard case .categories(let levels, _) = kind else { return nil }
    return levels
  }

  /// The level that odds ratios compare with; `nil` for a number.
  public var reference: String? { levels?.first }

  /// Names of its columns in a design: the variable's, or `Grade=III` for each level but the reference.
  public var columnNames: [String] {
    levels.map { $0.dropFirst().map { "\(name)=\($0)" } } ?? [name]
  }

  /// One value in the columns of a design: a number as it is, a level (counted from 0) as indicators of the levels but
  /// the reference. A value that is not finite gives NaN in all of them.
  public func columns(of value: Double) -> [Double] {
    guard let levels else { return [value] }
    guard value.isFinite else { return levels.dropFirst().map { _ in .nan } }
    return levels.indices.dropFirst().map { Double($0) == value ? 1 : 0 }
  }
}

/// A clinical column with its values.
public struct MeasuredVariable: Equatable, Sendable {
  /// What the column is.
  public let variable: ClinicalVariable
  /// One for each row: a number, or the place of a level; NaN where it is missing.
  public let values: [Double]

  /// - Precondition: the values of a category are places of its levels or not finite.
  public init(_ variable: ClinicalVariable, values: [Double]) {
    if let levels = variable.levels {
      precondition(values.allSatisfy { !$0.isFinite || levels.indices.map(Double.init).contains($0) })
    }
    self.variable = variable
    self.values = values
  }

  /// Columns of a design over some rows, in the order of ``ClinicalVariable/columnNames``.
  func design(_ rows: [Int]) -> [[Double]] {
    let columns = rows.map { variable.columns(of: values[$0]) }
    return variable.columnNames.indices.map { place in columns.map { $0[place] } }
  }
}
