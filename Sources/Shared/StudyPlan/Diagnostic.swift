/// One fact about how features were made; stands beside them, never among them.
package struct Diagnostic: Equatable, Sendable {
  package var name: String
  package var value: Value

  package init(_ name: String, _ value: Value) {
    self.name = name
    self.value = value
  }

  package enum Value: Equatable, Sendable {
    case text(String)
    case whole(Int)
    case number(Double)
    case wholes([Int])
    case numbers([Double])
  }
}

extension Diagnostic.Value: CustomStringConvertible {
  /// As Python prints it, which is how PyRadiomics writes it into tables: `(256, 256, 25)`.
  package var description: String {
    func tuple(_ items: [String]) -> String { "(" + items.joined(separator: ", ") + ")" }
    return switch self {
    case .text(let text): text
    case .whole(let number): "\(number)"
    case .number(let number): "\(number)"
    case .wholes(let numbers): tuple(numbers.map { "\($0)" })
    case .numbers(let numbers): tuple(numbers.map { "\($0)" })
    }
  }
}

extension Diagnostic.Value: Codable {
  package init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if let number = try? value.decode(Int.self) {
      self = .whole(number)
    } else if let number = try? value.decode(Double.self) {
      self = .number(number)
    } else if let numbers = try? value.decode([Int].self) {
      self = .wholes(numbers)
    } else if let numbers = try? value.decode([Double].self) {
      self = .numbers(numbers)
    } else {
      self = .text(try value.decode(String.self))
    }
  }

  /// Infinite and undefined numbers, which JSON has none of, become text.
  package func encode(to encoder: any Encoder) throws {
    var value = encoder.singleValueContainer()
    switch self {
    case .text(let text): try value.encode(text)
    case .whole(let number): try value.encode(number)
    case .number(let number): try number.isFinite ? value.encode(number) : value.encode("\(number)")
    case .wholes(let numbers): try value.encode(numbers)
    case .numbers(let numbers):
      try numbers.allSatisfy(\.isFinite) ? value.encode(numbers) : value.encode(description)
    }
  }
}

extension ExtractedFeatures.Diagnostics: Encodable {
  private struct Name: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }
    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { nil }
  }

  /// One object: `voxels`, `warnings`, and every entry under its name, as `feature_row.diagnostics` has it.
  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Name.self)
    try values.encode(voxels, forKey: Name("voxels"))
    try values.encode(warnings, forKey: Name("warnings"))
    for entry in entries { try values.encode(entry.value, forKey: Name(entry.name)) }
  }
}
