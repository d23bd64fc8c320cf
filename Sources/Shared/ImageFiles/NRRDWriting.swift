import Volumes

/// The bytes of an NRRD file with attached header and gzip data, in the volume's sample type; equal volumes
/// give equal bytes.
/// - Throws: `valueOutOfRange` for a value that the sample type cannot hold.
public func encodeNRRD(
  _ volume: Volume, packing: GzipPacking = .deflated(level: 6)
) throws(ImageFileError) -> [UInt8] {
  let geometry = volume.geometry
  let dimension = geometry.dimension
  func vector(_ value: SIMD3<Double>) -> String {
    "(" + (0..<dimension).map { "\(value[$0])" }.joined(separator: ",") + ")"
  }
  let size = geometry.size
  let directions = (0..<dimension).map { geometry.directions[$0] * geometry.spacingInMillimetres[$0] }
  let header = [
    "NRRD0004",
    "type: \(typeName(of: volume.sampleType))",
    "dimension: \(dimension)",
    dimension == 3 ? "space: left-posterior-superior" : "space dimension: 2",
    "sizes: " + [size.x, size.y, size.z].prefix(dimension).map(String.init).joined(separator: " "),
    "space directions: " + directions.map(vector).joined(separator: " "),
    "kinds: " + [String](repeating: "domain", count: dimension).joined(separator: " "),
    "endian: little",
    "encoding: gzip",
    "space origin: \(vector(geometry.originInMillimetres))",
    "", "",
  ]
  let samples = try encodeSamples(volume.voxels, as: volume.sampleType)
  return Array(header.joined(separator: "\n").utf8) + gzip(samples, packing: packing)
}

private func typeName(of type: SampleType) -> String {
  switch type {
  case .float32: "float"
  case .float64: "double"
  default: type.rawValue
  }
}
