import Volumes

/// The whole-number labels of a mask that was read as an image: each value cut toward zero.
/// - Throws: `badLabel`, naming the first value that is no label.
func labelMap(of volume: Volume) throws(ImageFileError) -> LabelMap {
  let isLabel = { (value: Double) in value > -1 && value < 4_294_967_296 }
  if let bad = volume.voxels.firstIndex(where: { !isLabel($0) }) {
    let size = volume.geometry.size
    let place = "(\(bad % size.x), \(bad / size.x % size.y), \(bad / size.x / size.y))"
    throw ImageFileError(
      .badLabel,
      "voxel \(place) of the mask holds \(volume.voxels[bad]); labels are whole numbers from 0 to "
        + "4294967295: check that this file is the mask and not the image")
  }
  return LabelMap(geometry: volume.geometry, labels: volume.voxels.map { UInt32($0.rounded(.towardZero)) })
}
