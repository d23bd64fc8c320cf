import CGDCM
import ImageFiles

/// One compressed frame, whose own header is read before GDCM is asked to decode it: what it promises must be what the DICOM
/// header promises, so that the decoder's memory is known beforehand.
struct CompressedFrame {
  /// What the compressed data say of themselves.
  struct Header: Equatable {
    var columns: Int
    var rows: Int
    var samples: Int
    var bits: Int
  }

  private let data: ArraySlice<UInt8>
  private let codec: cgdcm_codec
  private let header: Header
  private let layout: PixelLayout

  /// - Throws: `corrupt` where the data are no such picture, `badHeader` where it has another size than the DICOM header says,
  ///   `unsupported` for colours and for more than 16 bits.
  init(
    _ data: ArraySlice<UInt8>, _ pixels: TransferSyntax.Pixels, _ layout: PixelLayout
  ) throws(ImageFileError) {
    self.layout = layout
    var data = data
    if pixels == .jpeg2000 { data = Self.codestream(of: data) ?? data }
    let found: Header?
    switch pixels {
    case .jpeg: (codec, found) = (CGDCM_JPEG, Self.jpeg(data, kinds: [0xC0, 0xC1, 0xC2, 0xC3]))
    case .jpegLS: (codec, found) = (CGDCM_JPEG_LS, Self.jpeg(data, kinds: [0xF7]))
    default: (codec, found) = (CGDCM_JPEG_2000, Self.jpeg2000(data))
    }
    guard let found else {
      throw ImageFileError(
        .corrupt, "a frame's compressed data do not begin as such; copy or export the file again")
    }
    guard layout.samples == 1, found.samples == 1, (2...16).contains(found.bits), layout.bitsAllocated <= 16
    else {
      throw ImageFileError(
        .unsupported,
        "a compressed frame has \(found.samples) samples of \(found.bits) bits; one of 2 to 16 bits is decoded: "
          + "convert the image (gdcmconv --raw) and give that")
    }
    guard found.columns == layout.columns, found.rows == layout.rows, found.bits <= layout.bitsAllocated
    else {
      throw ImageFileError(
        .badHeader,
        "a compressed frame has \(found.columns) × \(found.rows) pixels of \(found.bits) bits, but the header says "
          + "\(layout.columns) × \(layout.rows) of \(layout.bitsAllocated); export the image again")
    }
    self.data = Self.withoutPadding(data)
    header = found
    guard pixels != .jpegLS || Self.isOneScan(self.data) else {
      throw ImageFileError(.corrupt, "a frame's compressed data are damaged; copy or export the file again")
    }
  }

