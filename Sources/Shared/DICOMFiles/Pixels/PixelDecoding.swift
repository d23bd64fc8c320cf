import ImageFiles
import Volumes

/// Turns the samples of one frame into values: `slope · stored + intercept`.
///
/// Stored bits are shifted to the top of their type and back, which clears what lies above and extends the sign; each type
/// has a loop of its own, which vectorises.
struct PixelDecoding {
  let layout: PixelLayout
  let rescale: Rescale
  let isBigEndian: Bool

  /// - Parameters:
  ///   - bytes: the samples of a frame: as many as the layout says.
  ///   - target: one value for each pixel.
  func decode(_ bytes: ArraySlice<UInt8>, into target: UnsafeMutableBufferPointer<Double>) {
    unsafe bytes.withUnsafeBytes { source in
      switch (layout.kind, layout.bitsAllocated, layout.isSigned) {
      case (.float32, _, _):
        unsafe values(source, UInt32.self, target) { Double(Float(bitPattern: $0)) }
      case (.float64, _, _):
        unsafe values(source, UInt64.self, target) { Double(bitPattern: $0) }
      case _ where layout.samples > 1: unsafe luminances(source, target)
      case (.whole, 8, true): unsafe whole(source, Int8.self, target)
      case (.whole, 8, false): unsafe whole(source, UInt8.self, target)
      case (.whole, 16, true): unsafe whole(source, Int16.self, target)
      case (.whole, 16, false): unsafe whole(source, UInt16.self, target)
      case (.whole, _, true): unsafe whole(source, Int32.self, target)
      case (.whole, _, false): unsafe whole(source, UInt32.self, target)
      }
    }
  }

  @inline(__always)
  private func whole<T: FixedWidthInteger & SendableMetatype>(
    _ source: UnsafeRawBufferPointer, _ type: T.Type, _ target: UnsafeMutableBufferPointer<Double>
  ) {
    let up = T(truncatingIfNeeded: T.bitWidth - 1 - layout.highBit)
    let down = T(truncatingIfNeeded: T.bitWidth - layout.bitsStored)
    if layout.photometric == .monochrome1 {
      // As ITK: the lowest stored number becomes the highest.
      let turned = layout.storedRange.lowerBound + layout.storedRange.upperBound
      unsafe values(source, type, target) { turned - Double(($0 &<< up) &>> down) }
    } else {
      unsafe values(source, type, target) { Double(($0 &<< up) &>> down) }
    }
  }

  @inline(__always)
  private func values<T: FixedWidthInteger>(
    _ source: UnsafeRawBufferPointer, _ type: T.Type, _ target: UnsafeMutableBufferPointer<Double>,
    _ value: (T) -> Double
  ) {
    let (slope, intercept, width) = (rescale.slope, rescale.intercept, MemoryLayout<T>.size)
    if isBigEndian {
      for i in 0..<target.count {
        let stored = unsafe T(bigEndian: source.loadUnaligned(fromByteOffset: i &* width, as: T.self))
        unsafe target[i] = slope * value(stored) + intercept
      }
    } else {
      for i in 0..<target.count {
        let stored = unsafe T(littleEndian: source.loadUnaligned(fromByteOffset: i &* width, as: T.self))
        unsafe target[i] = slope * value(stored) + intercept
      }
    }
  }

  /// Of colours of three bytes.
  private func luminances(_ source: UnsafeRawBufferPointer, _ target: UnsafeMutableBufferPointer<Double>) {
    let (step, plane) = layout.isPlanar ? (1, target.count) : (3, 1)
    for i in 0..<target.count {
      let red = unsafe UInt16(source[i * step])
      let value =
        layout.photometric == .luminance
        ? red
        : unsafe luminance(
          red: red, green: UInt16(source[i * step + plane]), blue: UInt16(source[i * step + 2 * plane]))
      unsafe target[i] = rescale.slope * Double(value) + rescale.intercept
    }
  }
}
