import Foundation
import TestSupport
import Testing

@Suite struct `The page of troubleshooting` {
  @Test func `names messages and codes as the programs say them`() throws {
    let page = try String(
      contentsOf: ReferenceData.repository.appendingPathComponent("Documentation/troubleshooting.md"),
      encoding: .utf8)
    let rows = page.split(separator: "\n").filter {
      $0.hasPrefix("| `") && !$0.contains("PostgreSQL's own words")
    }
    #expect(rows.count > 20)
    let sources = try Self.sources()
    for row in rows {
      let message = try #require(row.split(separator: "`").dropFirst().first)
      #expect(sources.contains { $0.contains(message) }, "\(message)")
    }
  }

  /// The text of every Swift and SQL file of the programs.
  private static func sources() throws -> [String] {
    let folder = ReferenceData.repository.appendingPathComponent("Sources")
    return try FileManager.default.subpathsOfDirectory(atPath: folder.path)
      .filter { $0.hasSuffix(".swift") || $0.hasSuffix(".sql") }
      .map { try String(contentsOf: folder.appendingPathComponent($0), encoding: .utf8) }
  }
}
