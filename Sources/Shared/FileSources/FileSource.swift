import Cancellation
import Foundation
import Glibc

/// Where files lie that are named by paths relative to it: a folder of this machine, or a remote.
package protocol FileSource: Sendable {
  /// As people name it: with it another program of ours finds the same files.
  var name: String { get }

  /// The folder itself, where nothing has to be fetched.
  var folder: URL? { get }

  /// Whether one of these files, at least, can be read, or a file of one of them that is a folder. A path that leaves the
  /// source names no file.
  /// - Parameter look: how long that may take.
  /// - Throws: `FileSourceError` where the source cannot be asked; what the computation throws.
  func hasAny(of paths: [String], on look: Computation) async throws -> Bool

  /// Calls `body` with a folder below which these files lie at their paths, as far as the source has them, until it returns.
  /// Of a folder among them all is there, with the folders in it.
  /// - Parameters:
  ///   - computation: how long that may take.
  ///   - companion: another file that a file's contents name, relative to its folder.
  /// - Throws: `FileSourceError`: `outside` for a path that leaves the source, else what kept files from being fetched; what
  ///   the computation and `body` throw.
  func withFiles<Value: Sendable>(
    _ paths: [String], on computation: Computation, companion: @escaping @Sendable (URL) -> String?,
    _ body: @Sendable (URL) async throws -> Value
  ) async throws -> Value
}

/// A folder of this machine.
package struct FolderSource: FileSource {
  private let place: URL
  package var name: String { place.path }
  package var folder: URL? { place }

  package init(_ folder: URL) { place = folder }

  package func hasAny(of paths: [String], on look: Computation) async throws -> Bool {
    let place = place
    return try await look.run { _ in
      paths.contains { path in
        guard let file = try? RelativePath(path) else { return false }
        return Self.canRead(place.appendingPathComponent(file.text))
          || Self.canReadAny(in: place.appendingPathComponent(file.text))
      }
    }
  }

  package func withFiles<Value: Sendable>(
    _ paths: [String], on computation: Computation, companion: @escaping @Sendable (URL) -> String?,
    _ body: @Sendable (URL) async throws -> Value
  ) async throws -> Value {
    for path in paths { _ = try RelativePath(path) }
    return try await body(place)
  }

  /// Whether a folder has a file that can be read. A few are looked at: those of a mount are there, or not, together.
  private static func canReadAny(in folder: URL) -> Bool {
    let files = FileManager.default.enumerator(atPath: folder.path)?.lazy.compactMap { $0 as? String }
    return files?.prefix(filesLookedAt).contains { canRead(folder.appendingPathComponent($0)) } ?? false
  }

  private static let filesLookedAt = 16

  /// Whether a regular file can be read, the first byte of it: that of a mount may have a name and no contents. A pipe or a device
  /// is no image, and opening or reading it may never end.
  private static func canRead(_ file: URL) -> Bool {
    var status = stat()
    guard unsafe stat(file.path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return false }
    let descriptor = unsafe open(file.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var first: UInt8 = 0
    return unsafe read(descriptor, &first, 1) >= 0
  }
}

/// A path that does not leave what it is relative to.
struct RelativePath: Hashable, Sendable {
  /// Without empty parts, and without `.`.
  let text: String

  /// - Throws: `outside`.
  init(_ path: String) throws(FileSourceError) {
    let parts = path.split(separator: "/").filter { $0 != "." }
    guard !path.hasPrefix("/"), !parts.isEmpty, !parts.contains(".."), !path.utf8.contains(0) else {
      throw FileSourceError(.outside, "a path leaves the folder, or the remote, that it is relative to")
    }
    text = parts.joined(separator: "/")
  }

  /// A file that this one names, relative to its own folder.
  func companion(_ name: String) throws(FileSourceError) -> RelativePath {
    let folder = text.split(separator: "/").dropLast().joined(separator: "/")
    return try RelativePath(folder.isEmpty || name.hasPrefix("/") ? name : "\(folder)/\(name)")
  }
}
