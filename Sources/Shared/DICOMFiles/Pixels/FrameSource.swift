import ImageFiles

/// Hands out the samples of each frame of one file, decompressed.
struct FrameSource {
  private enum Storage {
    case native(Range<Int>)
    /// Pieces of each frame.
    case compressed([[Range<Int>]], TransferSyntax.Pixels)
  }

  let layout: PixelLayout
  private let file: DICOMDataSet
  private let storage: Storage

  /// - Throws: `truncated` where the file has fewer pixels than its header promises, `badHeader` where it has a row more, `unsupported` for an encoding that nothing
  ///   here decodes, `badHeader`.
  init(_ file: DICOMDataSet, layout: PixelLayout, frames: Int) throws(ImageFileError) {
    self.file = file
    self.layout = layout
    let tag: DICOMTag =
      switch layout.kind {
      case .whole: .pixelData
      case .float32: .floatPixelData
      case .float64: .doubleFloatPixelData
      }
    switch file.element(tag)?.value {
    case .bytes(let range):
      let (needed, overflow) = layout.frameBytes.multipliedReportingOverflow(by: frames)
      guard !overflow, range.count >= needed else {
        throw ImageFileError(
          .truncated,
          "the header promises \(frames) frames of \(layout.frameBytes) bytes, but the file has \(range.count) bytes "
            + "of pixels; copy or export it again")
      }
      // A row or a column more: pixels lie elsewhere than the header says.
      guard range.count - needed < min(layout.columns, layout.rows) * max(2, layout.frameBytes / layout.area)
      else {
        throw ImageFileError(
          .badHeader,
          "the header promises \(frames) frames of \(layout.frameBytes) bytes, and the file has \(range.count) bytes of pixels: Rows, Columns, "
            + "Number of Frames or Bits Allocated are wrong; export it again")
      }
      storage = .native(range)
    case .fragments(let fragments):
      let pixels = TransferSyntax.pixels(of: file.transferSyntax)
      guard pixels != .unknown, pixels != .native else {
        throw ImageFileError(
          .unsupported,
          "pixels are compressed as \(TransferSyntax.name(of: file.transferSyntax)), which is not decoded here; convert "
            + "the series (gdcmconv --raw or dcmdjpeg, where they know it) and give that")
      }
      storage = .compressed(
        try Self.pieces(of: frames, fragments, table: file.bytes(.extendedOffsetTable), in: file.bytes),
        pixels)
    case .items, nil:
      throw ImageFileError(.notAnImage, "the file has a picture's header, but no pixels; export it again")
    }
  }

  /// The samples of one frame, and how they lie: those of a decoder may be narrower than the header says.
  func frame(_ index: Int) throws(ImageFileError) -> (
    bytes: ArraySlice<UInt8>, layout: PixelLayout, bigEndian: Bool
  ) {
    switch storage {
    case .native(let range):
      let start = range.lowerBound + index * layout.frameBytes
      let isBig = file.encoding.isBigEndian || file.transferSyntax == TransferSyntax.privateGE
      return (file.bytes[start..<start + layout.frameBytes], layout, isBig)
    case .compressed(let pieces, let pixels):
      var data = file.bytes[0..<0]
      if pieces[index].count == 1 {
        data = file.bytes[pieces[index][0]]
      } else {
        for piece in pieces[index] { data += file.bytes[piece] }
      }
      if pixels == .runLength {
        var layout = layout
        layout.isPlanar = false
        return (try RunLengths.decoded(data, layout)[...], layout, false)
      }
      let decoded = try CompressedFrame(data, pixels, layout).decoded()
      return (decoded.bytes[...], decoded.layout, false)
    }
  }

  /// Which pieces make which frame: all one frame, or one each, or as the table of offsets says.
  private static func pieces(
    of frames: Int, _ fragments: [Range<Int>], table extended: ArraySlice<UInt8>?, in bytes: [UInt8]
  ) throws(ImageFileError) -> [[Range<Int>]] {
    guard let table = fragments.first, fragments.count > 1 else {
      throw ImageFileError(.truncated, "the file has no piece of compressed pixels; copy or export it again")
    }
    let data = Array(fragments.dropFirst())
    if frames == 1 { return [data] }
    if data.count == frames { return data.map { [$0] } }
    let offsets = extended.map { words($0, width: 8) } ?? words(bytes[table], width: 4)
    guard offsets.count == frames, data.count > frames else {
      throw ImageFileError(
        .badHeader,
        "\(frames) frames are compressed in \(data.count) pieces, and no table says which belong together; "
          + "convert the image (gdcmconv --raw) and give that")
    }
    var pieces = [[Range<Int>]](repeating: [], count: frames)
    var frame = -1
    for piece in data {
      // Offsets count from the first piece's own header, of 8 bytes.
      let offset = UInt64(piece.lowerBound - data[0].lowerBound)
      if frame + 1 < frames, offsets[frame + 1] == offset { frame += 1 }
      guard frame >= 0 else { break }
      pieces[frame].append(piece)
    }
    guard frame == frames - 1 else {
      throw ImageFileError(.badHeader, "the table of offsets does not fit the pieces of compressed pixels")
    }
    return pieces
  }

  private static func words(_ bytes: ArraySlice<UInt8>, width: Int) -> [UInt64] {
    let bytes = Array(bytes)
    return (0..<bytes.count / width).map { word in
      (0..<width).reduce(0) { $0 | UInt64(bytes[word * width + $1]) << (8 * UInt64($1)) }
    }
  }
}
