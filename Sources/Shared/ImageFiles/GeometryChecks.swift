import Volumes

extension GridGeometry {
  /// Refuses a grid on which distances mean nothing.
  ///
  /// Unit axis directions must be perpendicular to 1e-3 (cosine of the angle between two of them): every
  /// feature that uses a distance assumes it. ITK, too, reads no sheared NIfTI.
  /// - Throws: `badHeader` for a spacing that is not finite and above zero, for an origin or direction that
  ///   is not finite, and for sheared or coinciding axes.
  func checked() throws(ImageFileError) -> GridGeometry {
    for axis in 0..<dimension {
      let spacing = spacingInMillimetres[axis]
      guard spacing.isFinite, spacing > 0 else {
        throw ImageFileError(
          .badHeader,
          "spacing \(spacing) mm on axis \(axisName(axis)); expected above 0: correct the header of the file")
      }
      guard originInMillimetres[axis].isFinite else {
        throw ImageFileError(.badHeader, "the origin on axis \(axisName(axis)) is not a number")
      }
    }
    try checkDirections()
    return self
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

/// Refuses an image and a mask that do not lie on the same grid, as ITK does.
///
/// Sizes must be equal. Origins and spacings may differ by `tolerance` times the image's spacing along x,
/// direction cosines by `tolerance` (ITK's `ImageToImageFilter::VerifyInputInformation`).
/// - Parameter tolerance: PyRadiomics' setting `geometryTolerance`; ITK's default is 1e-6.
/// - Throws: `geometryMismatch`, which names both geometries and the settings that accept them.
package func checkGeometry(
  image: GridGeometry, mask: GridGeometry, tolerance: Double = 1e-6
) throws(ImageFileError) {
  var differing: [String] = []
  if image.dimension != mask.dimension { differing.append("dimension") }
  if image.size != mask.size { differing.append("size") }
  let millimetres = abs(tolerance * image.spacingInMillimetres.x)
  func differ(_ a: SIMD3<Double>, _ b: SIMD3<Double>, by allowed: Double) -> Bool {
    (0..<3).contains { !(abs(a[$0] - b[$0]) <= allowed) }
  }
  if differ(image.originInMillimetres, mask.originInMillimetres, by: millimetres) {
    differing.append("origin")
  }
  if differ(image.spacingInMillimetres, mask.spacingInMillimetres, by: millimetres) {
    differing.append("spacing")
  }
  if zip(image.directions, mask.directions).contains(where: { differ($0, $1, by: tolerance) }) {
    differing.append("direction")
  }
  guard differing.isEmpty else { throw mismatch(differing, image: image, mask: mask, tolerance: tolerance) }
}

private func mismatch(
  _ differing: [String], image: GridGeometry, mask: GridGeometry, tolerance: Double
) -> ImageFileError {
  let remedy =
    differing.contains("size") || differing.contains("dimension")
    ? "set correctMask to resample the mask to the image, or draw the mask on this image"
    : "raise geometryTolerance (now \(tolerance)) if the difference is rounding, or set correctMask to "
      + "resample the mask to the image"
  return ImageFileError(
    .geometryMismatch,
    "image and mask differ in \(differing.joined(separator: ", ")): image \(image.summary); mask "
      + "\(mask.summary); "
      + remedy)
}

extension GridGeometry {
  /// The whole geometry in one line, for messages.
  package var summary: String {
    func list(_ vector: SIMD3<Double>) -> String {
      "(" + (0..<dimension).map { "\(vector[$0])" }.joined(separator: ", ") + ")"
    }
    let sizes = [size.x, size.y, size.z].prefix(dimension).map(String.init).joined(separator: " × ")
    let axes = directions.prefix(dimension).map(list).joined(separator: " ")
    return
      "\(sizes) voxels, spacing \(list(spacingInMillimetres)) mm, origin \(list(originInMillimetres)) mm, "
      + "directions \(axes)"
  }
}
