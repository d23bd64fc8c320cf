import DelimitedText
import Foundation
import Glibc

/// A CSV file that is written row by row and appears under its name only when it is complete.
///
/// Rows go to a hidden file in the same folder, which gets the name at the end. Where the writer fails, the hidden file is removed,
/// and what stood under the name before stays. What is no regular file (`/dev/stdout`, a named pipe) gets the rows as they come.
package final class TableFile {
  private let destination: URL
  private let handle: FileHandle
  private let writer = DelimitedWriter()
  private let columnCount: Int
  private var buffer = Data()

  private static let bufferSize = 1 << 16

  private init(_ destination: URL, _ handle: FileHandle, columns: Int) {
    self.destination = destination
    self.handle = handle
    columnCount = columns
  }

  /// Writes a table.
  /// - Parameter body: appends its rows; what it throws is thrown.
  /// - Throws: `ReportError` where the file cannot be written, or what was written of it cannot be removed.
  package static func write(
    to destination: URL, columns: [String], _ body: (TableFile) throws -> Void
  ) throws {
    if let special = try SpecialFile(destination) {
      return try write(to: destination, special.handle, columns, body)
    }
    let temporary = PrivateFiles.temporary(for: destination)
    let handle: FileHandle
    do {
      handle = try PrivateFiles.create(temporary)
    } catch {
      throw ReportError.notWritten(destination, error)
    }
    try PrivateFiles.removing(temporary) {
      try write(to: destination, handle, columns, body)
    }
    try AtomicFile.rename(temporary, to: destination)
  }

  private static func write(
    to destination: URL, _ handle: FileHandle, _ columns: [String], _ body: (TableFile) throws -> Void
  ) throws {
    let file = TableFile(destination, handle, columns: columns.count)
    try file.append(columns)
    try body(file)
    try file.close()
  }

  /// Writes a table of rows that are there already.
  package static func write(_ rows: some Sequence<[String]>, under columns: [String], to destination: URL)
    throws
  {
    try write(to: destination, columns: columns) { file in
      for row in rows { try file.append(row) }
    }
  }

  /// Adds one row, which must have as many fields as the header.
  package func append(_ fields: [String]) throws {
    guard fields.count == columnCount else {
      throw ReportError(
        .wrongFieldCount,
        "\(destination.lastPathComponent): a row of \(fields.count) fields for \(columnCount) columns; give "
          + "every row one field a column")
    }
    buffer.append(contentsOf: writer.line(fields).utf8)
    if buffer.count >= Self.bufferSize { try flush() }
  }

  private func close() throws {
    try flush()
    do {
      // A pipe or a terminal has nothing to be made durable (EINVAL).
      guard fsync(handle.fileDescriptor) == 0 || errno == EINVAL else {
        throw POSIXError(.init(rawValue: errno) ?? .EIO)
      }
      try handle.close()
    } catch {
      throw ReportError.notWritten(destination, error)
    }
  }

  private func flush() throws {
    do {
      try handle.write(contentsOf: buffer)
    } catch {
      throw ReportError.notWritten(destination, error)
    }
    buffer.removeAll(keepingCapacity: true)
  }
}
