import DelimitedText
import Foundation

/// Cases that a reader of the pictures marked, with the reason: a study does not use them.
///
/// A table with columns `ID`, `Reason` and, where they are needed to tell cases apart, `Site` and `Image`, as the page of pictures
/// writes it. `Image` may stand in place of `ID`: so do the pages that workers make, who know no IDs.
package struct ReaderMarks: Equatable, Sendable {
  /// Most letters of a reason, which the report prints.
  package static let reasonLimit = 200

  package struct Mark: Equatable, Sendable {
    /// Empty: whoever has the image.
    package var subject: String
    /// Empty: the subject's site, whichever it is.
    package var site: String
    /// Empty: all images of the subject.
    package var image: String
    package var reason: String
    package var line: Int
  }

  package let marks: [Mark]
  private let name: String

  /// - Throws: `StudyError` that names the line.
  package init(at url: URL) throws(StudyError) {
    let bytes: [UInt8]
    do {
      bytes = Array(try Data(contentsOf: url))
    } catch {
      throw .notRead("The table of marks \(url.path)", at: url, error)
    }
    try self.init(csv: bytes, name: url.lastPathComponent)
  }

  package init(csv bytes: [UInt8], name: String) throws(StudyError) {
    self.name = name
    do throws(DelimitedTextError) {
      var table = try TableReader(bytes, label: name)
      let header = table.header.map { $0.lowercased() }
      let (subject, site) = (header.firstIndex(of: "id"), header.firstIndex(of: "site"))
      let image = header.firstIndex(of: "image")
      guard subject ?? image != nil, let reason = header.firstIndex(of: "reason") else {
        throw DelimitedTextError(
          code: .noHeader, label: name, line: 1, column: 1,
          reason:
            "marks need columns ID and Reason, and may have Site and Image; Image may stand in place of ID")
      }
      var marks: [Mark] = []
      while let row = try table.next() {
        func field(_ place: Int?) -> String { place.map { row.fields[$0].trimmingBlanks } ?? "" }
        marks.append(
          Mark(
            subject: field(subject), site: field(site), image: field(image), reason: field(reason),
            line: row.line))
      }
      self.marks = marks
    } catch {
      throw StudyError(.badManifest, error.description)
    }
    try check()
  }

  private func check() throws(StudyError) {
    for mark in marks {
      let place = "\(name), line \(mark.line)"
      guard !mark.subject.isEmpty || !mark.image.isEmpty else {
        throw StudyError(
          .badManifest, "\(place): ID and Image are empty; give the ID of the manifest, or the image.")
      }
      guard !mark.reason.isEmpty, mark.reason.count <= Self.reasonLimit else {
        throw StudyError(
          .badManifest,
          "\(place): Reason has \(mark.reason.count) letters; give 1 to \(Self.reasonLimit), which the report prints, and name nobody."
        )
      }
      guard mark.reason.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
        throw StudyError(
          .badManifest, "\(place): Reason holds a line break or a control character; write it in one line.")
      }
    }
  }

  /// Why rows of a manifest are not used, by their places.
  /// - Throws: `StudyError` where a mark fits no row, or subjects of several sites.
  package func reasons(for rows: [Manifest.Row]) throws(StudyError) -> [Int: String] {
    let places = Dictionary(grouping: rows.indices) { rows[$0].subject.precomposedStringWithCanonicalMapping }
    let ofImages = Dictionary(grouping: rows.indices) { rows[$0].image }
    var reasons: [Int: String] = [:]
    for mark in marks {
      let subject = mark.subject.precomposedStringWithCanonicalMapping
      let named = subject.isEmpty ? ofImages[mark.image] : places[subject]
      let fitting = (named ?? []).filter { place in
        (mark.site.isEmpty || rows[place].site == mark.site)
          && (mark.image.isEmpty || rows[place].image == mark.image)
      }
      guard !fitting.isEmpty else {
        throw StudyError(
          .badManifest,
          "\(name), line \(mark.line): the manifest has no case of this \(mark.fields); correct the line or remove it."
        )
      }
      guard Set(fitting.map { rows[$0].site }).count == 1 else {
        throw StudyError(
          .badManifest,
          "\(name), line \(mark.line): several sites have this \(subject.isEmpty ? "Image" : "ID"); name the one in column Site."
        )
      }
      for place in fitting { reasons[place] = reasons[place] ?? mark.reason }
    }
    return reasons
  }
}

extension ReaderMarks.Mark {
  /// The columns by which it names cases.
  fileprivate var fields: String {
    let given = [("ID", subject), ("Site", site), ("Image", image)].filter { !$0.1.isEmpty }.map(\.0)
    guard let last = given.last, given.count > 1 else { return given.first ?? "ID" }
    return given.dropLast().joined(separator: ", ") + " and " + last
  }
}

extension String {
  fileprivate var trimmingBlanks: String { trimmingCharacters(in: .whitespaces) }
}
