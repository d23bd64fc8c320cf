import Volumes

/// The whole-number labels of a mask that was read as an image: each value cut toward zero.
/// - Throws: `badLabel`, naming the first value that is no label.
func labelMap(of volume: Volume) throws(ImageFileError) -> LabelMap {
  let isLabel = { (value: Double) in value > -1 && value < 4_294_967_296 }
  if let bad = volume.voxels.firstIndex(where: { !isLabel($0) }) {
    let size = volume.geometry.size
    let place = "(\(bad % size.x), \(bad / size.x % size.y), \(bad / size.x / size.y))"
    throw ImageFileError(
      .badLabel,
      "voxel \(place) of the mask holds \(volume.voxels[bad]); labels are whole numbers from 0 to "
        + "4294967295: check that this file is the mask and not the image")
  }
  return LabelMap(geometry: volume.geometry, labels: volume.voxels.map { UInt32($0.rounded(.towardZero)) })
}

/// Labels from the bytes of whole numbers in a file.
/// - Returns: `nil` where a value is no label, and for types that are not whole numbers.
func decodeLabels(_ bytes: ArraySlice<UInt8>, as type: SampleType, bigEndian: Bool) -> [UInt32]? {
  switch type {
  case .int8: labels(bytes, Int8.self, bigEndian)
  case .uint8: labels(bytes, UInt8.self, bigEndian)
  case .int16: labels(bytes, Int16.self, bigEndian)
  case .uint16: labels(bytes, UInt16.self, bigEndian)
  case .int32: labels(bytes, Int32.self, bigEndian)
  case .uint32: labels(bytes, UInt32.self, bigEndian)
  case .int64: labels(bytes, Int64.self, bigEndian)
  case .uint64: labels(bytes, UInt64.self, bigEndian)
  case .float32, .float64: nil
  }
}

@inline(__always)
private func labels<T: FixedWidthInteger>(
  _ bytes: ArraySlice<UInt8>, _ type: T.Type, _ bigEndian: Bool
) -> [UInt32]? {
  let width = MemoryLayout<T>.size
  let count = bytes.count / width
  // All bits that occur, for the test below: gathered, so that the loop vectorises.
  var occurring: T = 0
  let labels = unsafe bytes.withUnsafeBytes { source in
    unsafe [UInt32](unsafeUninitializedCapacity: count) { target, filled in
      unsafe adviseLargePages(UnsafeMutableRawBufferPointer(target))
      for i in 0..<count {
        let stored = unsafe source.loadUnaligned(fromByteOffset: i &* width, as: T.self)
        let value = bigEndian ? T(bigEndian: stored) : T(littleEndian: stored)
        occurring |= value
        unsafe target[i] = UInt32(truncatingIfNeeded: value)
      }
      filled = count
    }
  }
  let isSound = T.isSigned ? occurring >= 0 : true
  return isSound && (T.bitWidth <= 32 || occurring >> 32 == 0) ? labels : nil
}
