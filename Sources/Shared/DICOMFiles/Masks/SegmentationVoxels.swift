import ImageFiles
import Volumes

/// The voxels of one segment on the grid of its segmentation, as far as there are frames of it.
struct SegmentationVoxels {
  let size: GridSize
  /// Slices with a voxel of the segment: 1 inside, 0 outside, x varying fastest.
  private(set) var slices: [Int: [UInt8]] = [:]
  /// Voxels inside.
  private(set) var count = 0

  /// - Throws: `truncated`, `corrupt`, `unsupported`, `notAnImage`.
  init(of segment: Int, in segmentation: Segmentation) throws(ImageFileError) {
    size = segmentation.geometry.size
    let shown = segmentation.frames.filter { $0.segment == nil || $0.segment == segment }
    guard !shown.isEmpty else { return }
    switch segmentation.kind {
    case .binary: try addBits(of: shown, segmentation)
    case .fractional(let maximum):
      try addSamples(of: shown, segmentation) { 2 * $0 >= maximum }
    case .labels: try addSamples(of: shown, segmentation) { $0 == segment }
    }
    slices = slices.filter { $0.value.contains(1) }
    count = slices.values.reduce(0) { $0 + $1.count { $0 == 1 } }
  }

  private mutating func add(_ slice: Int, _ inside: (Int) -> Bool) {
    let area = size.x * size.y
    var voxels = slices[slice] ?? [UInt8](repeating: 0, count: area)
    for pixel in 0..<area where inside(pixel) { voxels[pixel] = 1 }
    slices[slice] = voxels
  }

  /// Bits follow each other over all frames, the lowest of a byte first (PS3.5, 8.1.1 and D).
  private mutating func addBits(
    of frames: [SegmentationFrame], _ segmentation: Segmentation
  ) throws(ImageFileError) {
    guard let bytes = segmentation.file.bytes(.pixelData) else {
      throw ImageFileError(
        .unsupported,
        "the bits of the segmentation are compressed or missing; convert it (gdcmconv --raw) and give that")
    }
    let area = size.x * size.y
    let total = segmentation.frames.count
    let (needed, overflow) = area.multipliedReportingOverflow(by: total)
    guard !overflow, bytes.count >= (needed + 7) / 8 else {
      throw ImageFileError(
        .truncated,
        "the segmentation promises \(total) frames of \(area) bits, but has \(bytes.count) bytes of pixels; copy or "
          + "export it again")
    }
    let rest = bytes.count * 8 - needed
    guard rest < 16 || rest < min(size.x, size.y) * total else {
      throw ImageFileError(
        .badHeader,
        "the segmentation promises \(total) frames of \(area) bits, and has \(bytes.count) bytes of pixels: Rows, Columns, Number of Frames or "
          + "Bits Allocated are wrong; export it again")
    }
    // Of big-endian words of 16 bits the lower byte comes second.
    let swap = segmentation.file.encoding.isBigEndian ? 1 : 0
    for frame in frames {
      let start = frame.index * area
      add(frame.slice) { pixel in
        let bit = start + pixel
        let byte = min(bit >> 3 ^ swap, bytes.count - 1)
        return bytes[bytes.startIndex + byte] >> UInt8(bit & 7) & 1 == 1
      }
    }
  }

  private mutating func addSamples(
    of frames: [SegmentationFrame], _ segmentation: Segmentation, _ isInside: (Int) -> Bool
  ) throws(ImageFileError) {
    let layout = try Self.layout(of: segmentation)
    let source = try FrameSource(segmentation.file, layout: layout, frames: segmentation.frames.count)
    for frame in frames {
      let (bytes, found, isBig) = try source.frame(frame.index)
      let isWide = found.bitsAllocated == 16
      let (low, high) = isBig ? (1, 0) : (0, 1)
      add(frame.slice) { pixel in
        let place = bytes.startIndex + (isWide ? pixel * 2 : pixel)
        return isInside(
          isWide ? Int(bytes[place + low]) | Int(bytes[place + high]) << 8 : Int(bytes[place]))
      }
    }
  }

  /// Samples of 8 bits, of label maps also of 16: their colours, if any, are no matter of the region.
  private static func layout(of segmentation: Segmentation) throws(ImageFileError) -> PixelLayout {
    let bits = segmentation.file.integer(.bitsAllocated) ?? 8
    guard bits == 8 || bits == 16 && segmentation.kind == .labels else {
      throw ImageFileError(
        .unsupported, "the segmentation has \(bits) bits a pixel; 8 are read, and 16 of label maps")
    }
    return PixelLayout(
      columns: segmentation.geometry.size.x, rows: segmentation.geometry.size.y, unsignedBits: bits)
  }
}

extension PixelLayout {
  /// Of one whole number a pixel, without a sign.
  fileprivate init(columns: Int, rows: Int, unsignedBits bits: Int) {
    (self.columns, self.rows) = (columns, rows)
    (bitsAllocated, bitsStored, highBit) = (bits, bits, bits - 1)
    (kind, samples, isSigned, isPlanar, photometric) = (.whole, 1, false, false, .monochrome2)
  }
}
