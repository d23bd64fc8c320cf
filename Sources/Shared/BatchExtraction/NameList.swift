import StudyPlan

/// What the columns of a result are called.
package struct NameList: Hashable, Sendable {
  package var diagnostics: [String]
  package var features: [String]

  init(diagnostics: [String] = [], features: [String] = []) {
    self.diagnostics = diagnostics
    self.features = features
  }

  init(_ found: ExtractedFeatures) {
    self.init(diagnostics: found.diagnostics.entries.map(\.name), features: found.names)
  }

  /// All names of several lists, each once.
  init(joining lists: [NameList]) {
    self.init(
      diagnostics: Self.joined(lists.map(\.diagnostics)), features: Self.joined(lists.map(\.features)))
  }

  private static func joined(_ lists: [[String]]) -> [String] {
    var seen: Set<String> = []
    return lists.flatMap { $0 }.filter { seen.insert($0).inserted }
  }
}
