import Foundation
import Modelling
import StudyPlan
import Testing

@Suite struct `A model's file` {
  @Test func `that is too long is refused, also where a link leads to it`() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("model-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (long, link) = (
      folder.appendingPathComponent("long.json"), folder.appendingPathComponent("link.json")
    )
    try Data("{}".utf8).write(to: long)
    try FileManager.default.createSymbolicLink(at: link, withDestinationURL: long)
    let short = #expect(throws: StudyTaskError.self) { try ModelDocument(at: link) }
    #expect(short?.code == "not-a-model")
    let file = try FileHandle(forWritingTo: long)
    // A hole, which takes no room.
    try file.truncate(atOffset: (64 << 20) + 1)
    try file.close()
    for url in [long, link] {
      let error = #expect(throws: StudyTaskError.self) { try ModelDocument(at: url) }
      #expect(error?.code == "unreadable" && error?.sentence.contains("more than 67108864 bytes") == true)
    }
  }
}
