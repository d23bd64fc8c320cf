/// A value of one PostgreSQL type that may also stand in an array of that type.
public protocol PostgresScalar: PostgresTyped, PostgresDecodable, PostgresArrayElement {
  /// Appends the binary form, without its length.
  func append(to bytes: inout [UInt8])
}

extension PostgresScalar {
  public var postgresValue: PostgresValue {
    var bytes: [UInt8] = []
    append(to: &bytes)
    return PostgresValue(Self.postgresType, bytes)
  }
}

extension Bool: PostgresScalar {
  public static var postgresType: PostgresType { .bool }
  public static var postgresArrayType: PostgresType { .boolArray }

  public func append(to bytes: inout [UInt8]) { bytes.append(self ? 1 : 0) }

  public static func decode(
    _ bytes: RawSpan, of type: PostgresType
  ) throws(PostgresDecodingFailure) -> Bool {
    guard type == .bool else { throw .type(type, wanted: Bool.self) }
    guard let byte = bytes.networkInteger(at: 0, as: UInt8.self) else { throw .malformed(type) }
    return byte != 0
  }
}

extension String: PostgresScalar {
  public static var postgresType: PostgresType { .text }
  public static var postgresArrayType: PostgresType { .textArray }

  public func append(to bytes: inout [UInt8]) { bytes.append(contentsOf: utf8) }

  private static let textual: Set<PostgresType> = [
    .text, .varchar, .bpchar, .name, .char, .unknown, .json,
  ]

  /// Reads text types, `json`, `jsonb` (as its text) and, because their binary form is text, enums and
  /// `citext`.
  public static func decode(
    _ bytes: RawSpan, of type: PostgresType
  ) throws(PostgresDecodingFailure) -> String {
    if type == .jsonb { return try PostgresJSON.decode(bytes, of: type).text }
    guard textual.contains(type) || type.isUserDefined else { throw .type(type, wanted: String.self) }
    return unsafe bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
  }
}
