import Yams

/// How the column Outcome says who has the outcome.
package struct OutcomeCoding: Equatable, Sendable {
  /// What an outcome of 1 means, for people.
  package var text: String
  /// Values that mean 1 and 0, compared without regard to letter case; `nil` for 1 and 0 themselves.
  package var positive: [String]?
  /// `nil` with `positive` for the one other value of the column.
  package var negative: [String]?
  /// The column itself, where it is not `Outcome`: that of events of a survival study.
  package var column: String? = nil

  /// Outcomes of 0 and 1.
  package static let numbers = OutcomeCoding(text: "Outcome = 1")

  package init(text: String, positive: [String]? = nil, negative: [String]? = nil) {
    self.text = text
    self.positive = positive
    self.negative = negative
  }

  /// The key `outcome`: a text for people, or `{positive: malignant, negative: benign, text: …}`.
  init(_ file: StrictMapping) throws(StudyError) {
    guard let node = file.node("outcome") else { self = .numbers; return }
    guard node.mapping != nil else {
      self.init(text: try node.text(at: "outcome"))
      return
    }
    let section = try StrictMapping(node, at: "outcome", known: ["positive", "negative", "text"])
    _ = try section.required("positive")
    try self.init(section: section, text: nil)
  }

  /// The section `outcome`.
  /// - Parameter text: for people, where the section says none; `nil` for its positive values.
  init(section: StrictMapping, text: String?) throws(StudyError) {
    let positive = try Self.values(section, "positive")
    let negative = try Self.values(section, "negative")
    self.init(
      text: try section.string("text") ?? text ?? (positive ?? []).joined(separator: " or "),
      positive: positive,
      negative: negative)
    let both = Set((positive ?? []).map { $0.lowercased() }).intersection(
      (negative ?? []).map { $0.lowercased() })
    if let value = both.sorted().first {
      throw StudyError(.badValue, "outcome: '\(value)' is both positive and negative; name it once.")
    }
  }

  private static func values(_ section: StrictMapping, _ key: String) throws(StudyError) -> [String]? {
    guard let items = section.items(key) else { return nil }
    var values: [String] = []
    for item in items { values.append(try item.text(at: section.place(key))) }
    return values
  }

  /// 1, 0, or `nil` for a value that the coding does not know.
  package func outcome(of value: String) -> Int? {
    guard let positive else {
      switch value {
      case "0", "0.0": return 0
      case "1", "1.0": return 1
      default: return nil
      }
    }
    let lowered = value.lowercased()
    if positive.contains(where: { $0.lowercased() == lowered }) { return 1 }
    guard let negative else { return 0 }
    return negative.contains { $0.lowercased() == lowered } ? 0 : nil
  }

  /// What a value should have been, for error messages.
  var expectation: String {
    guard let positive else {
      let example =
        column.map { "{event: \($0), positive: dead, negative: alive, …}" } ?? "{positive: malignant}"
      return "0 or 1; name the value that means 1 in the study file, as in outcome: \(example)"
    }
    let negative = negative.map { " or \($0.joined(separator: ", "))" } ?? ""
    return positive.joined(separator: ", ") + negative
  }

  /// Where only the positive value is named, there must be one other: a misspelt positive would else count as negative.
  /// - Parameters:
  ///   - values: the column's, without empty ones.
  ///   - column: as the table calls it.
  package func contradiction(in values: [String], of column: String) -> String? {
    guard let positive, negative == nil else { return nil }
    let known = Set(positive.map { $0.lowercased() })
    let others = Set(values.map { $0.lowercased() }).subtracting(known).sorted()
    guard others.count > 1 else { return nil }
    return "\(column) has the values \(others.prefix(5).map { "'\($0)'" }.joined(separator: ", ")) beside "
      + "'\(positive.joined(separator: "', '"))'; say which mean 0, as in outcome: {positive: \(positive[0]), negative: "
      + "\(others[0])}."
  }
}
