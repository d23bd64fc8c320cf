import Volumes

extension PreparedImage {
  /// The same image, of which filters give some voxels more on each side of the region's box, as far as the image reaches.
  public func covering(margin: Int) -> PreparedImage {
    var wider = self
    wider.box = box.padded(by: margin, within: geometry.size)
    return wider
  }
}
