import Volumes

/// A square of pixels around a region in one slice; it may reach over the edges of the slice.
struct SquareCrop: Equatable {
  /// First column and row, which may be negative.
  let column: Int
  let row: Int
  /// Pixels along each side.
  let side: Int

  /// Larger squares come from wrong spacings or margins, not from patients.
  static let largestSide = 16384

  /// The square around a bounding box: as long as the longer side of the box with its margins, which are rounded to
  /// pixels, and centred on the box; where the lengths leave an odd pixel it is added above or left.
  init(around box: VoxelBox, margin: DeepSettings.Margin, geometry: GridGeometry) throws(NeuralNetError) {
    let longest = Double(max(box.x.count, box.y.count))
    let spacing = geometry.spacingInMillimetres
    let (marginX, marginY) =
      switch margin {
      case .millimetres(let length): (length / spacing.x, length / spacing.y)
      case .share(let fraction): (fraction * longest, fraction * longest)
      }
    let needed = max(
      Double(box.x.count) + 2 * marginX.rounded(), Double(box.y.count) + 2 * marginY.rounded())
    guard needed <= Double(Self.largestSide) else {
      throw NeuralNetError(
        .cropTooLarge,
        "region of \(box.x.count) x \(box.y.count) pixels with its margin needs a square of side \(needed); expected "
          + "at most \(Self.largestSide): check the margin and the pixel spacing \(spacing.x) x \(spacing.y) mm"
      )
    }
    side = Int(needed)
    column = (box.x.lowerBound + box.x.upperBound - side) >> 1
    row = (box.y.lowerBound + box.y.upperBound - side) >> 1
  }
}
