import ImageFiles
import Volumes

/// How the pixels of one file are stored (DICOM PS3.3, C.7.6.3).
struct PixelLayout: Sendable, Equatable {
  enum Kind: Sendable, Equatable {
    case whole
    /// Of parametric maps.
    case float32, float64
  }

  enum Photometric: Sendable, Equatable {
    /// The lowest value is white.
    case monochrome1
    case monochrome2
    case rgb
    /// Luminance and two differences of colour, each for every pixel.
    case luminance
  }

  var kind: Kind
  var columns: Int
  var rows: Int
  var samples: Int
  /// Bits of a sample in the file: 8, 16, 32 or 64.
  var bitsAllocated: Int
  /// Bits of them that are the value.
  var bitsStored: Int
  /// The highest of them.
  var highBit: Int
  var isSigned: Bool
  var photometric: Photometric
  /// Whether all red samples come first, then all green, then all blue.
  var isPlanar: Bool

  var area: Int { columns * rows }
  /// Bytes of a frame that is not compressed.
  var frameBytes: Int { area * samples * (bitsAllocated / 8) }

  /// - Throws: `badHeader`, `unsupported` for what is no picture of one value a pixel, or of colours.
  init(_ file: DICOMDataSet, limits: ImageReadLimits) throws(ImageFileError) {
    columns = try file.required(.columns, "Columns", 1...65_535)
    rows = try file.required(.rows, "Rows", 1...65_535)
    _ = try limits.voxelCount(of: [columns, rows])
    samples =
      try file.integer(.samplesPerPixel) == nil
      ? 1 : file.required(.samplesPerPixel, "Samples per Pixel", 1...4)
    isPlanar = file.integer(.planarConfiguration) == 1
    photometric = try Self.photometric(file, samples)
    kind =
      file.contains(.floatPixelData) ? .float32 : file.contains(.doubleFloatPixelData) ? .float64 : .whole
    bitsAllocated = try file.required(.bitsAllocated, "Bits Allocated", 1...64)
    isSigned = file.integer(.pixelRepresentation) == 1
    guard kind == .whole else {
      bitsAllocated = kind == .float32 ? 32 : 64
      (bitsStored, highBit) = (bitsAllocated, bitsAllocated - 1)
      return
    }
    guard [8, 16, 32].contains(bitsAllocated), samples == 1 || bitsAllocated == 8 else {
      throw ImageFileError(
        .unsupported,
        "pixels of \(samples) samples of \(bitsAllocated) bits; 8, 16 and 32 bits are read, 8 in colour: convert "
          + "the image to NIfTI or NRRD")
    }
    bitsStored = file.integer(.bitsStored) ?? bitsAllocated
    highBit = file.integer(.highBit) ?? bitsStored - 1
    guard (1...bitsAllocated).contains(bitsStored), highBit >= bitsStored - 1, highBit < bitsAllocated else {
      throw ImageFileError(
        .badHeader,
        "\(bitsStored) bits up to bit \(highBit) do not fit the \(bitsAllocated) bits of a pixel; correct Bits "
          + "Stored and High Bit")
    }
  }

  private static func photometric(_ file: DICOMDataSet, _ samples: Int) throws(ImageFileError) -> Photometric
  {
    switch (file.string(.photometricInterpretation) ?? "MONOCHROME2", samples) {
    case ("MONOCHROME1", 1): return .monochrome1
    case ("MONOCHROME2", 1): return .monochrome2
    case ("RGB", 3): return .rgb
    case ("YBR_FULL", 3): return .luminance
    case (let other, _):
      throw ImageFileError(
        .unsupported,
        "pixels are \(quoted(other)) with \(samples) samples; MONOCHROME1 and 2, RGB and YBR_FULL are read: "
          + "convert the image to one value a pixel")
    }
  }

  /// Range of the stored numbers.
  var storedRange: ClosedRange<Double> {
    let span = Double(UInt64(1) << UInt64(min(bitsStored, 63)))
    return isSigned ? -span / 2...span / 2 - 1 : 0...span - 1
  }
}

extension DICOMDataSet {
  /// A number that a header must have.
  /// - Throws: `badHeader` where it is absent or out of range.
  fileprivate func required(
    _ tag: DICOMTag, _ name: String, _ range: ClosedRange<Int>
  ) throws(ImageFileError) -> Int {
    guard let value = integer(tag) else {
      throw ImageFileError(.badHeader, "the header has no \(name) \(tag); export the image again")
    }
    guard range.contains(value) else {
      throw ImageFileError(
        .badHeader,
        "\(name) is \(value); expected \(range.lowerBound) to \(range.upperBound): correct the header")
    }
    return value
  }
}
