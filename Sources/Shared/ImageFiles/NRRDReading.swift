import Volumes

/// Reads an NRRD image: raw, gzip or text, with attached or detached header.
///
/// The data must be as long as the header promises (blanks after text, and less than one sample after raw
/// data, aside): data that are too long mean a wrong size or a forgotten `byte skip`.
/// - Parameter component: which one to take of several components a voxel (layers of a mask); `nil` where there must be one.
func readNRRD(
  _ contents: ImageFileContents, component: Int? = nil, limits: ImageReadLimits
) throws(ImageFileError) -> StoredVoxels {
  let header = try NRRDHeader(contents.bytes)
  let geometry = try header.geometry(limits: limits)
  let layers = try header.layers(component, of: geometry)
  let data = try dataBytes(of: contents, header)
  let count = geometry.size.voxelCount * (layers?.count ?? 1)
  if let layers, try byteCount(of: count, header.type) > limits.fileBytes {
    throw ImageFileError(
      .tooLarge,
      "the \(layers.count) layers of the mask come to more than the limit of \(limits.fileBytes) bytes; save fewer, or "
        + "crop the mask")
  }
  let samples: StoredVoxels.Samples
  if header.encoding == .text {
    let numbers = try textSamples(data, header, count: count)
    samples = .numbers(layers?.chosen(of: numbers) ?? numbers)
  } else {
    let bytes = try binarySamples(data, header, count: count)
    let voxels = layers?.chosen(of: bytes, width: header.type.byteCount)[...] ?? bytes
    samples = .binary(voxels, bigEndian: header.isBigEndian)
  }
  return StoredVoxels(geometry: geometry, type: header.type, samples: samples)
}

/// The bytes after the header, or of the data file, from which `line skip` lines are already taken.
private func dataBytes(
  of contents: ImageFileContents, _ header: NRRDHeader
) throws(ImageFileError) -> ArraySlice<UInt8> {
  var data = contents.bytes.dropFirst(header.length)
  if header.dataFile != nil {
    guard let attachment = contents.attachment else {
      throw ImageFileError(
        .unsupported,
        "this NRRD header has its data in another file, which was not given with it; read it by path")
    }
    data = attachment[...]
  }
  for _ in 0..<header.lineSkip {
    guard let end = data.firstIndex(of: UInt8(ascii: "\n")) else {
      throw ImageFileError(
        .truncated, "the data end before the \(header.lineSkip) lines that line skip names")
    }
    data = data[(end + 1)...]
  }
  return data
}

private func binarySamples(
  _ data: ArraySlice<UInt8>, _ header: NRRDHeader, count: Int
) throws(ImageFileError) -> ArraySlice<UInt8> {
  let length = try byteCount(of: count, header.type)
  let compressed = header.encoding == .gzip
  if compressed && !isGzip(data) {
    throw ImageFileError(.corrupt, "the NRRD header promises gzip data, but they do not begin as such")
  }
  var source = ByteSource(data, compressed: compressed)
  let skip = header.byteSkip < 0 ? try bytesBefore(length, data, header) : header.byteSkip
  try source.skip(skip)
  let samples = try source.read(length)
  let allowed = header.byteSkip < 0 ? -1 - header.byteSkip : 0
  let left = try source.drain(limit: allowed)
  guard left == allowed || !compressed && left < header.type.byteCount else {
    throw ImageFileError(
      .badHeader,
      "\(left) bytes follow the \(length) that the NRRD header promises; correct sizes and type, or add "
        + "byte skip"
    )
  }
  return samples
}

/// Bytes before data that are counted from the end of the file (`byte skip: -1`).
///
/// Compressed data are decompressed once to learn their length, at most 1 MiB beyond what is needed.
private func bytesBefore(
  _ length: Int, _ data: ArraySlice<UInt8>, _ header: NRRDHeader
) throws(ImageFileError) -> Int {
  let after = -1 - header.byteSkip
  var total = data.count
  if header.encoding == .gzip {
    var stream = InflateStream(data)
    total = try stream.drain(limit: length + after + 1 << 20)
  }
  guard total - after >= length else {
    throw ImageFileError(
      .truncated,
      "the NRRD header promises \(length) bytes before the last \(after), but there are \(total); the "
        + "file is cut off or byte skip is wrong")
  }
  return total - after - length
}

private func textSamples(
  _ data: ArraySlice<UInt8>, _ header: NRRDHeader, count: Int
) throws(ImageFileError) -> [Double] {
  guard header.byteSkip >= 0, header.byteSkip <= data.count else {
    throw ImageFileError(
      .badHeader, "byte skip \(header.byteSkip) does not fit text data; expected 0 or more")
  }
  let text = data.dropFirst(header.byteSkip)
  guard count <= text.count / 2 + 1 else {
    throw ImageFileError(.truncated, "the text has \(text.count) bytes, too few for \(count) numbers")
  }
  var voxels: [Double] = []
  voxels.reserveCapacity(count)
  for word in text.split(whereSeparator: { $0 <= UInt8(ascii: " ") || $0 == UInt8(ascii: ",") }) {
    let text = String(decoding: word, as: UTF8.self)
    guard let value = Double(text).flatMap({ header.type.holding($0) }) else {
      throw ImageFileError(
        .badHeader,
        "number \(voxels.count + 1) of the text is not a \(header.type.rawValue); correct type or data")
    }
    voxels.append(value)
  }
  guard voxels.count == count else {
    throw ImageFileError(
      voxels.count < count ? .truncated : .badHeader,
      "the NRRD header promises \(count) numbers, but the text holds \(voxels.count)")
  }
  return voxels
}

extension SampleType {
  /// A number as a sample of this type holds it; `nil` when an integer type does not hold it exactly.
  fileprivate func holding(_ value: Double) -> Double? {
    func whole<T: FixedWidthInteger>(_ type: T.Type) -> Double? { T(exactly: value) == nil ? nil : value }
    switch self {
    case .int8: return whole(Int8.self)
    case .uint8: return whole(UInt8.self)
    case .int16: return whole(Int16.self)
    case .uint16: return whole(UInt16.self)
    case .int32: return whole(Int32.self)
    case .uint32: return whole(UInt32.self)
    case .int64: return abs(value) < 9_007_199_254_740_992 ? whole(Int64.self) : nil
    case .uint64: return value < 9_007_199_254_740_992 ? whole(UInt64.self) : nil
    case .float32: return Double(Float(value))
    case .float64: return value
    }
  }
}
