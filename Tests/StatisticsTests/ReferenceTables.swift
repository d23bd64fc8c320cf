import Foundation
import LinearAlgebra
import TestSupport
import Testing

/// A comma-separated table of the statistics reference data.
struct ReferenceTable {
  let names: [String]
  let rows: [[String]]

  init(_ file: String) throws {
    let text = try String(contentsOf: ReferenceData.file("statistics/\(file)"), encoding: .utf8)
    let lines = text.split(whereSeparator: \.isNewline).map { line in
      line.split(separator: ",", omittingEmptySubsequences: false).map {
        $0.trimmingCharacters(in: CharacterSet(charactersIn: "\""))
      }
    }
    names = lines[0]
    rows = Array(lines.dropFirst())
  }

  func text(_ name: String) throws -> [String] {
    let column = try #require(names.firstIndex(of: name), "no column \(name)")
    return rows.map { $0[column] }
  }

  func numbers(_ name: String) throws -> [Double] {
    try text(name).map { try #require(Double($0), "\(name): \($0) is no number") }
  }

  /// The columns of numbers from `first` on, and their names.
  func numbers(fromColumn first: Int) throws -> (names: [String], columns: [[Double]]) {
    let chosen = Array(names[first...])
    return (chosen, try chosen.map(numbers))
  }
}

/// A value of a JSON file of the reference data.
@dynamicMemberLookup
enum ReferenceJSON: Decodable {
  case number(Double)
  case text(String)
  case flag(Bool)
  case list([ReferenceJSON])
  case object([String: ReferenceJSON])
  case null

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .flag(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .text(value)
    } else if let value = try? container.decode([ReferenceJSON].self) {
      self = .list(value)
    } else {
      self = .object(try container.decode([String: ReferenceJSON].self))
    }
  }

  static func load(_ file: String) throws -> ReferenceJSON {
    try JSONDecoder().decode(Self.self, from: Data(contentsOf: ReferenceData.file("statistics/\(file)")))
  }

  subscript(dynamicMember name: String) -> ReferenceJSON { self[name] }

  subscript(_ name: String) -> ReferenceJSON {
    if case .object(let members) = self { return members[name] ?? .null }
    return .null
  }

  subscript(_ index: Int) -> ReferenceJSON { list[index] }

  var list: [ReferenceJSON] {
    if case .list(let values) = self { return values }
    return []
  }

  var members: [String: ReferenceJSON] {
    if case .object(let members) = self { return members }
    return [:]
  }

  var double: Double {
    switch self {
    case .number(let value): value
    case .text(let text): Double(text) ?? .nan
    default: .nan
    }
  }

  var string: String {
    if case .text(let value) = self { return value }
    return ""
  }

  var isTrue: Bool {
    if case .flag(let value) = self { return value }
    return false
  }

  var doubles: [Double] { list.map(\.double) }
  var strings: [String] { list.map(\.string) }
}

/// Counts how many values agree with their reference, and says so: `wdbc_univariate.csv: 330 of 330 agree, …`.
struct Tally {
  /// The reference file, and what of it.
  let file: String
  let subject: String
  private(set) var agreed = 0
  private(set) var total = 0
  private(set) var worst = 0.0

  init(_ file: String, _ subject: String) { (self.file, self.subject) = (file, subject) }

  /// Agrees where the difference is at most `absolute + relative · |expected|`; fails beyond `slack` times that, which
  /// is more than 1 only where the reference itself is known to be less exact than the tolerance.
  mutating func check(
    _ value: Double, _ expected: Double, relative: Double = 0, absolute: Double = 0, slack: Double = 1,
    _ label: String = "", sourceLocation: SourceLocation = #_sourceLocation
  ) {
    total += 1
    let difference = value == expected ? 0 : abs(value - expected)
    let tolerance = absolute + relative * abs(expected)
    if difference <= tolerance { agreed += 1 }
    if difference != 0 { worst = max(worst, difference / max(abs(expected), 1e-300)) }
    guard difference <= slack * tolerance else {
      Issue.record(
        "\(file), \(subject) \(label): \(value), reference \(expected)", sourceLocation: sourceLocation)
      return
    }
  }

  func report() {
    print("\(file): \(agreed) of \(total) agree, worst relative difference \(worst) (\(subject))")
  }
}
