/// Decodes PNGs of 16 bits with alpha, the one kind whose samples libpng's simplified interface does not
/// give: it multiplies them by alpha.
///
/// The samples are inflated, unfiltered row by row (ISO/IEC 15948, section 9) and put in place; an interlaced
/// picture is seven small pictures (section 8.2).
/// - Throws: `truncated`, `corrupt`.
func decodeSixteenBitAlpha(_ chunks: PNGChunks) throws(ImageFileError) -> [UInt16] {
  let channels = chunks.colourType.channels
  let passes = chunks.isInterlaced ? interlacedPasses : [InterlacePass(x: 0, y: 0, stepX: 1, stepY: 1)]
  var stream = InflateStream(chunks.compressed[...], container: .zlib)
  var samples = [UInt16](repeating: 0, count: chunks.width * chunks.height * channels)
  for pass in passes {
    let columns = pass.columns(of: chunks.width)
    let rows = pass.rows(of: chunks.height)
    guard columns > 0 else { continue }
    var previous = [UInt8](repeating: 0, count: columns * channels * 2)
    for row in 0..<rows {
      let filtered = Array(try stream.read(previous.count + 1))
      previous = try unfiltered(filtered, above: previous, pixelBytes: channels * 2)
      for column in 0..<columns {
        let pixel = (pass.y + row * pass.stepY) * chunks.width + pass.x + column * pass.stepX
        for channel in 0..<channels {
          let byte = (column * channels + channel) * 2
          samples[pixel * channels + channel] = UInt16(previous[byte]) << 8 | UInt16(previous[byte + 1])
        }
      }
    }
  }
  _ = try stream.drain(limit: 0)
  return samples
}

/// The pixels that one pass of an interlaced picture holds.
private struct InterlacePass {
  let x: Int, y: Int, stepX: Int, stepY: Int

  func columns(of width: Int) -> Int { (width - x + stepX - 1) / stepX }
  func rows(of height: Int) -> Int { (height - y + stepY - 1) / stepY }
}

/// The seven passes of Adam7.
private let interlacedPasses: [InterlacePass] = [
  InterlacePass(x: 0, y: 0, stepX: 8, stepY: 8), InterlacePass(x: 4, y: 0, stepX: 8, stepY: 8),
  InterlacePass(x: 0, y: 4, stepX: 4, stepY: 8), InterlacePass(x: 2, y: 0, stepX: 4, stepY: 4),
  InterlacePass(x: 0, y: 2, stepX: 2, stepY: 4), InterlacePass(x: 1, y: 0, stepX: 2, stepY: 2),
  InterlacePass(x: 0, y: 1, stepX: 1, stepY: 2),
]

/// One row without its filter byte and filter.
/// - Parameter above: the row before it, zeros for the first.
private func unfiltered(
  _ row: [UInt8], above: [UInt8], pixelBytes: Int
) throws(ImageFileError) -> [UInt8] {
  guard row[0] <= 4 else {
    throw ImageFileError(
      .corrupt, "a row of the PNG has filter \(row[0]), which does not exist; export it again")
  }
  var result = [UInt8](repeating: 0, count: above.count)
  for i in result.indices {
    let left = i < pixelBytes ? 0 : result[i - pixelBytes]
    let up = above[i]
    let diagonal = i < pixelBytes ? 0 : above[i - pixelBytes]
    let predicted: UInt8 =
      switch row[0] {
      case 1: left
      case 2: up
      case 3: UInt8((Int(left) + Int(up)) / 2)
      case 4: paeth(Int(left), Int(up), Int(diagonal))
      default: 0
      }
    result[i] = row[i + 1] &+ predicted
  }
  return result
}

/// The neighbour nearest to `left + up - diagonal`; left before up before diagonal where they are equally
/// near.
private func paeth(_ left: Int, _ up: Int, _ diagonal: Int) -> UInt8 {
  let estimate = left + up - diagonal
  let distances = (abs(estimate - left), abs(estimate - up), abs(estimate - diagonal))
  if distances.0 <= distances.1 && distances.0 <= distances.2 { return UInt8(left) }
  return UInt8(distances.1 <= distances.2 ? up : diagonal)
}
