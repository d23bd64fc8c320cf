import Volumes

extension PreparedImage {
  /// The same image, of which filters give every voxel, not only those of the region's box.
  public var coveringWholeImage: PreparedImage {
    var whole = self
    whole.box = geometry.size.box
    return whole
  }
}
