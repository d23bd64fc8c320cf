import Foundation
import Synchronization

/// What a worker of the arena started, on disk at once, so that it is known even of a worker that is killed: the number of the task,
/// when it was enqueued and when it was started (seconds since 1970), 24 bytes each.
final class Journal: Sendable {
  private let file: Mutex<FileHandle>

  init(_ path: String) throws {
    _ = FileManager.default.createFile(atPath: path, contents: nil)
    file = Mutex(try FileHandle(forWritingTo: URL(fileURLWithPath: path)))
  }

  func started(_ stamps: [Stamp]) throws {
    let now = Date().timeIntervalSince1970
    var bytes = Data()
    for stamp in stamps {
      for word in [UInt64(bitPattern: stamp.number), stamp.enqueued.bitPattern, now.bitPattern] {
        for shift in stride(from: 0, to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: word >> shift)) }
      }
    }
    let line = bytes
    try file.withLock { try $0.write(contentsOf: line) }
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
