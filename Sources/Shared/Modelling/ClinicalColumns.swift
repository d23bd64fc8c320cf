import Statistics
import StudyPlan

/// Clinical columns as predictors: numbers as they are, indicators of the levels of a category but its reference, and
/// indicators of missing values where the study asks for them.
package struct ClinicalColumns: Sendable {
  private let columns: [ClinicalColumn]

  package init(_ study: Study) { self.init(study.clinical ?? []) }

  init(_ columns: [ClinicalColumn]) { self.columns = columns }

  /// Names of all predictors.
  var names: [String] { columns.flatMap { Self.names($0) } }

  private static func names(_ column: ClinicalColumn) -> [String] {
    column.variable.columnNames + (column.missing == .indicator ? [column.indicatorName] : [])
  }

  /// What a model uses of them.
  func predictors(_ use: ClinicalUse) -> ClinicalPredictors {
    let used = columns.filter { use.columns.contains($0.name) }
    let groups = used.flatMap { column in
      [
        ClinicalPredictors.Group(
          columns: column.variable.columnNames, isCategory: column.variable.levels != nil)
      ]
        + (column.missing == .indicator
          ? [ClinicalPredictors.Group(columns: [column.indicatorName], isCategory: false)] : [])
    }
    return ClinicalPredictors(groups: groups, areForced: use.areForced)
  }

  /// Predictors of the images of one row, of which a subject has one value each.
  /// - Throws: `clinical-differs` where they are not the same, `clinical-value` for a value that is none.
  func values(of members: [StudyCase]) throws(StudyTaskError) -> [Double] {
    try values(of: members.map(\.extra))
  }

  /// Of the further columns of the images of one row.
  func values(of extras: [[String: String]]) throws(StudyTaskError) -> [Double] {
    var values: [Double] = []
    for column in columns {
      let value = try self.value(of: column, extras)
      values += column.variable.columns(of: value)
      if column.missing == .indicator { values.append(value.isFinite ? 0 : 1) }
    }
    return values
  }

  /// The value of a row of the table: a number, or the place of a level; NaN where it is missing.
  private func value(of column: ClinicalColumn, _ extras: [[String: String]]) throws(StudyTaskError)
    -> Double
  {
    var found: Double?
    for extra in extras {
      guard let value = column.value(of: extra[column.name] ?? "") else {
        throw StudyTaskError(
          code: "clinical-value",
          sentence: "A case has a value of \(column.name) that is none of that column.",
          remedy: "Correct the manifest or the clinical table, and submit the study again.")
      }
      guard value.isFinite else { continue }
      guard found == nil || found == value else {
        throw StudyTaskError(
          code: "clinical-differs",
          sentence: "The images of one subject have different values of the clinical column \(column.name).",
          remedy: "Give all images of a subject one value, or leave the column out.")
      }
      found = value
    }
    return found ?? .nan
  }

  /// The columns as they were measured, one value for each list of images.
  package func measured(_ members: [[StudyCase]]) throws(StudyTaskError) -> [MeasuredVariable] {
    var measured: [MeasuredVariable] = []
    for column in columns {
      var values: [Double] = []
      for items in members { values.append(try value(of: column, items.map(\.extra))) }
      measured.append(MeasuredVariable(column.variable, values: values))
    }
    return measured
  }
}
