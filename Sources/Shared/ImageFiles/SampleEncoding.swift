import Volumes

/// The little-endian bytes of numbers in a file.
/// - Throws: `valueOutOfRange` for a value that an integer type cannot hold exactly.
func encodeSamples(_ values: [Double], as type: SampleType) throws(ImageFileError) -> [UInt8] {
  switch type {
  case .int8: try integerBytes(values, Int8.self)
  case .uint8: try integerBytes(values, UInt8.self)
  case .int16: try integerBytes(values, Int16.self)
  case .uint16: try integerBytes(values, UInt16.self)
  case .int32: try integerBytes(values, Int32.self)
  case .uint32: try integerBytes(values, UInt32.self)
  case .int64: try integerBytes(values, Int64.self)
  case .uint64: try integerBytes(values, UInt64.self)
  case .float32: littleEndianBytes(values.map { Float($0).bitPattern })
  case .float64: littleEndianBytes(values.map(\.bitPattern))
  }
}

/// The values as whole numbers of one type.
/// - Throws: `valueOutOfRange`.
func wholeNumbers<T: FixedWidthInteger>(
  _ values: [Double], _ type: T.Type
) throws(ImageFileError) -> [T] {
  var numbers: [T] = []
  numbers.reserveCapacity(values.count)
  for value in values {
    guard let number = T(exactly: value) else {
      throw ImageFileError(
        .valueOutOfRange,
        "\(value) cannot be written as \(T.self); round and clamp the voxels, or choose another sample type")
    }
    numbers.append(number)
  }
  return numbers
}

private func integerBytes<T: FixedWidthInteger>(
  _ values: [Double], _ type: T.Type
) throws(ImageFileError) -> [UInt8] {
  littleEndianBytes(try wholeNumbers(values, type))
}

func littleEndianBytes<T: FixedWidthInteger>(_ numbers: some Collection<T>) -> [UInt8] {
  unsafe numbers.map(\.littleEndian).withUnsafeBytes { unsafe [UInt8]($0) }
}
