import Foundation
import TestSupport
import Testing

@Suite struct `The page for contributors` {
  private static func text() throws -> String {
    try String(
      contentsOf: ReferenceData.repository.appendingPathComponent("CONTRIBUTING.md"), encoding: .utf8)
  }

  @Test func `names files that exist`() throws {
    let folders = ["", "Sources", "Sources/Shared"].map {
      ReferenceData.repository.appendingPathComponent($0)
    }
    let named = try Self.text().matches(of: #/`(\w+/[\w/+]+\.(?:swift|sql))`/#).map { String($0.1) }
    #expect(named.count > 40)
    let missing = named.filter { path in
      !path.contains("NAME")
        && !folders.contains { FileManager.default.fileExists(atPath: $0.appendingPathComponent(path).path) }
    }
    #expect(missing == [])
  }

  @Test func `counts the files and the returns of its walk`() throws {
    let text = try Self.text()
    let said = try #require(text.firstMatch(of: #/: (\d+) files in the order .+ and (\d+) returns/#))
    let start = try #require(text.range(of: "| manifest row |"))
    let end = try #require(text.range(of: "Beside the walk lie"))
    let walk = text[start.lowerBound..<end.lowerBound]
    let files = walk.matches(of: #/`([\w/+]+\.(?:swift|sql))`/#).map { String($0.1) }
    #expect(Set(files).count == files.count)
    #expect(files.count == Int(said.1))
    #expect(walk.count { $0 == "↩" } == Int(said.2))
  }
}
