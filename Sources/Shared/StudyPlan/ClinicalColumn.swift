import Foundation
import Statistics
import Yams

/// A clinical column of a study: what it is, and what is done where it has no value.
package struct ClinicalColumn: Codable, Equatable, Sendable {
  /// What is done with missing values.
  package enum Missing: String, Codable, Sendable, CaseIterable {
    /// The median of a number, or the most frequent level, of the training rows.
    case typical
    /// The same, and a further predictor that says where a value was missing.
    case indicator
  }

  package var variable: ClinicalVariable
  package var missing = Missing.typical

  package init(_ variable: ClinicalVariable, missing: Missing = .typical) {
    self.variable = variable
    self.missing = missing
  }

  package var name: String { variable.name }

  /// Name of the predictor that says where a value was missing.
  package var indicatorName: String { "\(name) missing" }

  /// A field as a number, or the place of its level; NaN where it is missing, `nil` for what it cannot be. A level may be called as
  /// missing values are elsewhere.
  package func value(of field: String) -> Double? {
    let text = field.trimmingCharacters(in: .whitespaces)
    if let place = variable.levels?.firstIndex(of: text) { return Double(place) }
    if Self.missingWords.contains(text.lowercased()) { return .nan }
    guard let levels = variable.levels else {
      return Double(text).flatMap { $0.isFinite && abs($0) < 1e100 ? $0 : nil }
    }
    guard let number = Double(text) else { return nil }
    return levels.firstIndex { Double($0) == number }.map(Double.init)
  }

  private static let missingWords: Set<String> = ["", "na", "n/a", "nan", "null", "none", "."]

  /// What a value should have been, for error messages.
  package var expectation: String {
    variable.levels.map { "one of \($0.joined(separator: ", "))" }
      ?? "a number with a decimal point"
  }
}

/// Clinical columns in a model.
package struct ClinicalUse: Codable, Equatable, Sendable {
  /// Names of the study's clinical columns, each once.
  package var columns: [String]
  /// Whether they are in the model whatever selection says.
  package var areForced: Bool

  package init(columns: [String], areForced: Bool = true) {
    self.columns = columns
    self.areForced = areForced
  }
}

/// Other models' scores in a model.
package struct ScoreUse: Codable, Equatable, Sendable {
  /// Names of the study's models.
  package var models: [String]
  /// Folds of the training part that scores are cross-fitted in.
  package var folds: Int

  package init(models: [String], folds: Int = 10) {
    self.models = models
    self.folds = folds
  }
}

extension Study {
  /// - Parameters:
  ///   - rows: of the manifest or the feature table, with the clinical columns among their further ones.
  ///   - design: columns that say who a case is, the outcome's first.
  /// - Throws: `StudyError` for a column that is not there or belongs to the design, and for values that are none of it.
  package func requireClinical(in rows: [Manifest.Row], design: [String]) throws(StudyError) {
    for column in clinical ?? [] {
      guard !design.contains(where: { $0.lowercased() == column.name.lowercased() }) else {
        throw StudyError(
          .badValue,
          "clinical.columns: '\(column.name)' says who a case is or what is predicted, and is no predictor. Remove it."
        )
      }
      guard rows.contains(where: { $0.extra[column.name] != nil }) else {
        let found = Set(rows.flatMap(\.extra.keys)).sorted()
        throw StudyError(
          .badValue,
          "clinical.columns: there is no column '\(column.name)'; found: "
            + "\(found.isEmpty ? "none" : found.prefix(30).joined(separator: ", "))."
            + suggestion(for: column.name, among: found))
      }
      let values = rows.compactMap { $0.extra[column.name] }
      let strange = Set(values.filter { column.value(of: $0) == nil }).sorted()
      guard strange.isEmpty else {
        throw StudyError(
          .badManifest,
          "clinical.columns.\(column.name): \(counted(strange.count, "value")) \(strange.count == 1 ? "is" : "are") not \(column.expectation), as "
            + "\(strange.prefix(3).map { "'\($0)'" }.joined(separator: ", ")); correct what is wrong, and leave empty what is "
            + "missing.")
      }
      guard values.contains(where: { column.value(of: $0)?.isFinite == true }) else {
        throw StudyError(.badManifest, "clinical.columns.\(column.name): no case has a value.")
      }
    }
  }
}
