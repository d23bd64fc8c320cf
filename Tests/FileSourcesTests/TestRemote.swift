import Cancellation
import FileSources
import Foundation

/// A remote of rclone's that is a folder of this machine, with a cache, and a record of what rclone was asked to do.
struct TestRemote: Sendable {
  let folder: URL
  var files: URL { folder.appendingPathComponent("files") }
  var cache: URL { folder.appendingPathComponent("cache") }
  private var program: URL { folder.appendingPathComponent("bin/rclone") }
  private var record: URL { folder.appendingPathComponent("record") }

  static let rclone = ProcessInfo.processInfo.environment["PATH", default: ""].split(separator: ":").map {
    "\($0)/rclone"
  }.first { FileManager.default.isExecutableFile(atPath: $0) }

  /// - Parameter script: lines of a shell that run before rclone does, with what it is asked as `$@`.
  static func with<Value>(script: String = "", _ body: (TestRemote) async throws -> Value) async throws
    -> Value
  {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("remote-\(UUID().uuidString)")
    let remote = TestRemote(folder: folder)
    for place in [remote.files, remote.program.deletingLastPathComponent()] {
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    }
    let text = """
      #!/bin/sh
      echo "$1 $$" >> '\(remote.record.path)'
      \(script.replacing("FILES", with: remote.files.path))
      exec '\(rclone ?? "rclone")' "$@"
      """
    try Data(text.utf8).write(to: remote.program)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: remote.program.path)
    let outcome: Result<Value, any Error>
    do { outcome = .success(try await body(remote)) } catch { outcome = .failure(error) }
    try FileManager.default.removeItem(at: folder)
    return try outcome.get()
  }

  /// - Parameters:
  ///   - size: of the cache, in bytes.
  ///   - name: of the remote.
  func source(size: Int64 = 1 << 20, name: String = "test:", path: String? = nil) throws -> RemoteSource {
    let environment = [
      "PATH": path ?? "\(program.deletingLastPathComponent().path):/usr/bin:/bin",
      "RCLONE_CONFIG": folder.appendingPathComponent("rclone.conf").path,
      "RCLONE_CONFIG_TEST_TYPE": "alias", "RCLONE_CONFIG_TEST_REMOTE": files.path,
      "RCLONE_CONFIG_AWAY_TYPE": "webdav", "RCLONE_CONFIG_AWAY_URL": "http://127.0.0.1:1",
    ]
    guard let remote = try RemoteName(name, environment: environment) else {
      throw FileSourceError(.badSource, "\(name) is the name of a folder")
    }
    return RemoteSource(remote, cache: try FileCache(in: cache, size: size))
  }

  func write(_ text: String, to path: String) throws {
    let file = files.appendingPathComponent(path)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
  }

  /// What rclone was asked to do, in order.
  func asked() throws -> [Substring] {
    try String(contentsOf: record, encoding: .utf8).split(separator: "\n").compactMap {
      $0.split(separator: " ").first
    }
  }

  /// Number of the process that was started last.
  func lastProcess() throws -> Int32? {
    try String(contentsOf: record, encoding: .utf8).split(separator: "\n").last?.split(separator: " ").last
      .flatMap {
        Int32($0)
      }
  }

  /// Names of what the cache holds.
  func stored() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: cache.appendingPathComponent("objects").path)
  }
}

extension FileSource {
  /// The texts of those of the files that are there.
  func texts(
    of paths: [String], on computation: Computation = .unlimited,
    companion: @escaping @Sendable (URL) -> String? = { _ in nil }, also others: [String] = []
  ) async throws -> [String: String] {
    try await withFiles(paths, on: computation, companion: companion) { root in
      var texts: [String: String] = [:]
      for path in paths + others {
        let file = root.appendingPathComponent(path)
        guard FileManager.default.fileExists(atPath: file.path) else { continue }
        texts[path] = try String(contentsOf: file, encoding: .utf8)
      }
      return texts
    }
  }
}
