/// The `Key = Value` lines of a MetaImage header, by key, up to and with `ElementDataFile`, which ends it.
///
/// Keys that have no meaning for voxels and grid (what ITK writes of a file's history, names, comments) are passed over. Of
/// a key that appears twice the last one counts, as in ITK.
struct MetaImageFields {
  private var values: [String: String] = [:]
  /// Bytes up to the first byte after the line that ends the header.
  private(set) var length = 0

  /// Bytes within which every header ends.
  static let longest = 1 << 20

  /// Whether the bytes begin as MetaImage headers do: with `ObjectType`, `NDims` or a comment before them.
  static func begin(_ bytes: [UInt8]) -> Bool {
    ["ObjectType", "NDims", "Comment"].contains { key in
      guard bytes.starts(with: key.utf8) else { return false }
      let next = bytes.dropFirst(key.utf8.count).first { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }
      return next == UInt8(ascii: "=") || next == UInt8(ascii: ":")
    }
  }

  /// - Throws: `badHeader` for a line that is no field, or a header without an end.
  init(_ bytes: [UInt8]) throws(ImageFileError) {
    while length < min(bytes.count, Self.longest) {
      let end = bytes[length...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
      let line = bytes[length..<end]
      length = min(end + 1, bytes.count)
      let text = String(decoding: line.last == UInt8(ascii: "\r") ? line.dropLast() : line, as: UTF8.self)
      if trimmed(text[...]).isEmpty { continue }
      guard let mark = text.firstIndex(where: { $0 == "=" || $0 == ":" }) else {
        throw ImageFileError(
          .badHeader, "the MetaImage header holds a line without \"=\"; save the image again")
      }
      let key = trimmed(text[..<mark])
      values[key] = trimmed(text[text.index(after: mark)...])
      if key == "ElementDataFile" { return }
    }
    throw ImageFileError(
      .badHeader, "the MetaImage header does not end with ElementDataFile; the file is cut off: copy it again"
    )
  }

  subscript(_ key: String) -> String? { values[key] }

  /// The value of the first of some keys that is there: the spellings of one field, the preferred one first.
  func first(of keys: [String]) -> (key: String, value: String)? {
    for key in keys { if let value = values[key] { return (key, value) } }
    return nil
  }

  /// - Throws: `badHeader` when the field is missing.
  func required(_ key: String) throws(ImageFileError) -> String {
    guard let value = values[key] else {
      throw ImageFileError(
        .badHeader, "the MetaImage header lacks the field \(key); save the image again")
    }
    return value
  }

  /// Whether a field says yes; `false` where it is missing. MetaIO looks at the first letter only.
  func flag(_ keys: [String]) -> Bool {
    first(of: keys).map { "Tt1".contains($0.value.first ?? "F") } ?? false
  }

  /// One whole number; `nil` when the field is missing.
  func wholeNumber(_ key: String) throws(ImageFileError) -> Int? {
    guard let text = values[key] else { return nil }
    guard let number = Int(text) else { throw malformed(key, text) }
    return number
  }

  /// As many whole numbers as a field must have.
  func wholeNumbers(_ key: String, count: Int) throws(ImageFileError) -> [Int] {
    let text = try required(key)
    let numbers = text.split(whereSeparator: \.isWhitespace).map { Int($0) }
    guard numbers.count == count, !numbers.contains(nil) else { throw malformed(key, text) }
    return numbers.compactMap(\.self)
  }

  /// As many numbers as a field must have, under the first of its spellings; `nil` when it is missing.
  func numbers(_ keys: [String], count: Int) throws(ImageFileError) -> [Double]? {
    guard let (key, text) = first(of: keys) else { return nil }
    let numbers = text.split(whereSeparator: \.isWhitespace).map { Double($0) }
    guard numbers.count == count, !numbers.contains(nil) else { throw malformed(key, text) }
    return numbers.compactMap(\.self)
  }

  private func malformed(_ key: String, _ text: String) -> ImageFileError {
    ImageFileError(
      .badHeader,
      "the MetaImage field \(key) is \(quoted(text)), which does not fit the image's axes; correct the header"
    )
  }
}
