import Cancellation
import FileSources
import Foundation
import Testing

@Suite(.enabled(if: TestRemote.rclone != nil, "rclone is not installed"), .timeLimit(.minutes(15)))
struct `A cache of files` {
  @Test func `lets go of what nobody has used for longest, and stays within its size`() async throws {
    try await TestRemote.with { remote in
      for name in ["a", "b", "c"] { try remote.write("\(name) 4567890", to: name) }
      let source = try remote.source(size: 20)
      for name in ["a", "b", "a", "c", "a"] { _ = try await source.texts(of: [name]) }
      #expect(try remote.stored().count == 2)
      // b had to go for c.
      #expect(try remote.asked().count { $0 == "copy" } == 3)
      _ = try await source.texts(of: ["b"])
      #expect(try remote.asked().count { $0 == "copy" } == 4)
    }
  }

  @Test func `keeps what is in use, and says that it is full`() async throws {
    try await TestRemote.with { remote in
      for name in ["a", "b"] { try remote.write("\(name) 4567890", to: name) }
      let source = try remote.source(size: 15)
      let error = await #expect(throws: FileSourceError.self) {
        try await source.withFiles(["a"], on: .unlimited, companion: { _ in nil }) { _ in
          _ = try await source.texts(of: ["b"])
        }
      }
      #expect(error?.code == .cacheFull && error?.isOfMachine == true)
      #expect(try await source.texts(of: ["b"]) == ["b": "b 4567890"])
      let both = await #expect(throws: FileSourceError.self) { try await source.texts(of: ["a", "b"]) }
      #expect(both?.description.contains("--cache-size") == true)
    }
  }

  /// What another task may still fetch is not known then, and the cache might outgrow its size.
  @Test(arguments: ["", "many", "-5", "99999999999999999999"])
  func `takes nothing in while what a task has reserved cannot be read`(text: String) async throws {
    try await TestRemote.with { remote in
      for name in ["a", "b"] { try remote.write("\(name) 4567890", to: name) }
      let source = try remote.source(size: 100)
      let error = await #expect(throws: FileSourceError.self) {
        try await source.withFiles(["a"], on: .unlimited, companion: { _ in nil }) { files in
          let reservation = files.deletingLastPathComponent().appendingPathComponent("reserved")
          try Data(text.utf8).write(to: reservation)
          _ = try await source.texts(of: ["b"])
        }
      }
      #expect(error?.code == .cacheUnusable && error?.isOfMachine == true)
      #expect(error?.description.contains("--cache") == true)
      // It went with its task.
      #expect(try await source.texts(of: ["b"]) == ["b": "b 4567890"])
    }
  }

  @Test func `counts nothing for a task that has reserved nothing yet`() async throws {
    try await TestRemote.with { remote in
      for name in ["a", "b"] { try remote.write("\(name) 4567890", to: name) }
      let source = try remote.source(size: 100)
      try await source.withFiles(["a"], on: .unlimited, companion: { _ in nil }) { files in
        let reservation = files.deletingLastPathComponent().appendingPathComponent("reserved")
        try FileManager.default.removeItem(at: reservation)
        #expect(try await source.texts(of: ["b"]) == ["b": "b 4567890"])
      }
    }
  }

  @Test func `fetches a file again that was damaged on its disk`() async throws {
    try await TestRemote.with { remote in
      try remote.write("sound", to: "a")
      let source = try remote.source()
      _ = try await source.texts(of: ["a"])
      let name = try #require(try remote.stored().first)
      try Data("bound".utf8).write(to: remote.cache.appendingPathComponent("objects/\(name)"))
      #expect(try await source.texts(of: ["a"]) == ["a": "sound"])
    }
  }

  @Test func `is closed to others, and keeps no name of a file`() async throws {
    try await TestRemote.with { remote in
      try remote.write("x", to: "patient-17/scan.nii")
      _ = try await remote.source().texts(of: ["patient-17/scan.nii"])
      let manager = FileManager.default
      func rights(_ path: String) throws -> Int? {
        try manager.attributesOfItem(atPath: remote.cache.appendingPathComponent(path).path)[
          .posixPermissions] as? Int
      }
      #expect(try rights("") == 0o700)
      for path in try manager.subpathsOfDirectory(atPath: remote.cache.path) {
        #expect(try #require(try rights(path)) & 0o077 == 0, "\(path)")
        #expect(!path.contains("patient") && !path.contains("scan"))
      }
      try manager.setAttributes([.posixPermissions: 0o755], ofItemAtPath: remote.cache.path)
      let error = #expect(throws: FileSourceError.self) { try remote.source() }
      #expect(error?.code == .cacheUnusable)
    }
  }

  @Test func `removes what a process has left that died`() async throws {
    try await TestRemote.with { remote in
      try remote.write("1234567890", to: "a")
      let source = try remote.source(size: 15)
      let left = remote.cache.appendingPathComponent("work/of-the-dead")
      try FileManager.default.createDirectory(at: left, withIntermediateDirectories: true)
      try Data("10".utf8).write(to: left.appendingPathComponent("reserved"))
      #expect(try await source.texts(of: ["a"]) == ["a": "1234567890"])
      #expect(!FileManager.default.fileExists(atPath: left.path))
    }
  }
}
