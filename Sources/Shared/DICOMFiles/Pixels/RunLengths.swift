import ImageFiles

/// Decodes frames that are compressed by run lengths (DICOM PS3.5, annex G).
enum RunLengths {
  /// The samples of a frame, little-endian, those of a pixel beside each other.
  /// - Throws: `corrupt` where the segments do not come to the frame's bytes.
  static func decoded(_ data: ArraySlice<UInt8>, _ layout: PixelLayout) throws(ImageFileError) -> [UInt8] {
    let data = data[...]
    let width = layout.bitsAllocated / 8
    let planes = width * layout.samples
    guard data.count >= 64, word(data, 0) == planes else { throw damage }
    let starts = (1...planes).map { word(data, $0 * 4) } + [data.count]
    var pixels = [UInt8](repeating: 0, count: layout.frameBytes)
    for plane in 0..<planes {
      guard starts[plane] >= 64, starts[plane] <= starts[plane + 1], starts[plane + 1] <= data.count else {
        throw damage
      }
      let segment = data.dropFirst(starts[plane]).prefix(starts[plane + 1] - starts[plane])
      // The highest byte of a sample comes first.
      let first = plane / width * width + (width - 1 - plane % width)
      try unpack(segment, into: &pixels, from: first, step: planes)
    }
    return pixels
  }

  /// PackBits: a count, and bytes to copy or one to repeat.
  private static func unpack(
    _ segment: ArraySlice<UInt8>, into pixels: inout [UInt8], from first: Int, step: Int
  ) throws(ImageFileError) {
    var (cursor, target) = (segment.startIndex, first)
    while target < pixels.count {
      guard cursor < segment.endIndex else { throw damage }
      let head = Int(Int8(bitPattern: segment[cursor]))
      cursor += 1
      if head == -128 { continue }
      let count = head >= 0 ? head + 1 : 1 - head
      let taken = head >= 0 ? count : 1
      guard segment.endIndex - cursor >= taken else { throw damage }
      for index in 0..<count where target < pixels.count {
        pixels[target] = segment[head >= 0 ? cursor + index : cursor]
        target += step
      }
      cursor += taken
    }
  }

  private static func word(_ data: ArraySlice<UInt8>, _ offset: Int) -> Int {
    (0..<4).reduce(0) { $0 | Int(data[data.startIndex + offset + $1]) << (8 * $1) }
  }

  private static let damage = ImageFileError(
    .corrupt, "the run lengths of a frame do not come to its size; copy or export the file again")
}
