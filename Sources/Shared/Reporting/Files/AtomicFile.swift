import Foundation

import Glibc

/// Files that readers see whole or not at all.
enum AtomicFile {
  /// Writes beside the destination, then renames.
  static func write(_ data: Data, to destination: URL) throws {
    do {
      try data.write(to: destination, options: .atomic)
    } catch {
      throw ReportError.notWritten(destination, error)
    }
  }

  /// Gives a file its final name, on the same file system, replacing what stood there: `rename(2)`, because
  /// Foundation's `replaceItemAt` renames the old file over the new one on Linux (Swift 6.3).
  static func rename(_ file: URL, to destination: URL) throws {
    guard unsafe Glibc.rename(file.path, destination.path) == 0 else {
      throw ReportError.notWritten(destination, POSIXError(.init(rawValue: errno) ?? .EIO))
    }
  }
}
