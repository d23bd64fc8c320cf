import ImageFiles
import Volumes

/// Makes of the bytes of one frame its stored numbers, with the rescaling that makes them values: `slope · stored + intercept`.
///
/// Bytes whose numbers need all their bits stay where they are. Others are shifted to the top of their type and back, which clears
/// what lies above the stored bits and extends the sign; each type has a loop of its own, which vectorises.
struct PixelDecoding {
  let layout: PixelLayout
  let rescale: Rescale
  let isBigEndian: Bool

  /// - Parameter bytes: the samples of a frame: as many as the layout says.
  func samples(_ bytes: ArraySlice<UInt8>) -> StoredSamples {
    switch (layout.kind, layout.bitsAllocated, layout.isSigned) {
    case (.float32, _, _): stored(bytes, .float32)
    case (.float64, _, _): stored(bytes, .float64)
    case _ where layout.samples > 1:
      StoredSamples(luminances(bytes)[...], type: .uint8, bigEndian: false, scale: scale)
    case (.whole, 8, true): whole(bytes, Int8.self, .int8)
    case (.whole, 8, false): whole(bytes, UInt8.self, .uint8)
    case (.whole, 16, true): whole(bytes, Int16.self, .int16)
    case (.whole, 16, false): whole(bytes, UInt16.self, .uint16)
    case (.whole, _, true): whole(bytes, Int32.self, .int32)
    case (.whole, _, false): whole(bytes, UInt32.self, .uint32)
    }
  }

  private var scale: VoxelScale {
    VoxelScale(slope: rescale.slope, intercept: rescale.intercept, precision: .double)
  }

  private func stored(_ bytes: ArraySlice<UInt8>, _ type: SampleType) -> StoredSamples {
    // Of numbers with fractions the rescaling stays though it be none: it makes 0 of -0.
    StoredSamples(
      bytes, type: type, bigEndian: isBigEndian,
      scale: type.isInteger && rescale == .identity ? nil : scale)
  }

  @inline(__always)
  private func whole<T: FixedWidthInteger & SendableMetatype>(
    _ bytes: ArraySlice<UInt8>, _ number: T.Type, _ type: SampleType
  ) -> StoredSamples {
    let up = T(truncatingIfNeeded: T.bitWidth - 1 - layout.highBit)
    let down = T(truncatingIfNeeded: T.bitWidth - layout.bitsStored)
    let isTurned = layout.photometric == .monochrome1
    if !isTurned && (layout.bitsStored == T.bitWidth || isUsed(bytes, number, up, down)) {
      return stored(bytes, type)
    }
    // As ITK: the lowest stored number becomes the highest.
    let turned = layout.isSigned ? T(truncatingIfNeeded: -1) : T.max >> down
    var own = [UInt8](repeating: 0, count: bytes.count)
    unsafe own.withUnsafeMutableBytes { target in
      unsafe bytes.withUnsafeBytes { source in
        for i in 0..<source.count / MemoryLayout<T>.size {
          let place = i &* MemoryLayout<T>.size
          let read = unsafe source.loadUnaligned(fromByteOffset: place, as: T.self)
          let number = ((isBigEndian ? T(bigEndian: read) : T(littleEndian: read)) &<< up) &>> down
          unsafe target.storeBytes(
            of: (isTurned ? turned &- number : number).littleEndian, toByteOffset: place, as: T.self)
        }
      }
    }
    return StoredSamples(
      own[...], type: type, bigEndian: false, scale: rescale == .identity ? nil : scale)
  }

  /// Whether the bits beyond the stored ones are such that the numbers may be taken as they lie.
  @inline(__always)
  private func isUsed<T: FixedWidthInteger & SendableMetatype>(
    _ bytes: ArraySlice<UInt8>, _ number: T.Type, _ up: T, _ down: T
  ) -> Bool {
    unsafe bytes.withUnsafeBytes { source in
      var differing: T = 0
      for i in 0..<source.count / MemoryLayout<T>.size {
        let read = unsafe source.loadUnaligned(fromByteOffset: i &* MemoryLayout<T>.size, as: T.self)
        let number = isBigEndian ? T(bigEndian: read) : T(littleEndian: read)
        differing |= number ^ ((number &<< up) &>> down)
      }
      return differing == 0
    }
  }

  /// Of colours of three bytes.
  private func luminances(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    let (step, plane) = layout.isPlanar ? (1, layout.area) : (3, 1)
    let first = bytes.startIndex
    return (0..<layout.area).map { i in
      let red = bytes[first + i * step]
      if layout.photometric == .luminance { return red }
      return UInt8(
        truncatingIfNeeded: luminance(
          red: UInt16(red), green: UInt16(bytes[first + i * step + plane]),
          blue: UInt16(bytes[first + i * step + 2 * plane])))
    }
  }
}

extension PixelLayout {
  /// What becomes of a number of the header, such as that of padding, where stored numbers are turned.
  func number(of stored: Double) -> Double {
    photometric == .monochrome1 ? storedRange.lowerBound + storedRange.upperBound - stored : stored
  }
}
