import Foundation

/// Reads the lines of a journal up to the first that is torn.
struct JournalScan {
  private static let pieceLength = 1 << 20

  private let handle: FileHandle
  private var buffer: [UInt8] = []
  private var position = 0
  private var lists = 0
  /// End of the last whole line.
  private(set) var end = 0

  init(_ handle: FileHandle) { self.handle = handle }

  /// The next whole line; `nil` at the end, or where a line is torn.
  /// - Throws: `notAJournal` for a file that does not begin as one.
  mutating func next() throws(BatchError) -> JournalLine.Kind? {
    if end == 0 {
      guard let first = try nextLine() else {
        guard buffer.isEmpty || Array(JournalLine.signature.utf8).starts(with: buffer) else {
          throw notAJournal()
        }
        return nil
      }
      guard String(decoding: first, as: UTF8.self) + "\n" == JournalLine.signature else {
        throw notAJournal()
      }
      end = first.count + 1
    }
    guard let line = try nextLine(), let kind = JournalLine.kind(of: line, at: end, listCount: lists) else {
      return nil
    }
    if case .names = kind { lists += 1 }
    end += line.count + 1
    return kind
  }

  private mutating func nextLine() throws(BatchError) -> ArraySlice<UInt8>? {
    var searched = position
    while true {
      if let lineFeed = buffer[searched...].firstIndex(of: 0x0A) {
        defer { position = lineFeed + 1 }
        return buffer[position..<lineFeed]
      }
      searched = buffer.count - position
      buffer.removeFirst(position)
      position = 0
      let piece = try ResultJournal.reporting { try handle.read(upToCount: Self.pieceLength) ?? Data() }
      if piece.isEmpty { return nil }
      buffer.append(contentsOf: piece)
    }
  }

  private func notAJournal() -> BatchError {
    BatchError(
      .notAJournal, "this is no journal of an extraction; remove it, or write the features elsewhere.")
  }
}
