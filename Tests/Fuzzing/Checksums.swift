import CZlib

/// Inputs with their checksums made right, so that mutations reach what lies behind them.
enum Checksums {
  /// Bytes from the first gzip member on whose trailers say what the members hold. What is no deflate data stays.
  static func repairedGzip(_ input: [UInt8]) -> [UInt8] {
    var bytes = input
    var start = bytes.indices.first { bytes[$0...].starts(with: [0x1F, 0x8B, 8]) } ?? bytes.count
    while let body = bodyOfMember(bytes, at: start),
      let (end, contents) = inflated(bytes[body...]), end + 8 <= bytes.count
    {
      bytes.replaceSubrange(end..<end + 4, with: littleEndian(crc(contents[...])))
      bytes.replaceSubrange(end + 4..<end + 8, with: littleEndian(UInt32(truncatingIfNeeded: contents.count)))
      start = end + 8
    }
    return bytes
  }

  /// A PNG with the CRC-32 of its chunks and the Adler-32 of its samples.
  static func repairedPNG(_ input: [UInt8]) -> [UInt8] {
    var bytes = input
    let chunks = chunks(of: bytes)
    let places = chunks.filter { bytes[$0.lowerBound..<$0.lowerBound + 4].elementsEqual("IDAT".utf8) }
      .flatMap { $0.dropFirst(4) }
    let compressed = places.map { bytes[$0] }
    if compressed.count > 6, let (end, contents) = inflated(compressed[2...]), end + 4 <= places.count {
      let sum = UInt32(truncatingIfNeeded: unsafe adler32(1, contents, UInt32(contents.count)))
      for (index, byte) in littleEndian(sum).reversed().enumerated() { bytes[places[end + index]] = byte }
    }
    for chunk in chunks {
      bytes.replaceSubrange(
        chunk.upperBound..<chunk.upperBound + 4, with: littleEndian(crc(bytes[chunk])).reversed())
    }
    return bytes
  }

  /// Name and body of each whole chunk.
  private static func chunks(of bytes: [UInt8]) -> [Range<Int>] {
    var chunks: [Range<Int>] = []
    var position = 8
    while position + 12 <= bytes.count {
      let length = bytes[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
      guard length <= bytes.count - position - 12 else { break }
      chunks.append(position + 4..<position + 8 + length)
      position += 12 + length
    }
    return chunks
  }

  /// Where the deflate data of a gzip member begin (RFC 1952); `nil` where its header is cut off.
  private static func bodyOfMember(_ bytes: [UInt8], at start: Int) -> Int? {
    guard start + 18 <= bytes.count, bytes[start...].starts(with: [0x1F, 0x8B, 8]) else { return nil }
    let flags = bytes[start + 3]
    var position = start + 10
    if flags & 4 != 0 { position += 2 + Int(bytes[position]) + Int(bytes[position + 1]) << 8 }
    for flag in [UInt8(8), 16] where flags & flag != 0 {
      guard position < bytes.count, let end = bytes[position...].firstIndex(of: 0) else { return nil }
      position = end + 1
    }
    if flags & 2 != 0 { position += 2 }
    return position < bytes.count ? position : nil
  }

  /// Where raw deflate data end, and what they hold; `nil` for other data and beyond 64 KiB.
  private static func inflated(_ data: ArraySlice<UInt8>) -> (end: Int, contents: [UInt8])? {
    var stream = unsafe z_stream()
    guard unsafe inflateInit2_(&stream, -15, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size)) == Z_OK else {
      return nil
    }
    defer { unsafe inflateEnd(&stream) }
    var input = Array(data)
    var output = [UInt8](repeating: 0, count: 1 << 16)
    return unsafe input.withUnsafeMutableBufferPointer { source in
      unsafe output.withUnsafeMutableBufferPointer { target in
        unsafe stream.next_in = source.baseAddress
        unsafe stream.avail_in = UInt32(source.count)
        unsafe stream.next_out = target.baseAddress
        unsafe stream.avail_out = UInt32(target.count)
        guard unsafe inflate(&stream, Z_FINISH) == Z_STREAM_END else { return nil }
        let contents = unsafe Array(target[0..<Int(stream.total_out)])
        return unsafe (data.startIndex + Int(stream.total_in), contents)
      }
    }
  }

  private static func crc(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    unsafe bytes.withUnsafeBufferPointer { unsafe UInt32(crc32_z(0, $0.baseAddress, $0.count)) }
  }

  private static func littleEndian(_ number: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
  }
}
