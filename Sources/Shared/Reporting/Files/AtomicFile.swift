import Foundation

import Glibc

/// Files that readers see whole or not at all.
package enum AtomicFile {
  /// Writes beside the destination, then renames. What is no regular file (`/dev/stdout`, a named pipe) is written to, and stays.
  package static func write(_ data: Data, to destination: URL) throws {
    if let special = try SpecialFile(destination) {
      do {
        try special.handle.write(contentsOf: data)
        return try special.handle.close()
      } catch {
        throw ReportError.notWritten(destination, error)
      }
    }
    let temporary = PrivateFiles.temporary(for: destination)
    do {
      let handle = try PrivateFiles.create(temporary)
      try PrivateFiles.removing(temporary) {
        try handle.write(contentsOf: data)
        try handle.close()
      }
    } catch let error as ReportError {
      throw error
    } catch {
      throw ReportError.notWritten(destination, error)
    }
    try rename(temporary, to: destination)
  }

  /// Gives a file its final name, on the same file system, replacing what stood there: `rename(2)`, because
  /// Foundation's `replaceItemAt` renames the old file over the new one on Linux (Swift 6.3). Where that fails, the file is removed.
  /// - Throws: `ReportError`, also where a device or a pipe has the name.
  package static func rename(_ file: URL, to destination: URL) throws {
    try PrivateFiles.removing(file) {
      try SpecialFile.refuse(destination)
      guard unsafe Glibc.rename(file.path, destination.path) == 0 else {
        throw ReportError.notWritten(destination, POSIXError(.init(rawValue: errno) ?? .EIO))
      }
    }
  }
}
