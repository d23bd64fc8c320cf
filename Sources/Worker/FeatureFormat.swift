import ArgumentParser
import DelimitedText
import Foundation
import StudyPlan

/// How `worker extract` writes features: PyRadiomics' three formats.
enum FeatureFormat: String, ExpressibleByArgument, CaseIterable {
  case csv, json, txt

  func text(_ batch: ExtractionBatch, _ outcomes: [ExtractionBatch.Outcome]) -> String {
    switch self {
    case .csv: csv(batch, outcomes)
    case .json: json(batch, outcomes)
    case .txt: plain(outcomes)
    }
  }

  /// One line a case; a failed case keeps its own columns and has empty features.
  private func csv(_ batch: ExtractionBatch, _ outcomes: [ExtractionBatch.Outcome]) -> String {
    let names = outcomes.lazy.compactMap { try? $0.get().names }.first ?? []
    let writer = DelimitedWriter()
    var text = writer.line(batch.columns + names)
    for (row, outcome) in zip(batch.rows, outcomes) {
      let values =
        switch outcome {
        case .success(let features): features.values.map { DelimitedWriter.field($0) }
        case .failure: [String](repeating: "", count: names.count)
        }
      text += writer.line(row.fields + values)
    }
    return text
  }

  /// A list of objects, features in their order; an undefined value is null.
  private func json(_ batch: ExtractionBatch, _ outcomes: [ExtractionBatch.Outcome]) -> String {
    let objects = zip(batch.rows, outcomes).map { row, outcome in
      var members = zip(batch.columns, row.fields).map { "    \(quoted($0)): \(quoted($1))" }
      switch outcome {
      case .success(let features):
        members += zip(features.names, features.values).map {
          "    \(quoted($0)): \($1.isFinite ? "\($1)" : "null")"
        }
      case .failure(let error): members.append("    \"error\": \(quoted("\(error)"))")
      }
      return "  {\n" + members.joined(separator: ",\n") + "\n  }"
    }
    return "[\n" + objects.joined(separator: ",\n") + "\n]\n"
  }

  private func quoted(_ text: String) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    guard let data = try? encoder.encode(text) else { preconditionFailure("every string has a JSON form") }
    return String(decoding: data, as: UTF8.self)
  }

  /// `Case-1_original_shape_Elongation: 0.56`, one line a feature.
  private func plain(_ outcomes: [ExtractionBatch.Outcome]) -> String {
    var text = ""
    for (index, outcome) in outcomes.enumerated() {
      guard case .success(let features) = outcome else { continue }
      for (name, value) in zip(features.names, features.values) {
        text += "Case-\(index + 1)_\(name): \(value)\n"
      }
    }
    return text
  }
}
