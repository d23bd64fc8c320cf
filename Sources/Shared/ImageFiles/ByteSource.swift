/// The bytes of a file in order, decompressed on the way if they are gzip data.
struct ByteSource: ~Copyable {
  private let plain: ArraySlice<UInt8>
  private var position: Int
  private var gzip: InflateStream?
  /// Bytes handed out or skipped so far.
  private(set) var offset = 0

  /// - Parameter compressed: whether the bytes are gzip data.
  init(_ bytes: ArraySlice<UInt8>, compressed: Bool) {
    plain = bytes
    position = bytes.startIndex
    gzip = compressed ? InflateStream(bytes) : nil
  }

  /// The next `count` bytes.
  /// - Throws: `truncated`, `corrupt`.
  mutating func read(_ count: Int) throws(ImageFileError) -> ArraySlice<UInt8> {
    precondition(count >= 0, "a count of bytes is not negative")
    offset += count
    if gzip != nil { return try gzip!.read(count) }
    guard count <= plain.endIndex - position else {
      throw ImageFileError(
        .truncated,
        "the header promises \(count) bytes here, but only \(plain.endIndex - position) are left; the "
          + "file is cut off: copy it again from its source")
    }
    defer { position += count }
    return plain[position..<position + count]
  }

  /// Passes over `count` bytes, without keeping them.
  mutating func skip(_ count: Int) throws(ImageFileError) {
    var left = count
    while left > 0 {
      let piece = gzip == nil ? left : min(left, 1 << 20)
      _ = try read(piece)
      left -= piece
    }
  }

  /// Number of bytes left; verifies the checksums of compressed data.
  /// - Throws: `badHeader` when compressed data hold more than `limit` bytes more; `truncated`; `corrupt`.
  mutating func drain(limit: Int) throws(ImageFileError) -> Int {
    if gzip != nil { return try gzip!.drain(limit: limit) }
    return plain.endIndex - position
  }
}
