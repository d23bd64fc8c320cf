import Volumes

/// The voxels of a file on their grid, decompressed but not yet turned into `Double`.
///
/// A mask becomes labels straight from here: by way of `Double` it would take three times its memory.
struct StoredVoxels {
  enum Samples {
    case binary(ArraySlice<UInt8>, bigEndian: Bool)
    /// Numbers already: of a text.
    case numbers([Double])
  }

  var geometry: GridGeometry
  var type: SampleType
  var samples: Samples
  /// The values are these multiples of the samples (NIfTI); `nil` where they are the samples.
  var scaling: NIfTIScaling?

  /// The voxels as an image.
  /// - Throws: `unsupported` for a 64-bit integer beyond ±2⁵³.
  func volume() throws(ImageFileError) -> Volume {
    let voxels =
      switch samples {
      case .binary(let bytes, let bigEndian): try decodeSamples(bytes, as: type, bigEndian: bigEndian)
      case .numbers(let numbers): numbers
      }
    guard let scaling else { return Volume(geometry: geometry, sampleType: type, voxels: voxels) }
    return scaling.applied(to: voxels, stored: type, geometry: geometry)
  }

  /// The voxels as labels.
  /// - Throws: `badLabel`, naming the first value that is no label.
  func maskReading() throws(ImageFileError) -> MaskReading {
    if case .binary(let bytes, let bigEndian) = samples, scaling == nil,
      let labels = decodeLabels(bytes, as: type, bigEndian: bigEndian)
    {
      return MaskReading(labels: LabelMap(geometry: geometry, labels: labels))
    }
    return try MaskReading(volume())
  }
}
