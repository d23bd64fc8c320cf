import Foundation
import Synchronization

/// What a worker of the arena started, on disk at once, so that it is known even of a worker that is killed: the number of the task,
/// when it was enqueued and when it was started (seconds since 1970), 24 bytes each.
final class Journal: Sendable {
  /// By which the arena knows that a run says nothing: EX_IOERR.
  private static let cannotWrite: CInt = 74

  private let file: Mutex<FileHandle>

  init(_ path: String) throws {
    _ = FileManager.default.createFile(atPath: path, contents: nil)
    file = Mutex(try FileHandle(forWritingTo: URL(fileURLWithPath: path)))
  }

  /// Ends the process where it cannot be written: a task without its line would count as lost, and the queue as one that loses tasks.
  func started(_ stamps: [Stamp]) {
    let now = Date().timeIntervalSince1970
    var bytes = Data()
    for stamp in stamps {
      for word in [UInt64(bitPattern: stamp.number), stamp.enqueued.bitPattern, now.bitPattern] {
        for shift in stride(from: 0, to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: word >> shift)) }
      }
    }
    let line = bytes
    do {
      try file.withLock { try $0.write(contentsOf: line) }
    } catch {
      FileHandle.standardError.write(
        Data("arena-worker: the journal cannot be written (\(error)), so that the run says nothing\n".utf8))
      exit(Self.cannotWrite)
    }
  }
}

/// The payload of a task of the arena: its number, and when it was enqueued.
struct Stamp: Codable {
  let number: Int64
  let enqueued: Double

  enum CodingKeys: String, CodingKey {
    case number = "n"
    case enqueued = "t"
  }

  /// Without a JSON decoder, which would cost more than a task here: the two numbers of `{"n": 1, "t": 2.5}`.
  init(payload: String) {
    let words = payload.split { !"0123456789.eE+-".contains($0) }.filter { $0.first?.isNumber == true }
    number = words.first.flatMap { Int64($0) } ?? -1
    enqueued = words.dropFirst().first.flatMap { Double($0) } ?? 0
  }
}
