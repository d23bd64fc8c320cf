/// The chunks of a PNG file (ISO/IEC 15948), checked and reduced to what decides the samples.
///
/// libpng's simplified interface turns gamma, colour profile, transparency and background into other sample
/// values. Here only the chunks that hold samples go on to it (`criticalBytes`), so that it has nothing to
/// convert.
struct PNGChunks {
  static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  enum ColourType: UInt8 {
    case grey = 0, rgb = 2, palette = 3, greyAlpha = 4, rgbAlpha = 6

    /// Samples of a pixel as stored.
    var channels: Int {
      switch self {
      case .grey, .palette: 1
      case .greyAlpha: 2
      case .rgb: 3
      case .rgbAlpha: 4
      }
    }
  }

  let width: Int
  let height: Int
  let bitDepth: Int
  let colourType: ColourType
  let isInterlaced: Bool
  /// The compressed samples: all IDAT chunks joined.
  private(set) var compressed: [UInt8] = []
  /// A PNG file of the critical chunks alone.
  private(set) var criticalBytes: [UInt8] = signature
  /// How many bits of each stored channel are significant (chunk sBIT); `nil` where all are.
  private(set) var significantBits: [Int]?
  /// Pixel spacing from an sCAL chunk with a known unit, taken as millimetres as ITK takes it; else 1.
  private(set) var spacing: SIMD2<Double> = [1, 1]

  /// - Throws: `corrupt` when a checksum does not hold, `truncated`, `badHeader`.
  init(_ bytes: [UInt8]) throws(ImageFileError) {
    var cursor = ChunkCursor(bytes)
    let first = try cursor.next()
    guard first.name == "IHDR", first.body.count == 13 else {
      throw ImageFileError(.badHeader, "the PNG does not begin with its header chunk; export it again")
    }
    let header = Array(first.body)
    width = Int(bigEndian(header[0..<4]))
    height = Int(bigEndian(header[4..<8]))
    bitDepth = Int(header[8])
    guard let type = ColourType(rawValue: header[9]), Self.depths(of: type).contains(bitDepth),
      header[10] == 0, header[11] == 0, header[12] <= 1
    else {
      throw ImageFileError(
        .badHeader,
        "PNG with colour type \(header[9]) and bit depth \(bitDepth), which do not exist; export it again")
    }
    colourType = type
    isInterlaced = header[12] == 1
    criticalBytes += first.bytes
    try collect(&cursor)
  }

  private mutating func collect(_ cursor: inout ChunkCursor) throws(ImageFileError) {
    var mayTellBits = true
    while true {
      let chunk = try cursor.next()
      if chunk.name == "sBIT", mayTellBits { significantBits = significantBits ?? bits(chunk.body) }
      if chunk.name == "PLTE" || chunk.name == "IDAT" { mayTellBits = false }
      if chunk.isCritical { criticalBytes += chunk.bytes }
      if chunk.name == "IDAT" { compressed += chunk.body }
      if chunk.name == "sCAL" { spacing = scale(chunk.body) ?? spacing }
      if chunk.name == "IEND" { return }
    }
  }

  /// What an sBIT chunk says; `nil` where it says what cannot be, which libpng passes over, too.
  private func bits(_ body: ArraySlice<UInt8>) -> [Int]? {
    let sampleDepth = colourType == .palette ? 8 : bitDepth
    guard body.count == (colourType == .palette ? 3 : colourType.channels),
      body.allSatisfy({ (1...sampleDepth).contains(Int($0)) })
    else { return nil }
    return body.map(Int.init)
  }

  private static func depths(of type: ColourType) -> [Int] {
    switch type {
    case .grey: [1, 2, 4, 8, 16]
    case .palette: [1, 2, 4, 8]
    case .rgb, .greyAlpha, .rgbAlpha: [8, 16]
    }
  }
}

/// Physical scale of a pixel: unit byte, then two decimal numbers parted by a zero byte.
private func scale(_ body: ArraySlice<UInt8>) -> SIMD2<Double>? {
  guard let unit = body.first, unit != 0 else { return nil }
  let numbers = body.dropFirst().split(separator: 0).map { Double(String(decoding: $0, as: UTF8.self)) }
  guard numbers.count == 2, let x = numbers[0], let y = numbers[1] else { return nil }
  return [x, y]
}

private func bigEndian(_ bytes: some Sequence<UInt8>) -> UInt32 { bytes.reduce(0) { $0 << 8 | UInt32($1) } }

/// One chunk: length, name, body, CRC-32 of name and body.
private struct Chunk {
  let name: String
  let body: ArraySlice<UInt8>
  /// The whole chunk as it lies in the file.
  let bytes: ArraySlice<UInt8>

  /// Whether a decoder must understand it: capital first letter.
  var isCritical: Bool { name.first?.isUppercase ?? true }
}

private struct ChunkCursor {
  private let bytes: [UInt8]
  private var position = PNGChunks.signature.count

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func next() throws(ImageFileError) -> Chunk {
    let left = bytes.count - position
    guard left >= 12 else { throw cutOff }
    let length = Int(bigEndian(bytes[position..<position + 4]))
    guard length <= left - 12 else { throw cutOff }
    let end = position + 8 + length
    let named = bytes[position + 4..<end]
    guard bigEndian(bytes[end..<end + 4]) == checksum(named) else {
      throw ImageFileError(
        .corrupt, "a checksum of the PNG does not hold; copy the file again from its source")
    }
    defer { position = end + 4 }
    return Chunk(
      name: String(decoding: named.prefix(4), as: UTF8.self), body: named.dropFirst(4),
      bytes: bytes[position..<end + 4])
  }

  private var cutOff: ImageFileError {
    ImageFileError(.truncated, "the PNG ends before its end chunk; the file is cut off: copy it again")
  }
}
