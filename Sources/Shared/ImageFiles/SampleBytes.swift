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

extension StoredVolume {
  /// As `Volume.forEachSlice(bytes:)`; the bytes of the file where they are those.
  /// - Throws: `valueOutOfRange` for a voxel that the image's type cannot hold.
  package func forEachSlice(bytes body: ([UInt8]) -> Void) throws(ImageFileError) {
    let size = geometry.size
    for z in 0..<size.z {
      if let plain = plainBytes(ofSlice: z) {
        body(Array(plain))
      } else {
        let box = VoxelBox(x: 0..<size.x, y: 0..<size.y, z: z..<z + 1)
        body(try encodeSamples(values(in: box), as: sampleType))
      }
    }
  }
}

extension LabelMap {
  /// The labels as 32-bit numbers, little-endian, slice after slice.
  package func forEachSlice(bytes body: ([UInt8]) -> Void) {
    for z in 0..<geometry.size.z { body(littleEndianBytes(slice(z))) }
  }
}
