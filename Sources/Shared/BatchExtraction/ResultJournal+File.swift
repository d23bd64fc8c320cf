import Foundation
import Glibc

extension ResultJournal {
  /// Opens a journal for this process alone. It is made without a look before: of two that begin at the same moment
  /// one would empty what the other has begun.
  static func open(_ url: URL?) throws(BatchError) -> FileHandle {
    let place = url ?? FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    let isTemporary = url == nil
    let descriptor = unsafe Glibc.open(
      place.path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | (isTemporary ? O_EXCL : 0),
      isTemporary ? 0o600 : 0o640)
    guard descriptor >= 0 else {
      throw BatchError(
        .unwritable,
        "\(place.lastPathComponent) cannot be written: \(unsafe String(cString: strerror(errno)))")
    }
    let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    if url == nil { unsafe unlink(place.path) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      throw BatchError(
        .inUse, "\(place.lastPathComponent) is in use: another extraction writes the same output.")
    }
    return handle
  }

  /// Lets others have it, although a program that this process is just starting holds the file open for a moment longer.
  static func unlock(_ handle: FileHandle) { _ = flock(handle.fileDescriptor, LOCK_UN) }

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
