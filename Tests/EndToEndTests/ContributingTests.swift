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

  /// The walk as the table gives it, and what the sentence above it counts.
  private static func walk() throws -> (said: [Int], table: Substring) {
    let text = try text()
    let sentence = #/: (\d+) files in .+ and (\d+) returns: (\d+) times [^↩]+↩\), and (\d+) times [^←]+←\)/#
    let said = try #require(text.firstMatch(of: sentence))
    let start = try #require(text.range(of: "| manifest row |"))
    let end = try #require(text.range(of: "Beside the walk lie"))
    return (
      [said.1, said.2, said.3, said.4].compactMap { Int($0) }, text[start.lowerBound..<end.lowerBound]
    )
  }

  @Test func `counts the files and the returns of its walk`() throws {
    let (said, walk) = try Self.walk()
    let files = walk.matches(of: #/`([\w/+]+\.(?:swift|sql))`/#).map { String($0.1) }
    #expect(Set(files).count == files.count)
    let (entered, goneOn) = (walk.count { $0 == "↩" }, walk.count { $0 == "←" })
    #expect(said == [files.count, entered + goneOn, entered, goneOn])
    #expect(files.count <= 35)
  }

  /// A return is to a file that was entered before.
  @Test func `returns to files of its walk only`() throws {
    let (_, walk) = try Self.walk()
    var entered: Set<String> = []
    for step in walk.matches(of: #/(?<arrow>[↩←]?) ?`(?<file>[\w/+.]+)`/#) {
      let name = String(step.file.split(separator: "/").last ?? "").replacing(#/\.(swift|sql)$/#, with: "")
      if step.arrow.isEmpty { entered.insert(name) }
      #expect(entered.contains(name), "\(name)")
    }
    #expect(entered.count == 35)
  }
}
