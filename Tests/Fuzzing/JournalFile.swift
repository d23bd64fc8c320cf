import BatchExtraction
import Foundation
import StudyPlan

/// Journals are read from a file.
enum JournalFile {
  private static let file = MemoryFile("journal")

  /// The journal of two regions.
  static func seed() throws -> [UInt8] {
    try file.holding([]) { url in
      let journal = try ResultJournal(at: url)
      for byte in 0..<2 {
        let features = ExtractedFeatures(
          names: ["original_glcm_Contrast", "original_glcm_Id"], values: [1.5, .nan],
          diagnostics: .init(
            voxels: 8, warnings: ["few"], entries: [Diagnostic("diagnostics_Warnings", .text("few"))]))
        _ = try journal.append(features, of: key(byte))
      }
      return Array(try Data(contentsOf: url))
    }
  }

  private static func key(_ byte: Int) -> FeatureKey {
    FeatureKey([UInt8](repeating: UInt8(byte), count: 32))
  }

  static func read(_ bytes: [UInt8]) throws {
    try file.holding(bytes) { url in
      let journal = try ResultJournal(at: url)
      for byte in 0..<2 {
        if let place = journal.place(of: key(byte)) { _ = try journal.features(at: place) }
      }
    }
  }
}
