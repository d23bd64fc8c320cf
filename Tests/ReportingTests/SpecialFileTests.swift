import Foundation
import Glibc
import Reporting
import Testing

@Suite struct `A result under a name that is no regular file's` {
  /// A folder with a link to a device, and a named pipe.
  private final class Place {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("special-\(UUID().uuidString)")

    init() throws {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func link(to path: String) throws -> URL {
      let link = folder.appendingPathComponent("link")
      try FileManager.default.createSymbolicLink(atPath: link.path, withDestinationPath: path)
      return link
    }

    /// A pipe with its end for reading, which is opened first so that writing finds a reader.
    func pipe() throws -> (name: URL, end: FileHandle) {
      let name = folder.appendingPathComponent("pipe")
      try #require(unsafe mkfifo(name.path, 0o600) == 0)
      let descriptor = unsafe open(name.path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
      try #require(descriptor >= 0)
      return (name, FileHandle(fileDescriptor: descriptor, closeOnDealloc: true))
    }

    func type(of name: URL) throws -> FileAttributeType? {
      try FileManager.default.attributesOfItem(atPath: name.path)[.type] as? FileAttributeType
    }

    var names: [String] {
      get throws { try FileManager.default.contentsOfDirectory(atPath: folder.path) }
    }
  }

  @Test func `goes to the reader of a pipe, and the pipe stays`() throws {
    let place = try Place()
    let (name, end) = try place.pipe()
    try AtomicFile.write(Data("a page".utf8), to: name)
    #expect(end.availableData == Data("a page".utf8))
    try TableFile.write([["1", "0.5"]], under: ["ID", "Probability"], to: name)
    #expect(
      String(decoding: end.availableData, as: UTF8.self).split(whereSeparator: \.isNewline) == [
        "ID,Probability", "1,0.5",
      ])
    #expect(try place.names == ["pipe"])
    #expect(try place.type(of: name) != .typeRegular)
  }

  @Test func `leaves a device, and a link to it, what they are`() throws {
    let place = try Place()
    let link = try place.link(to: "/dev/null")
    try AtomicFile.write(Data("a page".utf8), to: link)
    try TableFile.write([["1"]], under: ["ID"], to: link)
    #expect(try place.type(of: link) == .typeSymbolicLink)
    #expect(try place.names == ["link"])
  }

  @Test func `is refused where a device has no room`() throws {
    let place = try Place()
    let full = try place.link(to: "/dev/full")
    #expect(throws: ReportError.self) { try AtomicFile.write(Data("a page".utf8), to: full) }
    #expect(throws: ReportError.self) { try TableFile.write([["1"]], under: ["ID"], to: full) }
    #expect(try place.type(of: full) == .typeSymbolicLink)
  }

  @Test func `is refused, and removed, where it is a file already and would take a pipe's place`() throws {
    let place = try Place()
    let (name, _) = try place.pipe()
    let packed = place.folder.appendingPathComponent("packed")
    try Data("tar".utf8).write(to: packed)
    let error = try #require(throws: ReportError.self) { try AtomicFile.rename(packed, to: name) }
    #expect(error.code == .fileNotWritten && error.message.contains("is no regular file"))
    #expect(try place.names == ["pipe"])
  }
}
