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
  var scale: VoxelScale?

  /// The voxels as an image whose bytes stay as they are.
  /// - Throws: `unsupported` for a 64-bit integer beyond ±2⁵³.
  func image() throws(ImageFileError) -> StoredVolume {
    guard let stored else { return StoredVolume(try volume()) }
    if type == .int64 || type == .uint64 { try stored.checkExact() }
    return StoredVolume(geometry: geometry, samples: stored)
  }

  /// The voxels as an image.
  /// - Throws: `unsupported` for a 64-bit integer beyond ±2⁵³.
  func volume() throws(ImageFileError) -> Volume {
    if case .numbers(let numbers) = samples {
      return Volume(geometry: geometry, sampleType: type, voxels: numbers)
    }
    return try image().volume
  }

  /// The voxels as labels.
  /// - Throws: `badLabel`, naming the first value that is no label.
  func maskReading() throws(ImageFileError) -> MaskReading {
    if let stored, let labels = LabelMap(geometry: geometry, samples: stored) {
      return MaskReading(labels: labels)
    }
    return try MaskReading(volume())
  }

  private var stored: StoredSamples? {
    guard case .binary(let bytes, let isBigEndian) = samples else { return nil }
    return StoredSamples(bytes, type: type, bigEndian: isBigEndian, scale: scale)
  }
}

extension StoredSamples {
  /// - Throws: `unsupported` for a 64-bit integer beyond ±2⁵³, which `Double` cannot hold.
  fileprivate func checkExact() throws(ImageFileError) {
    guard isExact else {
      throw ImageFileError(
        .unsupported,
        "a 64-bit voxel value is beyond 2^53, where neighbouring numbers can no longer be told apart; "
          + "rescale the image and save it in another sample type")
    }
  }
}
