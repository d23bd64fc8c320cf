import Foundation
import Reporting
import TestSupport
import Testing

/// Every DOI of the repository is of the right form, and stands in the list of works cited.
@Suite struct `Works cited by DOI` {
  private static let list = "Documentation/references.md"

  /// Files of the repository that may cite, below some folders and at its top.
  private static func files() throws -> [URL] {
    let root = ReferenceData.repository
    let kinds = ["swift", "md", "c", "h", "py", "R", "yaml", "sql", "cff"]
    let below = try ["Sources", "Documentation", "Benchmarks", "Examples"].flatMap { folder in
      let walk = try #require(
        FileManager.default.enumerator(
          at: root.appendingPathComponent(folder), includingPropertiesForKeys: nil))
      return walk.compactMap { $0 as? URL }
    }
    let top = ["README.md", "CHANGELOG.md", "CITATION.cff"].map(root.appendingPathComponent)
    return (below + top).filter { kinds.contains($0.pathExtension) && !$0.path.hasSuffix(list) }
  }

  /// DOIs of a text, without the signs that a sentence, a link or a tag puts behind them.
  private static func identifiers(in text: String) -> [String] {
    text.matches(of: #/10\.[0-9]{4,9}/[^\s"'`|,\\\]]+/#).map { match in
      var found = String(match.output)
      if let tag = found.range(of: "</") { found = String(found[..<tag.lowerBound]) }
      func outnumbers(_ closing: Character, _ opening: Character) -> Bool {
        found.count { $0 == closing } > found.count { $0 == opening }
      }
      while let last = found.last,
        ".;:*".contains(last) || last == ")" && outnumbers(")", "(") || last == ">" && outnumbers(">", "<")
      {
        found.removeLast()
      }
      return found
    }
  }

  @Test func `are listed, whether they were looked up or not`() throws {
    let text = try String(
      contentsOf: ReferenceData.repository.appendingPathComponent(Self.list), encoding: .utf8)
    let listed = Self.identifiers(in: text)
    #expect(listed.count == Set(listed).count)
    var cited: Set<String> = []
    for file in try Self.files() {
      guard let text = try? String(contentsOf: file, encoding: .utf8) else { continue }
      cited.formUnion(Self.identifiers(in: text))
    }
    #expect(cited.subtracting(listed) == [], "look these up, and list them in \(Self.list)")
    #expect(Set(listed).subtracting(cited) == [], "these are cited no more")
  }

  @Test func `are of the right form, and links go where they say`() throws {
    for file in try Self.files() {
      guard let text = try? String(contentsOf: file, encoding: .utf8) else { continue }
      for found in Self.identifiers(in: text) {
        #expect(
          found.wholeMatch(of: #/10\.[0-9]{4,9}/[(A-Za-z0-9][-._;()/:<>A-Za-z0-9]*[A-Za-z0-9)]/#) != nil,
          "\(file.lastPathComponent): \(found)")
      }
      for link in text.matches(of: #/\[(10\.[0-9]{4,9}/[^\]]+)\]\(https://doi\.org/([^\s]+?)\)[^0-9]/#) {
        #expect(link.output.1 == link.output.2, "\(file.lastPathComponent): \(link.output.1)")
      }
    }
  }
}
