import CZlib

/// How the bytes of a `.gz` file are packed.
public enum GzipPacking: Sendable {
  /// Deflate at a level from 1 (fast) to 9 (small); equal bytes for equal versions of zlib.
  case deflated(level: Int32)
  /// Deflate that looks for runs of equal bytes only (zlib's `Z_RLE`): of 64-bit numbers, whose low bits are noise, files as
  /// small as those of level 6 in a third of the time.
  case runs
  /// Not compressed at all: equal bytes everywhere, and nothing for a reader to inflate.
  case stored
}

/// A gzip member without name or time, so that equal data give equal files (RFC 1952).
func gzip(_ bytes: [UInt8], packing: GzipPacking) -> [UInt8] {
  switch packing {
  case .deflated(let level): deflated(bytes, level: level, Z_DEFAULT_STRATEGY)
  case .runs: deflated(bytes, level: 1, Z_RLE)
  case .stored: stored(bytes)
  }
}

private func deflated(_ bytes: [UInt8], level: Int32, _ strategy: Int32) -> [UInt8] {
  precondition((1...9).contains(level), "zlib's levels are 1 to 9")
  precondition(bytes.count < 1 << 31, "one call of zlib takes less than 2 GiB")
  var stream = unsafe z_stream()
  let initialised = unsafe deflateInit2_(
    &stream, level, Z_DEFLATED, 15 + 16, 8, strategy, ZLIB_VERSION,
    Int32(MemoryLayout<z_stream>.size))
  precondition(initialised == Z_OK, "zlib of another major version, or no memory for its window")
  defer { unsafe deflateEnd(&stream) }
  let capacity = Int(unsafe deflateBound(&stream, UInt(bytes.count)))
  return unsafe [UInt8](unsafeUninitializedCapacity: capacity) { buffer, filled in
    unsafe bytes.withUnsafeBufferPointer { source in
      unsafe stream.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
      unsafe stream.avail_in = UInt32(source.count)
      unsafe stream.next_out = buffer.baseAddress
      unsafe stream.avail_out = UInt32(capacity)
      let code = unsafe deflate(&stream, Z_FINISH)
      precondition(code == Z_STREAM_END, "deflateBound is an upper bound")
      filled = capacity - Int(unsafe stream.avail_out)
    }
  }
}

/// Deflate's stored blocks (RFC 1951, 3.2.4) of at most 65,535 bytes each.
private func stored(_ bytes: [UInt8]) -> [UInt8] {
  var file: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
  file.reserveCapacity(bytes.count + bytes.count / 65_535 * 5 + 32)
  var start = 0
  repeat {
    let length = min(bytes.count - start, 65_535)
    file.append(start + length == bytes.count ? 1 : 0)
    file.append(littleEndian: UInt16(length))
    file.append(littleEndian: ~UInt16(length))
    file += bytes[start..<start + length]
    start += length
  } while start < bytes.count
  file.append(littleEndian: checksum(bytes[...]))
  file.append(littleEndian: UInt32(truncatingIfNeeded: bytes.count))
  return file
}

/// CRC-32 as gzip and PNG use it (ISO 3309).
func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
  unsafe bytes.withUnsafeBufferPointer { buffer in
    UInt32(unsafe crc32_z(0, buffer.baseAddress, buffer.count))
  }
}

extension [UInt8] {
  /// Appends a number, lowest byte first.
  mutating func append(littleEndian value: some FixedWidthInteger) {
    unsafe Swift.withUnsafeBytes(of: value.littleEndian) { unsafe append(contentsOf: $0) }
  }
}
