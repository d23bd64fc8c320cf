/// A number that may be undefined, written as JSON `null` and never left out.
///
/// JSON has no infinities and no NaN: a value that is not finite is undefined here, from the moment it is
/// set, so that a report equals what is read back from its JSON.
@propertyWrapper
package struct FiniteOrNull: Equatable, Sendable {
  package var wrappedValue: Double? {
    get { value }
    set { value = newValue.flatMap { $0.isFinite ? $0 : nil } }
  }

  private var value: Double?

  package init(wrappedValue: Double?) { self.wrappedValue = wrappedValue }
}

extension FiniteOrNull: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    self.init(wrappedValue: container.decodeNil() ? nil : try container.decode(Double.self))
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if let value { try container.encode(value) } else { try container.encodeNil() }
  }
}

/// A value that may be absent, written as JSON `null` and never left out, so that every row has every key.
@propertyWrapper
package struct ValueOrNull<Value: Codable & Equatable & Sendable>: Equatable, Sendable {
  package var wrappedValue: Value?

  package init(wrappedValue: Value?) { self.wrappedValue = wrappedValue }
}

extension ValueOrNull: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    wrappedValue = container.decodeNil() ? nil : try container.decode(Value.self)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if let wrappedValue { try container.encode(wrappedValue) } else { try container.encodeNil() }
  }
}
