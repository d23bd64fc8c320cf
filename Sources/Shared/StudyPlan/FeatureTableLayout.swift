import DelimitedText
import Yams

/// How a table of features is read: what its columns are called, and which of the others are features.
package struct FeatureTableLayout: Equatable, Sendable {
  /// Header of the table for a column of the manifest, where it is not the manifest's.
  var headers: [ManifestReader.Column: String] = [:]
  /// Numeric columns that are no features.
  var excluded: [String] = []
  /// Column with the digest of each case's image, by which copies are known; `nil` where the study names none.
  package internal(set) var digestColumn: String?
  /// Where not empty, features are columns whose name begins with one of these.
  var prefixes: [String] = []

  /// Column of events of a survival study, which is its outcome; `nil` elsewhere.
  var events: String?
  /// Columns of the outcome of a survival study, which are no features wherever they stand.
  var outcomeColumns: [String] = []

  /// Columns called as in a manifest; all others may be features.
  package init() {}

  /// Columns of the table that a study file may name, by their key.
  private static let keys: [(String, ManifestReader.Column)] = [
    ("id", .id), ("site", .site), ("outcome", .outcome), ("split", .split), ("group", .group),
    ("image", .image), ("mask", .mask),
  ]

  /// The section `features`: a path, or `{table: PATH, id: …, outcome: …, exclude: […], prefixes: […], image_digest: …}`.
  static func read(_ node: Node, at path: String) throws(StudyError) -> (String, FeatureTableLayout?) {
    var layout = FeatureTableLayout()
    guard node.mapping != nil else { return (try node.text(at: path), layout) }
    let section = try StrictMapping(
      node, at: path, known: ["table", "exclude", "prefixes", "image_digest"] + keys.map(\.0))
    let table = try section.required("table").text(at: section.place("table"))
    for (key, column) in keys { layout.headers[column] = try section.string(key) }
    layout.digestColumn = try section.string("image_digest")
    for item in section.items("exclude") ?? [] {
      layout.excluded.append(try item.text(at: section.place("exclude")))
    }
    for item in section.items("prefixes") ?? [] {
      layout.prefixes.append(try item.text(at: section.place("prefixes")))
    }
    return (table, layout)
  }

  /// Header of the outcome as errors call it.
  package var outcomeHeader: String { events ?? headers[.outcome] ?? ManifestReader.Column.outcome.rawValue }

  /// Positions of the columns that the study file names.
  func namedColumns(in table: DelimitedTable) throws(StudyError) -> [ManifestReader.Column: Int] {
    var positions: [ManifestReader.Column: Int] = [:]
    for (key, column) in Self.keys {
      guard let header = headers[column] else { continue }
      guard let position = table.index(of: header) else {
        throw StudyError(
          .badManifest,
          "features.\(key): \(table.label) has no column '\(header)'."
            + suggestion(for: header, among: table.header))
      }
      positions[column] = position
    }
    return positions
  }
}
