import Volumes

extension GridGeometry {
  /// Distance of the origin, in voxels, at which positions are still known to a thousandth of a voxel: resampling reads where
  /// they say.
  private static let farthestOrigin = 1e12

  /// Refuses a grid on which distances mean nothing.
  ///
  /// Unit axis directions must be perpendicular to 1e-3 (cosine of the angle between two of them): every
  /// feature that uses a distance assumes it. ITK, too, reads no sheared NIfTI.
  /// - Throws: `badHeader` for a spacing that is not finite, above zero and in the range of what can be, for an origin that
  ///   is not finite or too far away, a direction that is not finite, and for sheared or coinciding axes.
  package func checked() throws(ImageFileError) -> GridGeometry {
    for axis in 0..<dimension {
      let spacing = spacingInMillimetres[axis]
      guard spacing.isFinite, spacing > 0 else {
        throw ImageFileError(
          .badHeader,
          "spacing \(spacing) mm on axis \(axisName(axis)); expected above 0: correct the header of the file")
      }
      guard Self.readableSpacings.contains(spacing) else {
        throw ImageFileError(
          .badHeader,
          "spacing \(spacing) mm on axis \(axisName(axis)); expected \(Self.readableSpacings.lowerBound) to "
            + "\(Self.readableSpacings.upperBound) mm: correct the header of the file")
      }
      guard originInMillimetres[axis].isFinite else {
        throw ImageFileError(.badHeader, "the origin on axis \(axisName(axis)) is not a number")
      }
    }
    try checkPlace()
    try checkDirections()
    return self
  }

  private func checkPlace() throws(ImageFileError) {
    let finest = (0..<dimension).map { spacingInMillimetres[$0] }.min() ?? 1
    for axis in 0..<dimension where abs(originInMillimetres[axis]) > Self.farthestOrigin * finest {
      throw ImageFileError(
        .badHeader,
        "the origin on axis \(axisName(axis)) is \(originInMillimetres[axis]) mm, at which voxels of "
          + "\(finest) mm cannot be told apart; expected at most \(Self.farthestOrigin) voxels: correct the "
          + "header of the file")
    }
  }

  private func checkDirections() throws(ImageFileError) {
    for first in 0..<3 {
      for second in first..<3 {
        let cosine = (directions[first] * directions[second]).sum()
        let expected = first == second ? 1.0 : 0.0
        guard abs(cosine - expected) <= 1e-3 else {
          throw ImageFileError(
            .badHeader,
            "axes \(axisName(first)) and \(axisName(second)) are not perpendicular unit vectors (their "
              + "product "
              + "is \(cosine)): sheared grids are not supported; resample the image to a rectangular grid")
        }
      }
    }
  }

  private func axisName(_ axis: Int) -> String { ["x", "y", "z"][axis] }
}
