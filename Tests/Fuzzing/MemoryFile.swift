import Foundation

/// A file in memory, for what is read from a file: written anew for each input.
struct MemoryFile: Sendable {
  /// Made and removed by `Tests/Fuzzing/run`.
  static let folder = URL(
    fileURLWithPath: ProcessInfo.processInfo.environment["FUZZ_MEMORY"] ?? NSTemporaryDirectory())

  let url: URL

  init(_ name: String) {
    url = Self.folder.appendingPathComponent("fuzz-\(getpid())-\(name)")
  }

  /// Calls `body` while the file holds these bytes; nobody else may read it.
  func holding<Value>(_ bytes: [UInt8], _ body: (URL) throws -> Value) throws -> Value {
    defer { unsafe unlink(url.path) }
    let descriptor = unsafe open(url.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { fatalError("\(url.path): cannot be written (error \(errno))") }
    let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    try file.write(contentsOf: Data(bytes))
    try file.close()
    return try body(url)
  }
}
