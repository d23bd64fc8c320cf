/// The `field: value` lines of an NRRD header, by lower-case field name.
///
/// Comments carry nothing that the format gives a meaning, and are passed over; of `key:=value` pairs those are kept that 3D Slicer
/// describes its segments with. A field that the format does not know is an error, as in teem: it might say how to read the data.
struct NRRDFields {
  private var values: [String: String] = [:]
  /// The pairs whose key begins with `Segment`, as they are written.
  private(set) var segmentPairs: [String: String] = [:]
  /// Bytes up to the first byte after the empty line that ends the header (or the end of the file).
  private(set) var length = 0

  /// Names of the format's fields; the second spelling of a pair is the accepted alternative.
  private static let aliases = [
    "datafile": "data file", "lineskip": "line skip", "byteskip": "byte skip", "axismins": "axis mins",
    "axismaxs": "axis maxs", "centerings": "centers", "oldmin": "old min", "oldmax": "old max",
    "blocksize": "block size", "sampleunits": "sample units",
  ]
  private static let known: Set<String> = [
    "content", "number", "type", "block size", "dimension", "space", "space dimension", "sizes", "spacings",
    "thicknesses", "axis mins", "axis maxs", "space directions", "centers", "kinds", "labels", "units", "min",
    "max",
    "old min", "old max", "endian", "encoding", "line skip", "byte skip", "data file", "sample units",
    "space units", "space origin", "measurement frame",
  ]

  /// - Throws: `badHeader` for a line that is no field, an unknown or a repeated field.
  init(_ bytes: [UInt8]) throws(ImageFileError) {
    var lines = LineCursor(bytes)
    guard let magic = lines.next(), magic.hasPrefix("NRRD000"), let last = magic.last, "12345".contains(last)
    else {
      throw ImageFileError(.unsupported, "this NRRD is not of version 1 to 5; save the image again")
    }
    while let line = lines.next(), !line.isEmpty {
      if !line.hasPrefix("#") { try add(line) }
    }
    length = lines.position
  }

  private mutating func add(_ line: String) throws(ImageFileError) {
    guard let colon = line.firstIndex(of: ":") else {
      throw ImageFileError(.badHeader, "the NRRD header holds a line without a colon; save the image again")
    }
    let value = line[line.index(after: colon)...]
    if value.hasPrefix("=") {
      if line.hasPrefix("Segment") { segmentPairs[String(line[..<colon])] = String(value.dropFirst()) }
      return
    }
    let spelling = line[..<colon].lowercased()
    let name = Self.aliases[spelling] ?? spelling
    guard Self.known.contains(name) else {
      throw ImageFileError(
        .badHeader, "\(quoted(name)) is not a field of NRRD; write key:=value pairs with \":=\"")
    }
    guard values.updateValue(trimmed(value), forKey: name) == nil else {
      throw ImageFileError(.badHeader, "the NRRD field \(quoted(name)) appears twice; remove one")
    }
  }

  subscript(_ name: String) -> String? { values[name] }

  /// - Throws: `badHeader` when the field is missing.
  func required(_ name: String) throws(ImageFileError) -> String {
    guard let value = values[name] else {
      throw ImageFileError(
        .badHeader, "the NRRD header lacks the field \(quoted(name)); save the image again")
    }
    return value
  }
}

/// Reads text line by line from bytes; a line may end with a carriage return.
private struct LineCursor {
  private let bytes: [UInt8]
  private(set) var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The next line without its end; `nil` at the end.
  mutating func next() -> String? {
    guard position < bytes.count else { return nil }
    let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
    let line = bytes[position..<end]
    position = min(end + 1, bytes.count)
    return String(decoding: line.last == UInt8(ascii: "\r") ? line.dropLast() : line, as: UTF8.self)
  }
}

/// Text without the spaces and tabs around it.
func trimmed(_ text: Substring) -> String {
  let isBlank = { (character: Character) in character == " " || character == "\t" }
  let head = text.drop(while: isBlank)
  return String(head.reversed().drop(while: isBlank).reversed())
}
