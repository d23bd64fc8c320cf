import CZlib
import Volumes

/// Whether bytes begin with gzip's signature and its only compression method (RFC 1952).
func isGzip(_ bytes: some Collection<UInt8>) -> Bool { bytes.starts(with: [0x1F, 0x8B, 0x08]) }

/// Decompresses deflate data in a gzip or zlib container, as much as is asked for and no more.
///
/// Checksums are verified by zlib at the end. Gzip members may follow each other (as `pigz` and
/// `bgzip` write them); bytes after the last member are ignored, as `gzip -d` does. Output is written straight
/// into the array that is returned; what ends the data is left to libdeflate, which is faster.
@safe struct InflateStream: ~Copyable {
  /// In memory of its own, because zlib remembers the address of its stream.
  private let stream: UnsafeMutablePointer<z_stream>
  private let input: ArraySlice<UInt8>
  private let container: Container
  /// Bytes of the input that zlib has consumed.
  private var consumed = 0
  /// Bytes that have been decompressed.
  private var produced = 0
  private var ended = false

  /// What surrounds the deflate data.
  enum Container {
    /// RFC 1952.
    case gzip
    /// RFC 1950, as in PNG.
    case zlib
  }

  private enum Outcome: Equatable {
    case filled, ended, truncated
    case corrupt(String)
  }

  init(_ input: ArraySlice<UInt8>, container: Container = .gzip) {
    self.input = input
    self.container = container
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    let code = unsafe inflateInit2_(
      stream, container == .gzip ? 15 + 16 : 15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    precondition(code == Z_OK, "zlib of another major version, or no memory for its 32 KiB window")
  }

  deinit {
    unsafe inflateEnd(stream)
    unsafe stream.deallocate()
  }

  /// The next `count` decompressed bytes.
  /// - Throws: `truncated` when the data end before, without allocating where they cannot be that long;
  ///   `corrupt` when the compression or a checksum does not hold.
  mutating func read(_ count: Int) throws(ImageFileError) -> ArraySlice<UInt8> {
    guard count / maximumDeflateRatio <= input.count else { throw shortfall(count) }
    if let rest = readToEnd(count) { return rest }
    var outcome = Outcome.filled
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      unsafe adviseLargePages(UnsafeMutableRawBufferPointer(buffer))
      unsafe (outcome, filled) = fill(buffer)
    }
    if case .corrupt(let reason) = outcome { throw corruption(reason) }
    guard bytes.count == count else { throw shortfall(count) }
    produced += count
    return bytes[...]
  }

  /// The next `count` bytes where they are the last ones, and few came before them, which are decompressed again.
  private mutating func readToEnd(_ count: Int) -> ArraySlice<UInt8>? {
    guard container == .gzip, !ended, produced <= 1 << 12,
      let bytes = decompressedMember(input, count: produced + count)
    else { return nil }
    ended = true
    defer { produced += count }
    return bytes[produced...]
  }

  /// Decompresses what is left, which verifies the last checksum, and returns its length.
  /// - Throws: `badHeader` as soon as more than `limit` bytes are left; `truncated`; `corrupt`.
  mutating func drain(limit: Int) throws(ImageFileError) -> Int {
    var left = 0
    while !ended {
      var outcome = Outcome.filled
      let piece = unsafe [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, filled in
        unsafe (outcome, filled) = fill(buffer)
      }
      if case .corrupt(let reason) = outcome { throw corruption(reason) }
      if outcome == .truncated { throw shortfall(piece.count) }
      left += piece.count
      guard left <= limit else { throw surplus(limit) }
    }
    return left
  }

  private mutating func fill(_ buffer: UnsafeMutableBufferPointer<UInt8>) -> (Outcome, Int) {
    var produced = 0
    while produced < buffer.count, !ended {
      let (code, progress) = unsafe step(UnsafeMutableBufferPointer(rebasing: buffer[produced...]))
      produced += progress.produced
      consumed += progress.consumed
      switch code {
      case Z_STREAM_END: endMember()
      case Z_OK where progress != (0, 0): continue
      case Z_OK, Z_BUF_ERROR: return (.truncated, produced)
      default:
        return (
          .corrupt(unsafe stream.pointee.msg.map { unsafe String(cString: $0) } ?? "zlib \(code)"), produced
        )
      }
    }
    return (ended && produced < buffer.count ? .ended : .filled, produced)
  }

  /// One call of zlib on at most 1 GiB of input and output.
  private func step(_ output: UnsafeMutableBufferPointer<UInt8>) -> (Int32, (consumed: Int, produced: Int)) {
    let room = min(output.count, 1 << 30)
    return unsafe input.withUnsafeBufferPointer { source in
      let available = min(source.count - consumed, 1 << 30)
      unsafe stream.pointee.next_in = UnsafeMutablePointer(
        mutating: source.baseAddress.map { unsafe $0 + consumed })
      unsafe stream.pointee.avail_in = UInt32(available)
      unsafe stream.pointee.next_out = output.baseAddress
      unsafe stream.pointee.avail_out = UInt32(room)
      let code = unsafe inflate(stream, Z_NO_FLUSH)
      let progress = unsafe (
        available - Int(stream.pointee.avail_in), room - Int(stream.pointee.avail_out)
      )
      return (code, progress)
    }
  }

  private mutating func endMember() {
    if container == .gzip && isGzip(input.dropFirst(consumed)) {
      unsafe inflateReset(stream)
    } else {
      ended = true
    }
  }

  private func shortfall(_ count: Int) -> ImageFileError {
    ImageFileError(
      .truncated,
      "the compressed data end before the \(count) bytes that the header promises; the file is cut off: "
        + "copy it again from its source")
  }

  private func surplus(_ limit: Int) -> ImageFileError {
    ImageFileError(
      .badHeader,
      "the compressed data hold \(limit == 0 ? "" : "over \(limit) bytes ")more than the header "
        + "promises; correct the sizes in the header")
  }

  private func corruption(_ reason: String) -> ImageFileError {
    ImageFileError(
      .corrupt, "the compressed data are damaged (\(reason)); copy the file again from its source")
  }
}

/// Deflate turns at most 1032 bytes into one (a run of matches of length 258, two bits each).
let maximumDeflateRatio = 1032
