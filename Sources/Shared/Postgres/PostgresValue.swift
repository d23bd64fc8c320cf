/// A parameter as it travels: a type and its binary form, or SQL NULL.
public struct PostgresValue: Sendable, Equatable {
  /// The type that the server is told.
  public let type: PostgresType
  /// Binary form in network byte order; `nil` is NULL.
  public let bytes: [UInt8]?

  /// A value in the binary form of its type; `nil` is NULL.
  public init(_ type: PostgresType, _ bytes: [UInt8]?) {
    self.type = type
    self.bytes = bytes
  }
}

/// What can be passed as a parameter.
///
/// The server is told the type that belongs to the Swift type; it guesses nothing. A parameter of another SQL
/// type needs a cast in the statement: `$1::interval` after a `String`, or a value of the right width for a
/// function that takes `int` (`Int32`) rather than `bigint` (`Int`).
public protocol PostgresEncodable: Sendable {
  /// The parameter as it travels.
  var postgresValue: PostgresValue { get }
}

/// Encodable with a type known without a value, so that `nil` has one too.
public protocol PostgresTyped: PostgresEncodable {
  /// The type of every value.
  static var postgresType: PostgresType { get }
}

/// What a column can be read as.
public protocol PostgresDecodable: Sendable {
  /// Reads the binary form of a value of `type`.
  static func decode(_ bytes: RawSpan, of type: PostgresType) throws(PostgresDecodingFailure) -> Self

  /// Reads SQL NULL; fails unless the type is optional.
  static func decodeNull() throws(PostgresDecodingFailure) -> Self
}

extension PostgresDecodable {
  /// Fails: only an optional is read from NULL.
  public static func decodeNull() throws(PostgresDecodingFailure) -> Self {
    throw PostgresDecodingFailure(
      "found NULL, expected \(Self.self); ask for \(Self.self)? if NULL is allowed")
  }
}

/// Why a value could not be read; rows turn it into a `PostgresError` that names column and statement.
public struct PostgresDecodingFailure: Error, Equatable {
  /// What was found, and what was expected.
  public let reason: String

  /// A failure in one sentence without the value.
  public init(_ reason: String) { self.reason = reason }

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
  public var postgresValue: PostgresValue { self }
}

extension Optional: PostgresEncodable, PostgresTyped where Wrapped: PostgresTyped {
  public static var postgresType: PostgresType { Wrapped.postgresType }

  public var postgresValue: PostgresValue {
    self?.postgresValue ?? PostgresValue(Wrapped.postgresType, nil)
  }
}

extension Optional: PostgresDecodable where Wrapped: PostgresDecodable {
  public static func decode(
    _ bytes: RawSpan, of type: PostgresType
  ) throws(PostgresDecodingFailure) -> Wrapped? {
    try Wrapped.decode(bytes, of: type)
  }

  public static func decodeNull() throws(PostgresDecodingFailure) -> Wrapped? { nil }
}
