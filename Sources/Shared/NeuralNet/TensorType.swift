/// Number types of the safetensors format, by their names in the header.
package enum TensorType: String, Sendable, CaseIterable {
  case bool = "BOOL"
  case uint8 = "U8"
  case int8 = "I8"
  case float8E5M2 = "F8_E5M2"
  case float8E4M3 = "F8_E4M3"
  case int16 = "I16"
  case uint16 = "U16"
  case float16 = "F16"
  case bfloat16 = "BF16"
  case int32 = "I32"
  case uint32 = "U32"
  case float32 = "F32"
  case float64 = "F64"
  case int64 = "I64"
  case uint64 = "U64"

  /// Bytes of one element.
  package var width: Int {
    switch self {
    case .bool, .uint8, .int8, .float8E5M2, .float8E4M3: 1
    case .int16, .uint16, .float16, .bfloat16: 2
    case .int32, .uint32, .float32: 4
    case .float64, .int64, .uint64: 8
    }
  }

  /// Types that network weights may have: all become 32-bit floats without loss.
  package var isWeight: Bool { self == .float32 || self == .float16 || self == .bfloat16 }

  /// Reads elements of a weight type as 32-bit floats; the bytes are little-endian and need no alignment.
  func floats(from bytes: ArraySlice<UInt8>) -> [Float] {
    precondition(isWeight, "only f32, f16 and bf16 are read as weights")
    let count = bytes.count / width
    return unsafe bytes.withUnsafeBytes { raw in
      unsafe [Float](unsafeUninitializedCapacity: count) { values, filled in
        for i in 0..<count {
          let value: Float
          switch self {
          case .float16: value = unsafe Float(Float16(bitPattern: half(raw, i)))
          case .bfloat16: value = unsafe Float(bitPattern: UInt32(half(raw, i)) << 16)
          default:
            let word = unsafe raw.loadUnaligned(fromByteOffset: 4 * i, as: UInt32.self)
            value = Float(bitPattern: UInt32(littleEndian: word))
          }
          unsafe values.initializeElement(at: i, to: value)
        }
        filled = count
      }
    }
  }
}

private func half(_ raw: UnsafeRawBufferPointer, _ index: Int) -> UInt16 {
  unsafe UInt16(littleEndian: raw.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self))
}
