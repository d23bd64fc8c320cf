// Integers in network byte order, as PostgreSQL's binary formats hold them.

extension RawSpan {
  /// The integer at `offset`, or `nil` where the bytes end before it does.
  func networkInteger<T: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: T.Type = T.self) -> T?
  {
    guard offset >= 0, offset <= byteCount - MemoryLayout<T>.size else { return nil }
    return unsafe T(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: T.self))
  }

  /// The bytes as an array.
  var array: [UInt8] {
    unsafe withUnsafeBytes { unsafe [UInt8]($0) }
  }
}

extension [UInt8] {
  mutating func appendNetwork<T: FixedWidthInteger & BitwiseCopyable>(_ value: T) {
    unsafe Swift.withUnsafeBytes(of: value.bigEndian) { unsafe append(contentsOf: $0) }
  }

  init<T: FixedWidthInteger & BitwiseCopyable>(network value: T) {
    self = []
    appendNetwork(value)
  }
}
