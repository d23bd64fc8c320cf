import DelimitedText
import Foundation
import StudyPlan

/// How features are written: PyRadiomics' three formats.
package enum FeatureFormat: String, CaseIterable, Sendable {
  case csv, json, txt
}

/// Writes the cases of a batch one after another, in the order of its rows.
package struct FeatureWriter {
  private let format: FeatureFormat
  private let columns: [String]
  private let names: NameList
  private var isFirst = true

  /// - Parameter names: of all results, for the columns of a table.
  package init(_ format: FeatureFormat, columns: [String], names: NameList) {
    self.format = format
    self.columns = columns
    self.names = names
  }

  /// What stands before the first case.
  package var header: String {
    switch format {
    case .csv: DelimitedWriter().line(columns + names.diagnostics + names.features)
    case .json: "["
    case .txt: ""
    }
  }

  /// What stands after the last case.
  package var footer: String { format == .json ? "\n]\n" : "" }

  /// One case; a failed one keeps its own columns and has no features.
  package mutating func text(
    _ row: ExtractionBatch.Row, _ outcome: Result<ExtractedFeatures, StudyTaskError>
  ) -> String {
    defer { isFirst = false }
    return switch format {
    case .csv: line(row, outcome)
    case .json: (isFirst ? "\n" : ",\n") + object(row, outcome)
    case .txt: plain(row, outcome)
    }
  }

  private func line(
    _ row: ExtractionBatch.Row, _ outcome: Result<ExtractedFeatures, StudyTaskError>
  ) -> String {
    guard case .success(let found) = outcome else {
      return DelimitedWriter().line(
        row.fields + [String](repeating: "", count: names.diagnostics.count + names.features.count))
    }
    let entries = found.diagnostics.entries
    let diagnostics =
      entries.map(\.name) == names.diagnostics
      ? entries.map(\.value.description)
      : lookedUp(names.diagnostics, zip(entries.map(\.name), entries.map(\.value.description)))
    let values = found.values.map { DelimitedWriter.field($0) }
    let features = found.names == names.features ? values : lookedUp(names.features, zip(found.names, values))
    return DelimitedWriter().line(row.fields + diagnostics + features)
  }

  /// Fields by name: cases of one batch may differ in what they have (pictures and volumes).
  private func lookedUp(_ names: [String], _ found: some Sequence<(String, String)>) -> [String] {
    let byName = Dictionary(found, uniquingKeysWith: { first, _ in first })
    return names.map { byName[$0] ?? "" }
  }

  /// An object, features in their order; an undefined value is null.
  private func object(
    _ row: ExtractionBatch.Row, _ outcome: Result<ExtractedFeatures, StudyTaskError>
  ) -> String {
    var members = zip(columns, row.fields).map { "    \(quoted($0)): \(quoted($1))" }
    switch outcome {
    case .success(let found):
      members += found.diagnostics.entries.map { entry in
        "    \(quoted(entry.name)): \(String(decoding: canonicalBytes(of: entry.value), as: UTF8.self))"
      }
      members += zip(found.names, found.values).map {
        "    \(quoted($0)): \($1.isFinite ? "\($1)" : "null")"
      }
    case .failure(let error): members.append("    \"error\": \(quoted("\(error)"))")
    }
    return "  {\n" + members.joined(separator: ",\n") + "\n  }"
  }

  private func quoted(_ text: String) -> String {
    String(decoding: canonicalBytes(of: text), as: UTF8.self)
  }

  /// `Case-1_original_shape_Elongation: 0.56`, one line a feature.
  private func plain(
    _ row: ExtractionBatch.Row, _ outcome: Result<ExtractedFeatures, StudyTaskError>
  ) -> String {
    guard case .success(let found) = outcome else { return "" }
    var text = ""
    for entry in found.diagnostics.entries {
      text += "Case-\(row.number)_\(entry.name): \(entry.value)\n"
    }
    for (name, value) in zip(found.names, found.values) {
      text += "Case-\(row.number)_\(name): \(value)\n"
    }
    return text
  }
}