  /// The samples, of one byte where the compressed data have at most 8 bits, else of two, little-endian.
  /// - Throws: `corrupt` where GDCM does not decode them.
  func decoded() throws(ImageFileError) -> (bytes: [UInt8], layout: PixelLayout) {
    var narrow = layout
    narrow.bitsAllocated = header.bits <= 8 ? 8 : 16
    narrow.bitsStored = min(layout.bitsStored, narrow.bitsAllocated)
    narrow.highBit = narrow.bitsStored - 1
    var frame = cgdcm_frame(
      codec: codec, columns: UInt32(header.columns), rows: UInt32(header.rows), samples_per_pixel: 1,
      bits: UInt16(header.bits))
    var isDecoded = false
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: narrow.frameBytes) { buffer, filled in
      unsafe data.withUnsafeBufferPointer { source in
        isDecoded =
          unsafe cgdcm_decode(&frame, source.baseAddress, source.count, buffer.baseAddress, buffer.count) == 1
      }
      filled = isDecoded ? buffer.count : 0
    }
    guard isDecoded else {
      throw ImageFileError(
        .corrupt, "the compressed pixels of a frame cannot be decoded; copy or export the file again")
    }
    return (bytes, narrow)
  }

  /// Pieces have an even length.
  private static func withoutPadding(_ data: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let end = data.suffix(16).lastIndex(of: 0xD9)
    guard let end, end > data.startIndex, data[end - 1] == 0xFF else { return data }
    return data[...end]
  }

  /// Whether JPEG-LS data are one scan up to the end of the image, without a marker in it: decoders wait for ever for the
  /// rest of a scan that a damaged byte has ended.
  private static func isOneScan(_ data: ArraySlice<UInt8>) -> Bool {
    let bytes = Bytes(data)
    var cursor = 2
    while let marker = bytes.sixteen(cursor), let length = bytes.sixteen(cursor + 2), marker != 0xFFDA {
      cursor += marker == 0xFFFF ? 1 : 2 + length
    }
    let scan = data.dropFirst(cursor + 2)
    var wasFull = false
    for (index, byte) in zip(scan.indices, scan) {
      // Before a marker any number of full bytes may stand.
      if wasFull && byte >= 0x80 && byte != 0xFF { return byte == 0xD9 && index == scan.endIndex - 1 }
      wasFull = byte == 0xFF
    }
    return false
  }

  /// Of the first frame header (ISO/IEC 10918-1, B.2.2), which comes after tables.
  private static func jpeg(_ data: ArraySlice<UInt8>, kinds: Set<UInt8>) -> Header? {
    let bytes = Bytes(data)
    guard bytes.sixteen(0) == 0xFFD8 else { return nil }
    var cursor = 2
    while let marker = bytes.sixteen(cursor), let length = bytes.sixteen(cursor + 2), length >= 2 {
      guard marker >> 8 == 0xFF, marker != 0xFFDA, marker != 0xFFD9 else { return nil }
      if marker == 0xFFFF {
        cursor += 1
        continue
      }
      if kinds.contains(UInt8(marker & 0xFF)) {
        guard let bits = bytes.eight(cursor + 4), let rows = bytes.sixteen(cursor + 5),
          let columns = bytes.sixteen(cursor + 7), let samples = bytes.eight(cursor + 9)
        else { return nil }
        return Header(columns: columns, rows: rows, samples: samples, bits: bits)
      }
      cursor += 2 + length
    }
    return nil
  }

  /// The codestream of JPEG 2000 data that have the boxes of a file around it, which PS3.5, A.4.4, forbids and some programs write.
  /// Boxes may name another size, further channels or another codestream than the one whose header was read: the decoder gets none.
  private static func codestream(of data: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    let bytes = Bytes(data)
    guard bytes.thirtyTwo(4) == 0x6A50_2020 else { return nil }
    let start = (0..<min(data.count, 4096)).first { bytes.thirtyTwo($0) == 0xFF4F_FF51 }
    return start.map { data.dropFirst($0) }
  }

  /// Of the size marker (ISO/IEC 15444-1, A.5.1), with which a codestream begins.
  private static func jpeg2000(_ data: ArraySlice<UInt8>) -> Header? {
    let bytes = Bytes(data)
    guard bytes.thirtyTwo(0) == 0xFF4F_FF51 else { return nil }
    let size = 8
    guard let width = bytes.thirtyTwo(size), let height = bytes.thirtyTwo(size + 4),
      bytes.thirtyTwo(size + 8) == 0, bytes.thirtyTwo(size + 12) == 0,
      let tileWidth = bytes.thirtyTwo(size + 16), let tileHeight = bytes.thirtyTwo(size + 20),
      tileWidth > 0, tileHeight > 0, bytes.thirtyTwo(size + 24) == 0, bytes.thirtyTwo(size + 28) == 0,
      let samples = bytes.sixteen(size + 32), samples >= 1, samples <= 4,
      let precision = bytes.eight(size + 34)
    else { return nil }
    for sample in 0..<samples {
      guard bytes.eight(size + 34 + 3 * sample) == precision, bytes.eight(size + 35 + 3 * sample) == 1,
        bytes.eight(size + 36 + 3 * sample) == 1
      else { return nil }
    }
    return Header(columns: width, rows: height, samples: samples, bits: precision & 0x7F + 1)
  }
}

/// Big-endian numbers at places that may not be there.
private struct Bytes {
  private let data: ArraySlice<UInt8>

  init(_ data: ArraySlice<UInt8>) { self.data = data }

  func eight(_ offset: Int) -> Int? {
    guard offset >= 0, offset < data.count else { return nil }
    return Int(data[data.startIndex + offset])
  }

  func sixteen(_ offset: Int) -> Int? {
    guard let high = eight(offset), let low = eight(offset + 1) else { return nil }
    return high << 8 | low
  }

  func thirtyTwo(_ offset: Int) -> Int? {
    guard let high = sixteen(offset), let low = sixteen(offset + 2) else { return nil }
    return high << 16 | low
  }
}
