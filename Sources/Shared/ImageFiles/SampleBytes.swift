import Volumes

extension Volume {
  /// The voxels as they lie in memory in ITK, little-endian and of their own type, slice after slice: what
  /// SimpleITK's `Hash` is computed of.
  /// - Throws: `valueOutOfRange` for a voxel that the image's type cannot hold.
  package func forEachSlice(bytes body: ([UInt8]) -> Void) throws(ImageFileError) {
    let area = geometry.size.x * geometry.size.y
    for start in stride(from: 0, to: voxels.count, by: max(1, area)) {
      body(try encodeSamples(Array(voxels[start..<start + area]), as: sampleType))
    }
  }
}

extension LabelMap {
  /// The labels as 32-bit numbers, little-endian, slice after slice.
  package func forEachSlice(bytes body: ([UInt8]) -> Void) {
    let area = geometry.size.x * geometry.size.y
    for start in stride(from: 0, to: labels.count, by: max(1, area)) {
      body(littleEndianBytes(labels[start..<start + area]))
    }
  }
}
