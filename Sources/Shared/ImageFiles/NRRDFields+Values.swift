extension NRRDFields {
  /// Number of axes of the array, 1 to 16.
  var axisCount: Int {
    get throws(ImageFileError) {
      let text = try required("dimension")
      guard let count = Int(text), (1...16).contains(count) else {
        throw ImageFileError(.badHeader, "NRRD dimension is \(quoted(text)); expected 1 to 16")
      }
      return count
    }
  }

  /// One whole number; `nil` when the field is missing.
  func wholeNumber(_ name: String) throws(ImageFileError) -> Int? {
    guard let text = self[name] else { return nil }
    guard let number = Int(text) else { throw malformed(name, text) }
    return number
  }

  /// As many whole numbers as there are axes.
  func wholeNumbers(_ name: String, count: Int) throws(ImageFileError) -> [Int] {
    let text = try required(name)
    let numbers = text.split(whereSeparator: \.isWhitespace).map { Int($0) }
    guard numbers.count == count, !numbers.contains(nil) else { throw malformed(name, text) }
    return numbers.compactMap(\.self)
  }

  /// As many numbers as there are axes; `nil` when the field is missing.
  func numbers(_ name: String, count: Int) throws(ImageFileError) -> [Double]? {
    guard let text = self[name] else { return nil }
    let numbers = text.split(whereSeparator: \.isWhitespace).map { Double($0) }
    guard numbers.count == count, !numbers.contains(nil) else { throw malformed(name, text) }
    return numbers.compactMap(\.self)
  }

  /// As many words as there are axes, in lower case; `nil` when the field is missing.
  func words(_ name: String, count: Int) throws(ImageFileError) -> [String]? {
    guard let text = self[name] else { return nil }
    let words = text.split(whereSeparator: \.isWhitespace).map { $0.lowercased() }
    guard words.count == count else { throw malformed(name, text) }
    return words
  }

  /// Vectors such as `(1,0,0)`, or `nil` where the field says `none`; `nil` when the field is missing.
  func vectors(_ name: String, count: Int, dimension: Int) throws(ImageFileError) -> [[Double]?]? {
    guard let text = self[name] else { return nil }
    var vectors: [[Double]?] = []
    var rest = trimmed(text[...])
    // A long line of vectors is not read beyond what can fit: each costs the length of what follows.
    while !rest.isEmpty, vectors.count <= count {
      if rest.prefix(4).lowercased() == "none" {
        vectors.append(nil)
        rest = trimmed(rest.dropFirst(4))
        continue
      }
      guard rest.hasPrefix("("), let close = rest.firstIndex(of: ")") else { throw malformed(name, text) }
      let parts = rest[rest.index(after: rest.startIndex)..<close].split(separator: ",")
      let vector = parts.compactMap { Double(trimmed($0)) }
      guard vector.count == parts.count, vector.count == dimension else { throw malformed(name, text) }
      vectors.append(vector)
      rest = trimmed(rest[rest.index(after: close)...])
    }
    guard vectors.count == count else { throw malformed(name, text) }
    return vectors
  }

  private func malformed(_ name: String, _ text: String) -> ImageFileError {
    ImageFileError(
      .badHeader,
      "the NRRD field \(quoted(name)) is \(quoted(text)), which does not fit the image's axes; correct "
        + "the header"
    )
  }
}
