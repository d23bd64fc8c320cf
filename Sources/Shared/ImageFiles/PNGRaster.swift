import Volumes

/// The samples of a PNG as they were before it was written: no gamma, no colour profile, no transparency applied.
///
/// Grey samples of 1, 2 and 4 bits are spread to 0…255 and palette entries become RGB, as SimpleITK and
/// Pillow read them. Where the file says how many bits are significant (chunk sBIT: a camera of 12 bits in samples of 16), samples
/// are shifted down to these bits, which gives back what the camera gave (ISO/IEC 15948, 11.3.3.4). SimpleITK does so, and with
/// it PyRadiomics; Pillow and OpenCV do not.
struct PNGRaster {
  let width: Int
  let height: Int
  /// 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha.
  let channels: Int
  /// 8 or 16.
  let bitDepth: Int
  /// Pixel by pixel from the top left, channels interleaved.
  let samples: [UInt16]
  let spacing: SIMD2<Double>
  /// By how many bits each channel is shifted down to its significant bits.
  private let shifts: [Int]

  /// - Throws: `ImageFileError`.
  init(_ bytes: [UInt8], limits: ImageReadLimits) throws(ImageFileError) {
    let chunks = try PNGChunks(bytes)
    _ = try limits.voxelCount(of: [chunks.width, chunks.height])
    let bitsPerRow = chunks.width * chunks.bitDepth * chunks.colourType.channels
    let promised = ((bitsPerRow + 7) / 8 + 1) * chunks.height
    guard promised / maximumDeflateRatio <= chunks.compressed.count else {
      throw ImageFileError(
        .truncated,
        "the PNG promises \(chunks.width) × \(chunks.height) pixels, but its \(chunks.compressed.count) "
          + "bytes of data cannot hold them; export it again")
    }
    width = chunks.width
    height = chunks.height
    bitDepth = chunks.bitDepth == 16 ? 16 : 8
    channels = chunks.colourType == .palette ? 3 : chunks.colourType.channels
    spacing = chunks.spacing
    let depth = bitDepth
    shifts = (0..<channels).map { channel in
      chunks.significantBits.map { max(0, depth - $0[channel]) } ?? 0
    }
    let hasAlpha = channels == 2 || channels == 4
    samples =
      bitDepth == 16 && hasAlpha
      ? try decodeSixteenBitAlpha(chunks) : try decodeWithLibpng(chunks, channels: channels)
  }

  private var sampleType: SampleType { bitDepth == 16 ? .uint16 : .uint8 }

  private func geometry() throws(ImageFileError) -> GridGeometry {
    try GridGeometry(
      size: GridSize(x: width, y: height, z: 1), spacingInMillimetres: [spacing.x, spacing.y, 1], dimension: 2
    ).checked()
  }

  /// The picture as an image of one value a pixel: grey, or luminance of colour; alpha is left out. Colours whose channels
  /// have unequal significant bits are weighed as they are stored.
  func luminanceVolume() throws(ImageFileError) -> Volume {
    let step = channels
    let shift = channels < 3 || Set(shifts.prefix(3)).count == 1 ? shifts[0] : 0
    let values =
      channels < 3
      ? stride(from: 0, to: samples.count, by: step).map { Double(samples[$0] >> shift) }
      : stride(from: 0, to: samples.count, by: step).map {
        Double(
          luminance(
            red: samples[$0] >> shift, green: samples[$0 + 1] >> shift, blue: samples[$0 + 2] >> shift))
      }
    return Volume(geometry: try geometry(), sampleType: sampleType, voxels: values)
  }

  /// One channel of the picture as labels.
  /// - Throws: `unsupported` when the picture has no such channel.
  func labelMap(channel: Int) throws(ImageFileError) -> LabelMap {
    guard (0..<channels).contains(channel) else {
      throw ImageFileError(
        .unsupported,
        "the mask has \(channels) channels, and channel \(channel) was asked for; set label_channel")
    }
    let labels = stride(from: channel, to: samples.count, by: channels).map {
      UInt32(samples[$0] >> shifts[channel])
    }
    return LabelMap(geometry: try geometry(), labels: labels)
  }
}

/// Luminance of a colour by the weights of ITU-R BT.601-2: `0.299 R + 0.587 G + 0.114 B`.
///
/// In whole numbers, `(19595 R + 38470 G + 7471 B + 32768) / 65536` rounded down, as Pillow's conversion to
/// mode `L` computes it; grey stays what it is.
package func luminance(red: UInt16, green: UInt16, blue: UInt16) -> UInt16 {
  let sum = UInt64(red) * 19_595 + UInt64(green) * 38_470 + UInt64(blue) * 7_471 + 32_768
  return UInt16(sum >> 16)
}
