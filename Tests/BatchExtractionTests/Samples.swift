import BatchExtraction
import Foundation
import StudyPlan

/// Results as an extraction might give them.
enum Sample {
  static func features(_ value: Double, names: [String] = ["original_a", "original_b"]) -> ExtractedFeatures {
    ExtractedFeatures(
      names: names, values: names.indices.map { value + Double($0) / 3 },
      diagnostics: .init(
        voxels: 7, warnings: ["1200 grey levels"],
        entries: [
          Diagnostic("diagnostics_Hash", .text("tab\there, comma; \"quote\"")),
          Diagnostic("diagnostics_Size", .wholes([3, 4, 5])),
          Diagnostic("diagnostics_Spacing", .numbers([0.75, 0.75, 6.5])),
          Diagnostic("diagnostics_Mean", .number(0.1 + 0.2)),
        ]))
  }

  static func row(_ number: Int, _ fields: [String]) -> ExtractionBatch.Row {
    ExtractionBatch.Row(number: number, fields: fields)
  }

  static let error = StudyTaskError(code: "mask-empty", sentence: "The mask is empty.", remedy: "Draw it.")

  /// A folder of its own, removed at the end.
  static func inFolder<Value>(_ body: (URL) throws -> Value) throws -> Value {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let outcome = Result { try body(folder) }
    try FileManager.default.removeItem(at: folder)
    return try outcome.get()
  }
}
