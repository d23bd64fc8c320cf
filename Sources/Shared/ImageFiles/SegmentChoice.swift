/// A region that a mask file knows by name: a segment of 3D Slicer or DICOM, a region of a DICOM structure set.
package struct NamedSegment: Equatable, Sendable {
  /// Its number in the file.
  package var number: Int
  package var name: String
  /// Another name that the file gives it; empty where it gives none.
  package var identifier: String

  package init(number: Int, name: String, identifier: String = "") {
    self.number = number
    self.name = name
    self.identifier = identifier
  }
}

/// Finds the region that someone means: by its name, by its identifier, by its number; and if there is none, by its name without
/// regard to case and outer blanks, where that is unique.
/// - Parameters:
///   - wanted: what was asked for; `nil`: the only one there is.
///   - segments: what the file has.
///   - kind: what messages call them, as "segment".
/// - Returns: the position of the region in the list.
/// - Throws: `segmentNotNamed` where several could be meant, `segmentAbsent`; both list what is there.
package func index(
  of wanted: String?, among segments: [NamedSegment], kind: String = "segment"
) throws(ImageFileError) -> Int {
  guard !segments.isEmpty else {
    throw ImageFileError(.segmentAbsent, "the mask has no \(kind)s; export it again with the region")
  }
  guard let wanted else {
    guard segments.count == 1 else {
      throw ImageFileError(
        .segmentNotNamed,
        "the mask has \(segments.count) \(kind)s and none was named; it has \(listed(segments)); give one by "
          + "name or number (--segment, column Segment)")
    }
    return 0
  }
  let readings: [(NamedSegment) -> Bool] = [
    { $0.name == wanted }, { $0.identifier == wanted }, { "\($0.number)" == folded(wanted) },
    { folded($0.name) == folded(wanted) },
  ]
  for reading in readings {
    let found = segments.indices.filter { reading(segments[$0]) }
    if found.count == 1 { return found[0] }
    guard found.isEmpty else {
      throw ImageFileError(
        .segmentNotNamed,
        "\(found.count) \(kind)s of the mask are called \(quoted(wanted)): \(listed(found.map { segments[$0] })); "
          + "give the number")
    }
  }
  throw ImageFileError(
    .segmentAbsent,
    "the mask has no \(kind) \(quoted(wanted)); it has \(listed(segments)); name one of them")
}

/// Without outer blanks and in lower case.
private func folded(_ text: String) -> String { trimmed(text[...]).lowercased() }

/// Names, each with its number, for a message, at most twenty.
private func listed(_ segments: [NamedSegment]) -> String {
  let shown = segments.prefix(20).map { segment in
    let name = segment.name.isEmpty ? segment.identifier : segment.name
    return "\(quoted(name)) (\(segment.number))"
  }
  return shown.joined(separator: ", ") + (segments.count > 20 ? ", …" : "")
}
