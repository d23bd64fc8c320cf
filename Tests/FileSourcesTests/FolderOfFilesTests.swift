import Cancellation
import Foundation
import FileSources
import Testing

@Suite struct `A folder of this machine` {
  @Test func `has a folder of it where that has a file that can be read`() async throws {
    let root = FileManager.default.temporaryDirectory.appendingPathComponent("folder-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: root) }
    for name in ["series", "empty", "nested/deep"] {
      try FileManager.default.createDirectory(
        at: root.appendingPathComponent(name), withIntermediateDirectories: true)
    }
    try Data("x".utf8).write(to: root.appendingPathComponent("series/1.dcm"))
    try Data("x".utf8).write(to: root.appendingPathComponent("nested/deep/1.dcm"))
    let source = FolderSource(root)
    for (path, isThere) in [("series", true), ("empty", false), ("nested", true), ("absent", false)] {
      let found = try await source.hasAny(of: [path], on: .unlimited)
      #expect(found == isThere, "\(path)")
    }
  }
}
