import Foundation
import Glibc

/// What is written to as it comes, under a name that is no regular file's: `/dev/stdout`, `/dev/null`, a terminal, a named pipe.
///
/// Everything else is written beside its name and renamed (`AtomicFile`), which would put a file in the place of the device or pipe.
struct SpecialFile {
  let handle: FileHandle

  /// `nil` where the name is free, a regular file's or a folder's.
  /// - Throws: `ReportError` for what is neither a file nor written to as it comes (a disk, a socket), and where it cannot be opened.
  init?(_ destination: URL) throws(ReportError) {
    let path = destination.path
    let stream = Self.openStream(at: path)
    guard stream != nil || !Self.mayBeReplaced(path) else { return nil }
    let kind = Self.kind(of: path)
    guard stream != nil || kind == S_IFCHR || kind == S_IFIFO else {
      throw ReportError(
        .fileNotWritten, "\(path) is neither a file nor written to as it comes; give another path")
    }
    // A duplicate of an open stream goes on where that stands; a file that is opened again would begin anew.
    let opened = unsafe stream.map { dup($0) } ?? Glibc.open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY)
    guard opened >= 0 else {
      throw ReportError.notWritten(destination, POSIXError(.init(rawValue: errno) ?? .EIO))
    }
    handle = FileHandle(fileDescriptor: opened, closeOnDealloc: true)
  }

  /// Refuses a name that a file could only take from a device, a pipe or a socket.
  static func refuse(_ destination: URL) throws(ReportError) {
    guard openStream(at: destination.path) != nil || !mayBeReplaced(destination.path) else { return }
    throw ReportError(
      .fileNotWritten,
      "\(destination.path) is no regular file, and none can be put in its place; give another path")
  }

  private static func mayBeReplaced(_ path: String) -> Bool {
    let kind = kind(of: path)
    return kind == nil || kind == S_IFREG || kind == S_IFDIR
  }

  /// What lies under the name, its symbolic links followed: the bits `S_IFMT` of its mode; `nil` where nothing does.
  private static func kind(of path: String) -> mode_t? {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return nil }
    return status.st_mode & S_IFMT
  }

  /// The number of the open stream that the name is of.
  private static func openStream(at path: String) -> Int32? {
    switch path {
    case "/dev/stdout": return STDOUT_FILENO
    case "/dev/stderr": return STDERR_FILENO
    default:
      guard let folder = ["/dev/fd/", "/proc/self/fd/"].first(where: path.hasPrefix) else { return nil }
      return Int32(path.dropFirst(folder.count))
    }
  }
}
