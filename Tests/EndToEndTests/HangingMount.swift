import Foundation
import Testing

/// A library that is loaded into a worker, to which files are as on a mount whose server is gone.
enum HangingMount {
  private static let library = Programs.folder.appendingPathComponent("libHangingMount.so").path
  static var isBuilt: Bool { FileManager.default.fileExists(atPath: library) }

  /// What a skipped test says.
  static let absence: Comment = "libHangingMount is not built (swift build --product HangingMount)"

  /// Whoever asks for one of these files gets no answer.
  static func environment(of files: [String]) -> [String: String] {
    ["LD_PRELOAD": library, "HANGING_FILES": files.joined(separator: ":")]
  }

  /// The files are there, and whoever opens one of them waits for its contents without end.
  /// - Parameters:
  ///   - files: ends of paths; images and masks of a cohort have the same names, in different folders.
  ///   - sign: a file that is there from the first such wait on.
  static func environment(ofContentsOf files: [String], sign: URL) -> [String: String] {
    [
      "LD_PRELOAD": library, "HANGING_CONTENTS": files.joined(separator: ":"), "HANGING_TELLS": sign.path,
    ]
  }
}
