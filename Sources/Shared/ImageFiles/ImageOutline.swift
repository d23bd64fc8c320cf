/// What the beginning of an image file says of it, for those who look through folders: nothing is decoded.
package struct ImageOutline: Equatable, Sendable {
  /// A file format, as messages call it.
  package enum Format: String, Sendable {
    case png = "PNG"
    case nrrd = "NRRD"
    case metaImage = "MetaImage"
    case nifti = "NIfTI"
  }

  package let format: Format
  /// Sizes of the axes in space, the fastest first, without axes of one entry at the end; a further axis that has several
  /// entries (a time series) follows.
  package let sizes: [Int]
  /// The regions that the file names; empty for all but segmentations of 3D Slicer.
  package let segments: [NamedSegment]

  /// Bytes within which the header of every format but a large segmentation's ends.
  package static let usualLength = 1 << 16
  /// Bytes within which every header must end.
  package static let longestLength = 1 << 22

  /// - Parameters:
  ///   - bytes: the file, or its beginning.
  ///   - isWhole: whether these are all of its bytes.
  /// - Returns: `nil` for what is no image of these formats.
  /// - Throws: `ImageFileError`: `truncated` where the header does not end within the bytes; `badHeader`, `unsupported`.
  package init?(beginning bytes: [UInt8], isWhole: Bool) throws(ImageFileError) {
    if bytes.starts(with: PNGChunks.signature) {
      self.init(format: .png, sizes: try Self.sizesOfPNG(bytes))
    } else if ImageFormat.isNRRD(bytes) {
      try self.init(ofNRRD: bytes, isWhole: isWhole)
    } else if MetaImageFields.begin(bytes) {
      self.init(format: .metaImage, sizes: try MetaImageHeader(bytes).sizes)
    } else if let sizes = try Self.sizesOfNIfTI(bytes) {
      self.init(format: .nifti, sizes: sizes)
    } else {
      return nil
    }
  }

  private init(format: Format, sizes: [Int], segments: [NamedSegment] = []) {
    self.format = format
    self.sizes = Array(sizes.prefix((sizes.lastIndex { $0 != 1 } ?? 0) + 1))
    self.segments = segments
  }

  private init(ofNRRD bytes: [UInt8], isWhole: Bool) throws(ImageFileError) {
    guard isWhole || Self.hasEmptyLine(bytes) else {
      throw ImageFileError(.truncated, "the NRRD header does not end; the file is cut off: copy it again")
    }
    let header = try NRRDHeader(bytes)
    var sizes = header.sizes
    if let axis = try header.componentAxis() { sizes.remove(at: axis) }
    let segments = try SlicerSegment.all(in: header).map {
      NamedSegment(number: $0.number, name: $0.name, identifier: $0.identifier)
    }
    self.init(format: .nrrd, sizes: sizes, segments: segments)
  }

  private static func hasEmptyLine(_ bytes: [UInt8]) -> Bool {
    var isLineEmpty = false
    for byte in bytes {
      if byte == UInt8(ascii: "\n") {
        if isLineEmpty { return true }
        isLineEmpty = true
      } else if byte != UInt8(ascii: "\r") {
        isLineEmpty = false
      }
    }
    return false
  }

  /// Width and height, which stand in the first chunk.
  private static func sizesOfPNG(_ bytes: [UInt8]) throws(ImageFileError) -> [Int] {
    guard bytes.count >= 24 else {
      throw ImageFileError(.truncated, "the PNG ends in its first chunk; the file is cut off: copy it again")
    }
    func number(at start: Int) -> Int { bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) } }
    return [number(at: 16), number(at: 20)]
  }

  /// `nil` where the data, or what gzip data come to, do not begin as NIfTI does.
  private static func sizesOfNIfTI(_ bytes: [UInt8]) throws(ImageFileError) -> [Int]? {
    var source = ByteSource(bytes[...], compressed: isGzip(bytes))
    guard let head = try? source.read(NIfTIHeader.shortestLength),
      let version = NIfTIHeader.version(of: head)
    else { return nil }
    let rest = try source.read(NIfTIHeader.byteCount(ofVersion: version) - head.count)
    return try NIfTIHeader((Array(head) + rest)[...]).sizes
  }
}
