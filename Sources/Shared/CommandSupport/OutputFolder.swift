import Foundation

/// The folder that a command writes to. It is made before anything is computed, so that what cannot be written is known at once, and is
/// removed again where the command ends without a file in it.
package enum OutputFolder {
  /// Makes the folder where there is none, and does the work.
  /// - Parameter option: by which the folder was named, as `--out-dir`.
  /// - Throws: `CommandFailure` (73) where it cannot be made or written to; what `body` throws.
  package static func using<Value>(
    _ folder: URL, option: String, _ body: () async throws -> Value
  ) async throws -> Value {
    let made = missing(folder)
    defer { remove(made) }
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw CommandFailure(
        ExitStatus.cannotWrite, "\(option) \(folder.path) cannot be made; check its rights and its disk.")
    }
    guard FileManager.default.isWritableFile(atPath: folder.path) else {
      throw CommandFailure(
        ExitStatus.cannotWrite,
        "\(option) \(folder.path) may not be written to; check its rights, or name another.")
    }
    return try await body()
  }

  /// The folder and those above it that are not there, the deepest first.
  private static func missing(_ folder: URL) -> [URL] {
    var (found, next) = ([URL](), folder.standardizedFileURL)
    while next.path != "/", !FileManager.default.fileExists(atPath: next.path) {
      found.append(next)
      next = next.deletingLastPathComponent()
    }
    return found
  }

  /// Removes folders as long as they are empty; what another program has put there meanwhile stays.
  private static func remove(_ folders: [URL]) {
    for folder in folders {
      guard unsafe rmdir(folder.path) == 0 || errno == ENOENT else { return }
    }
  }
}
