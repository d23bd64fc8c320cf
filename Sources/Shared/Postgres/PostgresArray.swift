/// What a one-dimensional array may hold, and how the whole array is read and written at once.
///
/// `UInt8` is an element too: `[UInt8]` is `bytea`, so `[[UInt8]]` is `bytea[]`.
public protocol PostgresArrayElement: Sendable {
  /// Type of an array of these.
  static var postgresArrayType: PostgresType { get }
  /// The binary form of an array of these.
  static func encodeArray(_ values: [Self]) -> [UInt8]
  /// Reads the binary form of an array.
  static func decodeArray(
    _ bytes: RawSpan, of type: PostgresType
  ) throws(PostgresDecodingFailure) -> [Self]
}

extension Array: PostgresEncodable, PostgresTyped where Element: PostgresArrayElement {
  public static var postgresType: PostgresType { Element.postgresArrayType }
  public var postgresValue: PostgresValue {
    PostgresValue(Element.postgresArrayType, Element.encodeArray(self))
  }
}

extension Array: PostgresDecodable where Element: PostgresArrayElement {
  /// Reads an array of one dimension; one of none is empty. NULL elements need an optional element type.
  public static func decode(
    _ bytes: RawSpan, of type: PostgresType
  ) throws(PostgresDecodingFailure) -> [Element] {
    try Element.decodeArray(bytes, of: type)
  }
}

/// Header of the binary form of an array: dimensions, whether NULLs are there, element type, size, lower
/// bound.
struct ArrayHeader {
  static let size = 20

  let count: Int
  let element: PostgresType

  init(_ bytes: RawSpan, of type: PostgresType) throws(PostgresDecodingFailure) {
    guard let dimensions = bytes.networkInteger(at: 0, as: Int32.self),
      let element = bytes.networkInteger(at: 8, as: UInt32.self)
    else { throw .malformed(type) }
    self.element = PostgresType(oid: element)
    guard dimensions != 0 else {
      count = 0
      return
    }
    guard dimensions == 1 else {
      throw PostgresDecodingFailure("array has \(dimensions) dimensions, expected one")
    }
    guard let count = bytes.networkInteger(at: 12, as: Int32.self), count >= 0 else { throw .malformed(type) }
    self.count = Int(count)
  }

  static func append(count: Int, hasNulls: Bool, element: PostgresType, to bytes: inout [UInt8]) {
    bytes.appendNetwork(Int32(count == 0 ? 0 : 1))
    bytes.appendNetwork(Int32(hasNulls ? 1 : 0))
    bytes.appendNetwork(element.oid)
    guard count > 0 else { return }
    bytes.appendNetwork(Int32(count))
    bytes.appendNetwork(Int32(1))
  }
}

extension PostgresScalar {
  public static func encodeArray(_ values: [Self]) -> [UInt8] {
    (values as [Self?]).encodedElements(hasNulls: false)
  }

  public static func decodeArray(
    _ bytes: RawSpan, of type: PostgresType
  ) throws(PostgresDecodingFailure) -> [Self] {
    try decodeElements(bytes, of: type)
  }

  static func decodeElements(
    _ bytes: RawSpan, of type: PostgresType
  ) throws(PostgresDecodingFailure) -> [Self] {
    try readElements(bytes, of: type) { (value: Self?) throws(PostgresDecodingFailure) in
      guard let value else {
        throw PostgresDecodingFailure("found a NULL element; ask for [\(Self.self)?] if NULL is allowed")
      }
      return value
    }
  }

  /// Reads elements one by one, each with its own length; -1 stands for NULL.
  fileprivate static func readElements<T>(
    _ bytes: RawSpan, of type: PostgresType, _ transform: (Self?) throws(PostgresDecodingFailure) -> T
  ) throws(PostgresDecodingFailure) -> [T] {
    guard type.mayBeArray else { throw .type(type, wanted: [Self].self) }
    let header = try ArrayHeader(bytes, of: type)
    var values: [T] = []
    var offset = ArrayHeader.size
    for _ in 0..<header.count {
      guard let length = bytes.networkInteger(at: offset, as: Int32.self) else { throw .malformed(type) }
      offset += 4
      guard length >= 0 else {
        values.append(try transform(nil))
        continue
      }
      let end = offset + Int(length)
      guard end <= bytes.byteCount else { throw .malformed(type) }
      values.append(try transform(try decode(bytes.extracting(offset..<end), of: header.element)))
      offset = end
    }
    return values
  }
}

extension Array {
  fileprivate func encodedElements<Scalar: PostgresScalar>(hasNulls: Bool) -> [UInt8]
  where Element == Scalar? {
    var bytes: [UInt8] = []
    ArrayHeader.append(count: count, hasNulls: hasNulls, element: Scalar.postgresType, to: &bytes)
    for value in self {
      let start = bytes.count
      bytes.appendNetwork(Int32(-1))
      guard let value else { continue }
      value.append(to: &bytes)
      bytes.replaceSubrange(start..<start + 4, with: [UInt8](network: Int32(bytes.count - start - 4)))
    }
    return bytes
  }
}

extension Optional: PostgresArrayElement where Wrapped: PostgresScalar {
  public static var postgresArrayType: PostgresType { Wrapped.postgresArrayType }

  public static func encodeArray(_ values: [Wrapped?]) -> [UInt8] {
    values.encodedElements(hasNulls: values.contains { $0 == nil })
  }

  public static func decodeArray(
    _ bytes: RawSpan, of type: PostgresType
  ) throws(PostgresDecodingFailure) -> [Wrapped?] {
    try Wrapped.readElements(bytes, of: type) { (value: Wrapped?) throws(PostgresDecodingFailure) in value }
  }
}
