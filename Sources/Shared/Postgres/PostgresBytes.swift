import Foundation

// bytea, uuid, timestamptz and jsonb.

extension UInt8: PostgresArrayElement {
  public static var postgresArrayType: PostgresType { .bytea }

  public static func encodeArray(_ values: [UInt8]) -> [UInt8] { values }

  public static func decodeArray(
    _ bytes: RawSpan, of type: PostgresType
  ) throws(PostgresDecodingFailure) -> [UInt8] {
    guard type == .bytea else { throw .type(type, wanted: [UInt8].self) }
    return bytes.array
  }
}

extension Array: PostgresArrayElement, PostgresScalar where Element == UInt8 {
  public static var postgresArrayType: PostgresType { .byteaArray }
  public func append(to bytes: inout [UInt8]) { bytes.append(contentsOf: self) }
}

extension Data: PostgresScalar {
  public static var postgresType: PostgresType { .bytea }
  public static var postgresArrayType: PostgresType { .byteaArray }

  public func append(to bytes: inout [UInt8]) { bytes.append(contentsOf: self) }

  public static func decode(
    _ bytes: RawSpan, of type: PostgresType
  ) throws(PostgresDecodingFailure) -> Data {
    guard type == .bytea else { throw .type(type, wanted: Data.self) }
    return unsafe bytes.withUnsafeBytes { unsafe Data($0) }
  }
}

extension UUID: PostgresScalar {
  public static var postgresType: PostgresType { .uuid }
  public static var postgresArrayType: PostgresType { .uuidArray }

  public func append(to bytes: inout [UInt8]) {
    unsafe Swift.withUnsafeBytes(of: uuid) { unsafe bytes.append(contentsOf: $0) }
  }

  public static func decode(
    _ bytes: RawSpan, of type: PostgresType
  ) throws(PostgresDecodingFailure) -> UUID {
    guard type == .uuid else { throw .type(type, wanted: UUID.self) }
    guard bytes.byteCount == MemoryLayout<uuid_t>.size else { throw .malformed(type) }
    return UUID(uuid: unsafe bytes.unsafeLoadUnaligned(as: uuid_t.self))
  }
}

extension Date: PostgresScalar {
  public static var postgresType: PostgresType { .timestamptz }
  public static var postgresArrayType: PostgresType { .timestamptzArray }

  /// 2000-01-01 00:00 UTC, from which PostgreSQL counts microseconds; in seconds from 1970.
  private static let postgresEpoch = 946_684_800.0

  /// Rounded to the microsecond; instants beyond 64 bits become `infinity` or `-infinity`.
  public func append(to bytes: inout [UInt8]) {
    let microseconds = ((timeIntervalSince1970 - Date.postgresEpoch) * 1e6).rounded()
    bytes.appendNetwork(Int64(exactly: microseconds) ?? (microseconds > 0 ? .max : .min))
  }

  public static func decode(
    _ bytes: RawSpan, of type: PostgresType
  ) throws(PostgresDecodingFailure) -> Date {
    guard type == .timestamptz else { throw .type(type, wanted: Date.self) }
    guard let microseconds = bytes.networkInteger(at: 0, as: Int64.self) else { throw .malformed(type) }
    guard microseconds != .max, microseconds != .min else {
      throw PostgresDecodingFailure("timestamptz is infinite, which is not read as Date")
    }
    return Date(timeIntervalSince1970: postgresEpoch + Double(microseconds) / 1e6)
  }
}

/// JSON text on its way to or from a `jsonb` (or `json`) column. The text is not checked here; the server
/// does.
public struct PostgresJSON: PostgresScalar, Equatable {
  /// The JSON text; the server checks it.
  public let text: String

  /// A parameter of type `jsonb`.
  public init(_ text: String) { self.text = text }

  public static var postgresType: PostgresType { .jsonb }
  public static var postgresArrayType: PostgresType { .jsonbArray }

  /// The only version of jsonb's binary form so far; it stands before the text.
  private static let version: UInt8 = 1

  public func append(to bytes: inout [UInt8]) {
    bytes.append(PostgresJSON.version)
    bytes.append(contentsOf: text.utf8)
  }

  public static func decode(
    _ bytes: RawSpan, of type: PostgresType
  ) throws(PostgresDecodingFailure) -> PostgresJSON {
    guard type == .jsonb else { return PostgresJSON(try String.decode(bytes, of: type)) }
    guard bytes.networkInteger(at: 0, as: UInt8.self) == version else { throw .malformed(type) }
    return PostgresJSON(try String.decode(bytes.extracting(1..<bytes.byteCount), of: .text))
  }
}
