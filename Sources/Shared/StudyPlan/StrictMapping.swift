import Foundation
import Radiomics
import Statistics
import Yams

/// A YAML mapping that is read strictly: an unknown key, a wrong type or a missing value is an error that
/// names the place and, for a key, offers the nearest known one.
struct StrictMapping {
  /// Where the mapping stands, as `models[0].selection`; empty at the top.
  let path: String
  private let values: [String: Node]

  /// - Parameter known: every key that may appear.
  init(_ node: Node, at path: String, known: [String]) throws(StudyError) {
    guard let mapping = node.mapping else {
      throw StudyError(
        .syntax, "\(path.isEmpty ? "The file" : path) must be a mapping (key: value), but is \(node.shape).")
    }
    var values: [String: Node] = [:]
    for (key, value) in mapping {
      let name = key.string ?? key.shape
      guard known.contains(name) else {
        throw StudyError.unknownKey(name, at: path, known: known)
      }
      values[name] = value
    }
    self.path = path
    self.values = values
  }

  /// Path of a key in this mapping.
  func place(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  /// The value of a key; `nil` where it is absent or null.
  func node(_ key: String) -> Node? {
    guard let node = values[key], node.null == nil else { return nil }
    return node
  }

  /// The value of a key; `nil` where it is absent, null, or a mapping of nothing: PyRadiomics takes an empty section for one that
  /// is not there.
  func filled(_ key: String) -> Node? {
    node(key).flatMap { $0.mapping?.isEmpty == true ? nil : $0 }
  }

  /// True where the key stands in the file, even with an empty value.
  func has(_ key: String) -> Bool { values[key] != nil }

  func required(_ key: String) throws(StudyError) -> Node {
    guard let node = node(key) else {
      throw StudyError(.missingKey, "\(place(key)) is missing.")
    }
    return node
  }

  func string(_ key: String) throws(StudyError) -> String? {
    try node(key).map { (node) throws(StudyError) in try node.text(at: place(key)) }
  }

  func integer(_ key: String, in range: ClosedRange<Int>) throws(StudyError) -> Int? {
    try node(key).map { (node) throws(StudyError) in try node.integer(at: place(key), in: range) }
  }

  func number(_ key: String, in range: ClosedRange<Double>) throws(StudyError) -> Double? {
    try node(key).map { (node) throws(StudyError) in try node.number(at: place(key), in: range) }
  }

  func boolean(_ key: String) throws(StudyError) -> Bool? {
    guard let node = node(key) else { return nil }
    guard let value = node.bool else {
      throw StudyError(.badValue, "\(place(key)) must be true or false, but is \(node.shape).")
    }
    return value
  }

  /// Items of a list; a single scalar counts as a list of one.
  func items(_ key: String) -> [Node]? {
    node(key).map { node in node.sequence.map(Array.init) ?? [node] }
  }

  /// One of a closed set of names.
  func choice<Choice: RawRepresentable & CaseIterable>(_ key: String, of type: Choice.Type) throws(StudyError)
    -> Choice? where Choice.RawValue == String
  {
    guard let name = try string(key) else { return nil }
    guard let choice = Choice(rawValue: name) else {
      let known = Choice.allCases.map(\.rawValue)
      throw StudyError(
        .badValue,
        "\(place(key)) must be one of \(known.joined(separator: ", ")), but is '\(name.shortened)'."
          + suggestion(for: name, among: known))
    }
    return choice
  }
}

/// What a step of selection reads its options from.
extension StrictMapping: SelectionOptions {}

extension StudyError {
  static func unknownKey(_ key: String, at path: String, known: [String]) -> StudyError {
    let place = path.isEmpty ? "'\(key.shortened)'" : "'\(key.shortened)' in \(path)"
    return StudyError(
      .unknownKey,
      "\(place) is not a known key.\(suggestion(for: key, among: known))"
        + " Known here: \(known.joined(separator: ", ")).")
  }
}

/// " Did you mean 'x'?", or nothing.
func suggestion(for name: String, among known: [String]) -> String {
  NearestName.meant(by: name, among: known).map { " Did you mean '\($0)'?" } ?? ""
}

extension Node {
  /// What a reader of the file sees here, for error messages.
  var shape: String {
    switch self {
    case .scalar(let scalar): scalar.string.isEmpty ? "empty" : "'\(scalar.string.shortened)'"
    case .mapping: "a mapping"
    case .sequence: "a list"
    case .alias: "an alias"
    }
  }

  func text(at place: String) throws(StudyError) -> String {
    guard let value = scalar?.string, !value.isEmpty else {
      throw StudyError(.badValue, "\(place) must be a text, but is \(shape).")
    }
    return value
  }

  func integer(at place: String, in range: ClosedRange<Int>) throws(StudyError) -> Int {
    guard let value = int, range.contains(value) else {
      throw StudyError(
        .badValue,
        "\(place) must be a whole number \(range.lowerBound.phrase(to: range.upperBound)), but is \(shape).\(quotesHint)"
      )
    }
    return value
  }

  func number(at place: String, in range: ClosedRange<Double>) throws(StudyError) -> Double {
    guard let value = float, range.contains(value) else {
      let hint = scalar?.string.contains(",") == true ? " Write a decimal point, not a comma." : quotesHint
      throw StudyError(
        .badValue,
        "\(place) must be a number from \(range.lowerBound) to \(range.upperBound), but is \(shape).\(hint)")
    }
    return value
  }
}

extension Node {
  /// What to do about a number in quotes, which YAML calls a text.
  private var quotesHint: String {
    guard let scalar, scalar.style == .singleQuoted || scalar.style == .doubleQuoted,
      Double(scalar.string) != nil
    else { return "" }
    return " Write it without quotes."
  }
}

extension String {
  /// As much of a text as fits into a sentence.
  var shortened: String { count > 100 ? prefix(100) + "…" : self }
}

extension Int {
  fileprivate func phrase(to upper: Int) -> String {
    upper == .max ? "of at least \(self)" : "from \(self) to \(upper)"
  }
}

/// Reads `KEY:VALUE` of a command line.
/// - Parameters:
///   - option: as messages name it.
///   - example: what a value looks like.
func commandLineSetting(_ text: String, option: String, example: String) throws(StudyError) -> Node {
  guard let colon = text.firstIndex(of: ":") else {
    throw StudyError(.syntax, "\(option) \(text): expected KEY:VALUE, as \(example).")
  }
  let key = text[..<colon].trimmingCharacters(in: .whitespaces)
  let value = text[text.index(after: colon)...].trimmingCharacters(in: .whitespaces)
  return try compose("\(key): \(value)", or: "\(option) \(text)")
}
