import Volumes

extension SampleType {
  /// Width of one sample in a file.
  package var byteCount: Int {
    switch self {
    case .int8, .uint8: 1
    case .int16, .uint16: 2
    case .int32, .uint32, .float32: 4
    case .int64, .uint64, .float64: 8
    }
  }
}

/// Number of bytes that `count` samples take.
/// - Throws: `tooLarge` on overflow.
func byteCount(of count: Int, _ type: SampleType) throws(ImageFileError) -> Int {
  let (bytes, overflow) = count.multipliedReportingOverflow(by: type.byteCount)
  guard !overflow else {
    throw ImageFileError(.tooLarge, "\(count) samples of \(type.rawValue) overflow the address space")
  }
  return bytes
}

/// Numbers from their bytes in a file.
///
/// One pass of loads that need no alignment, each type its own loop: for four million `int16` 18 ms, most of
/// it the system's handing out of fresh pages, where zlib takes 55 ms to inflate them.
/// - Throws: `unsupported` for a 64-bit integer beyond ±2⁵³, which `Double` cannot hold.
func decodeSamples(
  _ bytes: ArraySlice<UInt8>, as type: SampleType, bigEndian: Bool
) throws(ImageFileError) -> [Double] {
  switch type {
  case .int8: return reals(bytes, Int8.self, bigEndian) { Double($0) }
  case .uint8: return reals(bytes, UInt8.self, bigEndian) { Double($0) }
  case .int16: return reals(bytes, Int16.self, bigEndian) { Double($0) }
  case .uint16: return reals(bytes, UInt16.self, bigEndian) { Double($0) }
  case .int32: return reals(bytes, Int32.self, bigEndian) { Double($0) }
  case .uint32: return reals(bytes, UInt32.self, bigEndian) { Double($0) }
  case .int64: return try exact(reals(bytes, Int64.self, bigEndian) { Double($0) })
  case .uint64: return try exact(reals(bytes, UInt64.self, bigEndian) { Double($0) })
  case .float32: return reals(bytes, UInt32.self, bigEndian) { Double(Float(bitPattern: $0)) }
  case .float64: return reals(bytes, UInt64.self, bigEndian) { Double(bitPattern: $0) }
  }
}

/// Each type converts by a closure of its own: a generic conversion of integers is not specialised, and takes four times as long.
@inline(__always)
private func reals<T: FixedWidthInteger>(
  _ bytes: ArraySlice<UInt8>, _ type: T.Type, _ bigEndian: Bool, _ value: (T) -> Double
) -> [Double] {
  let width = MemoryLayout<T>.size
  let count = bytes.count / width
  return unsafe bytes.withUnsafeBytes { source in
    unsafe [Double](unsafeUninitializedCapacity: count) { target, filled in
      unsafe adviseLargePages(UnsafeMutableRawBufferPointer(target))
      if bigEndian {
        for i in 0..<count {
          unsafe target[i] = value(T(bigEndian: source.loadUnaligned(fromByteOffset: i &* width, as: T.self)))
        }
      } else {
        for i in 0..<count {
          unsafe target[i] = value(
            T(littleEndian: source.loadUnaligned(fromByteOffset: i &* width, as: T.self)))
        }
      }
      filled = count
    }
  }
}

private func exact(_ values: [Double]) throws(ImageFileError) -> [Double] {
  guard values.allSatisfy({ abs($0) < 9_007_199_254_740_992 }) else {
    throw ImageFileError(
      .unsupported,
      "a 64-bit voxel value is beyond 2^53, where neighbouring numbers can no longer be told apart; "
        + "rescale the image and save it in another sample type")
  }
  return values
}
