import Foundation
import Synchronization

/// What machines did, on disk at once, so that it is known even of one that is lost. 40 bytes an event: what, the task, the fence of
/// its claim, the worker, and when (seconds since 1970).
final class Journal: Sendable {
  enum Event: UInt64 {
    case begun = 1
    case computed, sent, ok, already, stale
  }

  private let file: Mutex<FileHandle>

  init(_ path: String) throws {
    _ = FileManager.default.createFile(atPath: path, contents: nil)
    file = Mutex(try FileHandle(forWritingTo: URL(fileURLWithPath: path)))
  }

  func note(_ event: Event, task: Int64, fence: Int64, worker: Int64) throws {
    let words = [
      event.rawValue, UInt64(bitPattern: task), UInt64(bitPattern: fence), UInt64(bitPattern: worker),
      Date().timeIntervalSince1970.bitPattern,
    ]
    var bytes = Data(capacity: words.count * 8)
    for word in words {
      for shift in stride(from: 0, to: 64, by: 8) {
        bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
      }
    }
    let line = bytes
    try file.withLock { try $0.write(contentsOf: line) }
  }
}
