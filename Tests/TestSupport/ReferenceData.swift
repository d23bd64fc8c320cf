import Foundation
import Testing

/// Where the real inputs and published values lie that this repository does not hold.
package enum ReferenceData {
  /// `$TRABECULA_REFERENCE_DATA`, or `../shared/data` beside the checkout; `nil` where neither exists.
  package static let folder: URL? = {
    let named = ProcessInfo.processInfo.environment["TRABECULA_REFERENCE_DATA"].map(
      URL.init(fileURLWithPath:))
    let beside = repository.deletingLastPathComponent().appendingPathComponent("shared/data")
    return [named, beside].compactMap(\.self).first { FileManager.default.fileExists(atPath: $0.path) }
  }()

  /// True where the reference data can be read; the condition of every test that reads it.
  package static var isPresent: Bool { folder != nil }

  /// What a skipped test says.
  package static let absence: Comment =
    "reference data absent: set TRABECULA_REFERENCE_DATA or place it at ../shared/data beside the checkout"

  /// A file of the reference data. Call only where `isPresent`.
  package static func file(_ path: String) -> URL {
    guard let folder else { preconditionFailure("test not guarded by ReferenceData.isPresent") }
    return folder.appendingPathComponent(path)
  }

  /// Root of the checkout, found from this source file.
  package static let repository = URL(fileURLWithPath: #filePath)
    .resolvingSymlinksInPath()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
}
