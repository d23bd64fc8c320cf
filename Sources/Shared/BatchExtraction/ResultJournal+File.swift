import Foundation
import Glibc

extension ResultJournal {
  static func open(_ url: URL?) throws(BatchError) -> FileHandle {
    let place = url ?? FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    do {
      if !FileManager.default.fileExists(atPath: place.path) { try Data().write(to: place) }
      let handle = try FileHandle(forUpdating: place)
      if url == nil { try FileManager.default.removeItem(at: place) }
      guard flock(handle.fileDescriptor, LOCK_EX | LOCK_NB) == 0 else {
        throw BatchError(
          .inUse, "\(place.lastPathComponent) is in use: another extraction writes the same output.")
      }
      return handle
    } catch let error as BatchError {
      throw error
    } catch {
      throw BatchError(
        .unwritable, "\(place.lastPathComponent) cannot be written: \(error.localizedDescription)")
    }
  }

  /// Returns the new end.
  static func append(_ text: String, to handle: FileHandle, at end: Int) throws(BatchError) -> Int {
    let bytes = Data(text.utf8)
    try reporting {
      try handle.seek(toOffset: UInt64(end))
      try handle.write(contentsOf: bytes)
    }
    return end + bytes.count
  }

  static func read(_ handle: FileHandle, _ place: Place) throws(BatchError) -> Data {
    try reporting {
      try handle.seek(toOffset: UInt64(place.offset))
      return try handle.read(upToCount: Int(place.length)) ?? Data()
    }
  }

  static func cut(_ handle: FileHandle, at end: Int) throws(BatchError) {
    try reporting { try handle.truncate(atOffset: UInt64(end)) }
  }

  static func reporting<Value>(_ body: () throws -> Value) throws(BatchError) -> Value {
    do {
      return try body()
    } catch {
      throw BatchError(
        .unwritable,
        "The journal of results cannot be written or read (\(error.localizedDescription)); make room on the "
          + "disk and start again: what is there is kept.")
    }
  }
}

extension BatchError {
  func naming(_ url: URL) -> BatchError {
    code == .notAJournal ? BatchError(code, "\(url.lastPathComponent): \(message)") : self
  }
}
