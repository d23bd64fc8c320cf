import Foundation

/// `schema.sql` as a list of numbered steps.
///
/// A step begins at a line `-- step 3: title`, at the very start of that line, and ends before the next one.
/// What stands before the first is the file's header, and not run. Steps count from 1 without gaps.
package struct SchemaFile: Sendable, Equatable {
  package struct Step: Sendable, Equatable {
    package let number: Int
    package let title: String
    /// The text between the markers, without blank space around it, so that appending a step changes no
    /// other.
    package let sql: String
    /// Line of the file on which `sql` begins, counted from 1.
    package let firstLine: Int
  }

  package let steps: [Step]

  package init(contentsOf file: URL) throws(PostgresError) {
    let text: String
    do {
      text = try String(contentsOf: file, encoding: .utf8)
    } catch {
      throw PostgresError(
        .schema, "cannot read the schema file \(file.lastPathComponent): \(error.localizedDescription)")
    }
    try self.init(text: text)
  }

  package init(text: String) throws(PostgresError) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let markers = lines.indices.compactMap { line in
      lines[line].wholeMatch(of: #/-- step ([0-9]+): *(.*?)\s*/#).map {
        (line: line, number: $0.1, title: $0.2)
      }
    }
    guard !markers.isEmpty else {
      throw PostgresError(.schema, "the schema file has no line `-- step 1: title`")
    }
    var steps: [Step] = []
    for (index, marker) in markers.enumerated() {
      guard Int(marker.number) == index + 1, !marker.title.isEmpty else {
        throw PostgresError(
          .schema, "line \(marker.line + 1) of the schema file should read `-- step \(index + 1): title`")
      }
      let end = index + 1 < markers.count ? markers[index + 1].line : lines.count
      let body = lines[(marker.line + 1)..<end]
      guard let first = body.firstIndex(where: { !$0.allSatisfy(\.isWhitespace) }) else {
        throw PostgresError(.schema, "step \(index + 1) of the schema file is empty")
      }
      let sql = body[first...].joined(separator: "\n").trimmingCharacters(in: .whitespacesAndNewlines)
      steps.append(Step(number: index + 1, title: String(marker.title), sql: sql, firstLine: first + 1))
    }
    self.steps = steps
  }
}
