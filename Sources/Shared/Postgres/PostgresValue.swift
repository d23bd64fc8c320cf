/// A parameter as it travels: a type and its binary form, or SQL NULL.
package struct PostgresValue: Sendable, Equatable {
  package let type: PostgresType
  /// Binary form in network byte order; `nil` is NULL.
  package let bytes: [UInt8]?

  package init(_ type: PostgresType, _ bytes: [UInt8]?) {
    self.type = type
    self.bytes = bytes
  }
}

/// What can be passed as a parameter.
///
/// The server is told the type that belongs to the Swift type; it guesses nothing. A parameter of another SQL
/// type needs a cast in the statement: `$1::interval` after a `String`, or a value of the right width for a
/// function that takes `int` (`Int32`) rather than `bigint` (`Int`).
package protocol PostgresEncodable: Sendable {
  var postgresValue: PostgresValue { get }
}

/// Encodable with a type known without a value, so that `nil` has one too.
package protocol PostgresTyped: PostgresEncodable {
  static var postgresType: PostgresType { get }
}

/// What a column can be read as.
package protocol PostgresDecodable: Sendable {
  /// Reads the binary form of a value of `type`.
  static func decode(_ bytes: RawSpan, of type: PostgresType) throws(PostgresDecodingFailure) -> Self

  /// Reads SQL NULL; fails unless the type is optional.
  static func decodeNull() throws(PostgresDecodingFailure) -> Self
}

extension PostgresDecodable {
  package static func decodeNull() throws(PostgresDecodingFailure) -> Self {
    throw PostgresDecodingFailure(
      "found NULL, expected \(Self.self); ask for \(Self.self)? if NULL is allowed")
  }
}

/// Why a value could not be read; rows turn it into a `PostgresError` that names column and statement.
package struct PostgresDecodingFailure: Error, Equatable {
  package let reason: String

  package init(_ reason: String) { self.reason = reason }

  /// The column has a type that `wanted` is not read from.
  static func type(_ found: PostgresType, wanted: Any.Type) -> PostgresDecodingFailure {
    PostgresDecodingFailure("column is \(found), which is not read as \(wanted)")
  }

  /// The bytes are not a value of their own type: the connection or a library is at fault.
  static func malformed(_ type: PostgresType) -> PostgresDecodingFailure {
    PostgresDecodingFailure("malformed binary \(type)")
  }
}

extension PostgresValue: PostgresEncodable {
  package var postgresValue: PostgresValue { self }
}

extension Optional: PostgresEncodable, PostgresTyped where Wrapped: PostgresTyped {
  package static var postgresType: PostgresType { Wrapped.postgresType }

  package var postgresValue: PostgresValue {
    self?.postgresValue ?? PostgresValue(Wrapped.postgresType, nil)
  }
}

extension Optional: PostgresDecodable where Wrapped: PostgresDecodable {
  package static func decode(
    _ bytes: RawSpan, of type: PostgresType
  ) throws(PostgresDecodingFailure) -> Wrapped? {
    try Wrapped.decode(bytes, of: type)
  }

  package static func decodeNull() throws(PostgresDecodingFailure) -> Wrapped? { nil }
}
