import Foundation
import Glibc

/// A file that appears under its name only when it is whole.
package struct OutputFile {
  /// As messages call it.
  private let name: String
  private let target: URL
  private let part: URL?
  private let handle: FileHandle

  /// Begins a file beside its target. What is no regular file (`/dev/stdout`, a pipe) is written as it comes.
  package init(_ target: URL) throws(BatchError) {
    self.target = target
    name = target.path
    let isSpecial = FileManager.default.fileExists(atPath: target.path) && !Self.isRegular(target)
    let part = isSpecial ? nil : URL(fileURLWithPath: target.path + ".\(getpid()).part")
    self.part = part
    do {
      handle = try part.map(Self.created) ?? FileHandle(forWritingTo: target)
    } catch {
      throw Self.failure(name, error)
    }
  }

  /// Written as it comes, and never closed.
  static var standardOutput: OutputFile {
    OutputFile(
      name: "standard output", target: URL(fileURLWithPath: "/dev/stdout"), part: nil, handle: .standardOutput
    )
  }

  private init(name: String, target: URL, part: URL?, handle: FileHandle) {
    (self.name, self.target, self.part, self.handle) = (name, target, part, handle)
  }

  /// A new file for owner and group alone (0640 less the umask): its rows name cases.
  private static func created(_ file: URL) throws -> FileHandle {
    let descriptor = unsafe Glibc.open(
      file.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o640)
    guard descriptor >= 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
    return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }

  /// Whether a name is free or that of a regular file, beside which others may lie.
  package static func isRegular(_ url: URL) -> Bool {
    let type = try? FileManager.default.attributesOfItem(atPath: url.resolvingSymlinksInPath().path)[.type]
    return (type as? FileAttributeType).map { $0 == .typeRegular } ?? true
  }

  package func write(_ text: String) throws(BatchError) {
    do {
      try handle.write(contentsOf: Data(text.utf8))
    } catch {
      throw Self.failure(name, error)
    }
  }

  /// Puts the file in place of what had its name.
  package func finish() throws(BatchError) {
    do {
      if part != nil { try handle.synchronize() }
      try handle.close()
    } catch {
      throw Self.failure(name, error)
    }
    guard let part else { return }
    guard unsafe rename(part.path, target.resolvingSymlinksInPath().path) == 0 else {
      throw BatchError(
        .unwritable,
        "\(name) cannot be put in place: \(unsafe String(cString: strerror(errno)))")
    }
  }

  private static func failure(_ name: String, _ error: any Error) -> BatchError {
    BatchError(
      .unwritable,
      "\(name) cannot be written (\(error.localizedDescription)); check the folder and the "
        + "room on the disk")
  }
}
