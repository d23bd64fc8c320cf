import Foundation
import Glibc

/// A file that appears under its name only when it is whole.
package struct OutputFile {
  private let target: URL
  private let part: URL?
  private let handle: FileHandle

  /// Begins a file beside its target. What is no regular file (`/dev/stdout`, a pipe) is written as it comes.
  package init(_ target: URL) throws(BatchError) {
    self.target = target
    let isSpecial = FileManager.default.fileExists(atPath: target.path) && !Self.isRegular(target)
    let part = isSpecial ? nil : URL(fileURLWithPath: target.path + ".\(getpid()).part")
    self.part = part
    do {
      if let part { try Data().write(to: part) }
      handle = try FileHandle(forWritingTo: part ?? target)
    } catch {
      throw Self.failure(target, error)
    }
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
      throw Self.failure(target, error)
    }
  }

  /// Puts the file in place of what had its name.
  package func finish() throws(BatchError) {
    do {
      if part != nil { try handle.synchronize() }
      try handle.close()
    } catch {
      throw Self.failure(target, error)
    }
    guard let part else { return }
    guard unsafe rename(part.path, target.resolvingSymlinksInPath().path) == 0 else {
      throw BatchError(
        .unwritable,
        "\(target.lastPathComponent) cannot be put in place: \(unsafe String(cString: strerror(errno)))")
    }
  }

  private static func failure(_ target: URL, _ error: any Error) -> BatchError {
    BatchError(
      .unwritable,
      "\(target.lastPathComponent) cannot be written (\(error.localizedDescription)); check the folder and the "
        + "room on the disk")
  }
}
