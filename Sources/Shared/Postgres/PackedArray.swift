/// Arrays of fixed-width numbers, converted in one pass into one allocation.
///
/// Every element travels as its length (4 bytes) and its bits in network order. Generic over the conversion,
/// and called with concrete types only within this module, so the loops are specialised.
enum PackedArray {
  static func encode<Value, Bits: FixedWidthInteger & BitwiseCopyable>(
    _ values: [Value], element: PostgresType, _ bits: (Value) -> Bits
  ) -> [UInt8] {
    var header: [UInt8] = []
    ArrayHeader.append(count: values.count, hasNulls: false, element: element, to: &header)
    let width = MemoryLayout<Bits>.size
    let stride = 4 + width
    let length = Int32(width).bigEndian
    return unsafe [UInt8](unsafeUninitializedCapacity: header.count + values.count * stride) {
      bytes, filled in
      let raw = UnsafeMutableRawBufferPointer(bytes)
      unsafe raw.copyBytes(from: header)
      var offset = header.count
      for value in values {
        unsafe raw.storeBytes(of: length, toByteOffset: offset, as: Int32.self)
        unsafe raw.storeBytes(of: bits(value).bigEndian, toByteOffset: offset + 4, as: Bits.self)
        offset += stride
      }
      filled = offset
    }
  }

  /// - Throws: where an element is NULL or the bytes are not such an array.
  static func decode<Value, Bits: FixedWidthInteger & BitwiseCopyable>(
    _ bytes: RawSpan, of type: PostgresType, _ value: (Bits) -> Value
  ) throws(PostgresDecodingFailure) -> [Value] {
    let header = try ArrayHeader(bytes, of: type)
    let width = MemoryLayout<Bits>.size
    let stride = 4 + width
    guard header.count > 0 else { return [] }
    // With one NULL or more the array is shorter than this.
    guard bytes.byteCount == ArrayHeader.size + header.count * stride else {
      throw PostgresDecodingFailure("found a NULL element; ask for optional elements if NULL is allowed")
    }
    return unsafe [Value](unsafeUninitializedCapacity: header.count) { values, filled in
      for index in 0..<header.count {
        let offset = ArrayHeader.size + index * stride + 4
        let bits = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: Bits.self)
        unsafe (values.baseAddress! + index).initialize(to: value(Bits(bigEndian: bits)))
      }
      filled = header.count
    }
  }
}
