import Foundation
import Glibc

/// What a study writes names subjects: others on the machine may not read it, whatever the umask lets them.
enum PrivateFiles {
  /// Creates a file that was not there, for reading by owner and group (0640 less the umask), and opens it.
  static func create(_ file: URL) throws -> FileHandle {
    let descriptor = unsafe Glibc.open(
      file.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o640)
    guard descriptor >= 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
    return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }

  /// Does a step of writing a file; where the step fails, what is there of the file is removed.
  /// - Throws: what the step throws; `ReportError` where the file stays as well, because it may name subjects.
  static func removing(_ unfinished: URL, afterFailureOf step: () throws -> Void) throws {
    do {
      try step()
    } catch {
      guard unsafe Glibc.unlink(unfinished.path) != 0, errno != ENOENT else { throw error }
      let reason = POSIXError(.init(rawValue: errno) ?? .EIO).localizedDescription
      let cause = (error as? ReportError)?.message ?? error.localizedDescription
      throw ReportError(
        .fileNotWritten,
        "\(cause). What was written of it could not be removed either (\(reason)): remove \(unfinished.path), which may name subjects"
      )
    }
  }

  /// A hidden name beside the destination, for what is not complete.
  static func temporary(for destination: URL) -> URL {
    destination.deletingLastPathComponent()
      .appendingPathComponent(".\(destination.lastPathComponent).\(UUID().uuidString)")
  }
}

/// Creates a folder for results, closed to others on the machine (0750 less the umask), and those above it as usual. One
/// that is there already keeps its permissions.
/// - Throws: `ReportError`.
package func createPrivateFolder(at folder: URL) throws {
  do {
    try FileManager.default.createDirectory(
      at: folder.deletingLastPathComponent(), withIntermediateDirectories: true)
    guard unsafe Glibc.mkdir(folder.path, 0o750) != 0 else { return }
    let reason = errno
    let kind = try folder.resolvingSymlinksInPath().resourceValues(forKeys: [.isDirectoryKey])
    if reason == EEXIST, kind.isDirectory == true { return }
    throw POSIXError(.init(rawValue: reason) ?? .EIO)
  } catch {
    throw ReportError.notWritten(folder, error)
  }
}

/// Writes a file of results, whole or not at all, which others on the machine may not read (0640 less the umask).
/// - Throws: `ReportError`.
package func writePrivateFile(_ data: Data, to destination: URL) throws {
  try AtomicFile.write(data, to: destination)
}
