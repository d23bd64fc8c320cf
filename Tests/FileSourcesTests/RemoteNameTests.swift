import FileSources
import Foundation
import Testing

@Suite struct `The name of a root` {
  @Test(arguments: ["/data/images", "images", "./nas:images", "/nas:images", "images/a:b", "."])
  func `is that of a folder`(name: String) throws {
    #expect(try RemoteName(name, environment: [:]) == nil)
  }

  @Test(arguments: [
    "s3://bucket", "s3://bucket/some/prefix", "nas:", "nas:images", "nas:/images", "my nas:a",
  ])
  func `is that of a remote`(name: String) throws {
    #expect(try RemoteName(name, environment: [:])?.text == name)
  }

  /// Settings in the name would show in lists of processes, and a dash could make an option of it.
  @Test(arguments: [
    "s3://", "s3:///prefix", ":s3:bucket", ":webdav,url=x,pass=y:", "nas,pass=secret:images", "-nas:images",
    "--config:x", "nas:../other", "s3://bucket/../other",
  ])
  func `is none that rclone could take for something else`(name: String) {
    let error = #expect(throws: FileSourceError.self) { try RemoteName(name, environment: [:]) }
    #expect(error?.code == .badSource)
  }

  @Test func `of a folder that is there is that of the folder`() async throws {
    try await TestRemote.with { remote in
      let folder = remote.folder.appendingPathComponent("nas:images")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      #expect(try RemoteName(folder.path, environment: [:]) == nil)
    }
  }

  @Test func `that is neither is refused`() {
    let error = #expect(throws: FileSourceError.self) {
      try fileSource(named: "/no/such/folder") { () throws(FileSourceError) in
        throw FileSourceError(.other, "nothing is fetched for a folder")
      }
    }
    #expect(error?.code == .badSource)
  }
}
