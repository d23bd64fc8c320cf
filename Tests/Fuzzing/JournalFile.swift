import BatchExtraction
import Foundation
import StudyPlan

/// Journals are read from a file: one in memory, written anew for each input.
struct JournalFile: Sendable {
  static let shared = JournalFile()

  private let url = URL(fileURLWithPath: "/dev/shm/trabecula-fuzz-\(getpid()).journal")

  /// The journal of two regions.
  static func seed() throws -> [UInt8] {
    let file = JournalFile()
    defer { unsafe unlink(file.url.path) }
    let journal = try ResultJournal(at: file.url)
    for byte in 0..<2 {
      let features = ExtractedFeatures(
        names: ["original_glcm_Contrast", "original_glcm_Id"], values: [1.5, .nan],
        diagnostics: .init(
          voxels: 8, warnings: ["few"], entries: [Diagnostic("diagnostics_Warnings", .text("few"))]))
      _ = try journal.append(features, of: key(byte))
    }
    return Array(try Data(contentsOf: file.url))
  }

  private static func key(_ byte: Int) -> FeatureKey {
    FeatureKey([UInt8](repeating: UInt8(byte), count: 32))
  }

  func read(_ bytes: [UInt8]) throws {
    defer { unsafe unlink(url.path) }
    try Data(bytes).write(to: url)
    let journal = try ResultJournal(at: url)
    for byte in 0..<2 {
      if let place = journal.place(of: Self.key(byte)) { _ = try journal.features(at: place) }
    }
  }
}
