import Cancellation
import FileSources
import Foundation
import Testing

#if canImport(Glibc)
  import Glibc
#endif

@Suite(.timeLimit(.minutes(15))) struct `A folder as a source of files` {
  private func withFolder(_ body: (URL) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(folder)
  }

  /// Whoever opens a pipe waits for its writer; a device may have no end.
  @Test func `does not wait for a pipe or a device in the place of an image`() async throws {
    try await withFolder { folder in
      try #require(unsafe mkfifo(folder.appendingPathComponent("pipe").path, 0o600) == 0)
      try FileManager.default.createSymbolicLink(
        atPath: folder.appendingPathComponent("device").path, withDestinationPath: "/dev/zero")
      let source = FolderSource(folder)
      let look = Computation(limit: .seconds(600), grace: .seconds(600), onStuck: {})
      for name in ["pipe", "device", ".", "absent"] {
        #expect(try await !source.hasAny(of: ["./\(name)"], on: look), "\(name)")
      }
      try Data("x".utf8).write(to: folder.appendingPathComponent("file"))
      #expect(try await source.hasAny(of: ["pipe", "device", "file"], on: look))
    }
  }
}
