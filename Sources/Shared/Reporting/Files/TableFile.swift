import DelimitedText
import Foundation

/// A CSV file that is written row by row and appears under its name only when it is complete.
///
/// Rows go to a hidden file in the same folder, which `finish()` renames; if the writer is dropped before
/// that, the hidden file is removed and what stood under the name before stays.
package final class TableFile {
  private let destination: URL
  private let temporary: URL
  private let handle: FileHandle
  private let writer = DelimitedWriter()
  private let columnCount: Int
  private var buffer = Data()
  private var isFinished = false

  private static let bufferSize = 1 << 16

  /// Creates the file with its header.
  package init(at destination: URL, columns: [String]) throws {
    self.destination = destination
    temporary = PrivateFiles.temporary(for: destination)
    columnCount = columns.count
    do {
      handle = try PrivateFiles.create(temporary)
    } catch {
      throw ReportError.notWritten(destination, error)
    }
    try append(columns)
  }

  deinit {
    guard !isFinished else { return }
    // Nothing waits for these results: a hidden file that cannot be removed harms nobody.
    try? handle.close()
    try? FileManager.default.removeItem(at: temporary)
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

  /// Writes what is left and gives the file its name.
  package func finish() throws {
    try flush()
    do {
      try handle.synchronize()
      try handle.close()
    } catch {
      throw ReportError.notWritten(destination, error)
    }
    try AtomicFile.rename(temporary, to: destination)
    isFinished = true
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
