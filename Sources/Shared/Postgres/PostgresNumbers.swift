// Integers and floating-point numbers: int2, int4, int8, float4, float8; whole `numeric` values are read too,
// because sum(bigint) and count arithmetic return them.

extension PostgresScalar where Self: FixedWidthInteger {
  public func append(to bytes: inout [UInt8]) {
    switch Self.postgresType {
    case .int2: bytes.appendNetwork(Int16(self))
    case .int4: bytes.appendNetwork(Int32(self))
    default: bytes.appendNetwork(Int64(self))
    }
  }

  /// Reads any integer type, and `numeric` without a fraction, where the value fits.
  public static func decode(
    _ bytes: RawSpan, of type: PostgresType
  ) throws(PostgresDecodingFailure) -> Self {
    let wide: Int64?
    switch type {
    case .int2: wide = bytes.networkInteger(at: 0, as: Int16.self).map(Int64.init)
    case .int4: wide = bytes.networkInteger(at: 0, as: Int32.self).map(Int64.init)
    case .int8: wide = bytes.networkInteger(at: 0)
    case .numeric: wide = Int64(try PostgresNumeric(bytes).decimal)
    default: throw .type(type, wanted: Self.self)
    }
    guard let wide else { throw PostgresDecodingFailure("\(type) value is not a whole number of 64 bits") }
    guard let value = Self(exactly: wide) else {
      throw PostgresDecodingFailure("\(type) value does not fit \(Self.self)")
    }
    return value
  }
}

extension Int16: PostgresScalar {
  public static var postgresType: PostgresType { .int2 }
  public static var postgresArrayType: PostgresType { .int2Array }
}

extension Int32: PostgresScalar {
  public static var postgresType: PostgresType { .int4 }
  public static var postgresArrayType: PostgresType { .int4Array }

  public static func encodeArray(_ values: [Int32]) -> [UInt8] {
    PackedArray.encode(values, element: postgresType) { UInt32(bitPattern: $0) }
  }

  public static func decodeArray(
    _ bytes: RawSpan, of type: PostgresType
  ) throws(PostgresDecodingFailure) -> [Int32] {
    guard type == postgresArrayType else { return try decodeElements(bytes, of: type) }
    return try PackedArray.decode(bytes, of: type) { (bits: UInt32) in Int32(bitPattern: bits) }
  }
}

extension Int64: PostgresScalar {
  public static var postgresType: PostgresType { .int8 }
  public static var postgresArrayType: PostgresType { .int8Array }

  public static func encodeArray(_ values: [Int64]) -> [UInt8] {
    PackedArray.encode(values, element: postgresType) { UInt64(bitPattern: $0) }
  }

  public static func decodeArray(
    _ bytes: RawSpan, of type: PostgresType
  ) throws(PostgresDecodingFailure) -> [Int64] {
    guard type == postgresArrayType else { return try decodeElements(bytes, of: type) }
    return try PackedArray.decode(bytes, of: type) { (bits: UInt64) in Int64(bitPattern: bits) }
  }
}

extension Int: PostgresScalar {
  public static var postgresType: PostgresType { .int8 }
  public static var postgresArrayType: PostgresType { .int8Array }

  public static func encodeArray(_ values: [Int]) -> [UInt8] {
    PackedArray.encode(values, element: postgresType) { UInt64(bitPattern: Int64($0)) }
  }

  public static func decodeArray(
    _ bytes: RawSpan, of type: PostgresType
  ) throws(PostgresDecodingFailure) -> [Int] {
    guard type == postgresArrayType else { return try decodeElements(bytes, of: type) }
    return try PackedArray.decode(bytes, of: type) { (bits: UInt64) in Int(Int64(bitPattern: bits)) }
  }
}

extension Float: PostgresScalar {
  public static var postgresType: PostgresType { .float4 }
  public static var postgresArrayType: PostgresType { .float4Array }

  public func append(to bytes: inout [UInt8]) { bytes.appendNetwork(bitPattern) }

  public static func decode(
    _ bytes: RawSpan, of type: PostgresType
  ) throws(PostgresDecodingFailure) -> Float {
    guard type == .float4 else { throw .type(type, wanted: Float.self) }
    guard let bits = bytes.networkInteger(at: 0, as: UInt32.self) else { throw .malformed(type) }
    return Float(bitPattern: bits)
  }
}

extension Double: PostgresScalar {
  public static var postgresType: PostgresType { .float8 }
  public static var postgresArrayType: PostgresType { .float8Array }

  public func append(to bytes: inout [UInt8]) { bytes.appendNetwork(bitPattern) }

  /// Reads `float8`, `float4` (exactly) and `numeric` (nearest value).
  public static func decode(
    _ bytes: RawSpan, of type: PostgresType
  ) throws(PostgresDecodingFailure) -> Double {
    switch type {
    case .float8:
      guard let bits = bytes.networkInteger(at: 0, as: UInt64.self) else { throw .malformed(type) }
      return Double(bitPattern: bits)
    case .float4: return Double(try Float.decode(bytes, of: type))
    case .numeric:
      guard let value = Double(try PostgresNumeric(bytes).decimal) else { throw .malformed(type) }
      return value
    default: throw .type(type, wanted: Double.self)
    }
  }

  public static func encodeArray(_ values: [Double]) -> [UInt8] {
    PackedArray.encode(values, element: postgresType) { $0.bitPattern }
  }

  public static func decodeArray(
    _ bytes: RawSpan, of type: PostgresType
  ) throws(PostgresDecodingFailure) -> [Double] {
    guard type == postgresArrayType else { return try decodeElements(bytes, of: type) }
    return try PackedArray.decode(bytes, of: type) { (bits: UInt64) in Double(bitPattern: bits) }
  }
}
