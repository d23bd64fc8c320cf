import ElementaryFunctions
import Volumes

/// Filters that map each intensity by itself, on a scale set by the largest magnitude `m` of the whole image.
package enum PointwiseFilter: String, Sendable, CaseIterable {
  /// `(c x)²` with `c = 1/√m`.
  case square
  /// `√(m x)` with the sign of `x`.
  case squareRoot = "squareroot"
  /// `c log(|x| + 1)` with the sign of `x` and `c = m / log(m + 1)`.
  case logarithm
  /// `exp(c x)` with `c = log(m) / m`.
  case exponential

  /// Filters the voxels of a box.
  ///
  /// - Returns: an image of type `float64` on the box; `nil` where the scale is 0/0, for an image of zeros
  ///   (all but `squareRoot`, which keeps the zeros).
  /// - Throws: `nonFiniteVoxel`, wherever in the image.
  package func apply(to image: Volume, within box: VoxelBox) throws(ImageFilterError) -> Volume? {
    let largest = try image.largestMagnitude(for: rawValue)
    if largest == 0 && self != .squareRoot { return nil }
    var values = image.cropped(to: box).voxels
    let map = self.map(scaledBy: largest)
    for place in values.indices { values[place] = map(values[place]) }
    return Volume(geometry: image.geometry.cropped(to: box), voxels: values)
  }

  private func map(scaledBy largest: Double) -> (Double) -> Double {
    switch self {
    case .square:
      let factor = 1 / largest.squareRoot()
      return { (factor * $0) * (factor * $0) }
    case .squareRoot:
      return { $0 < 0 ? -(-$0 * largest).squareRoot() : ($0 * largest).squareRoot() }
    case .logarithm:
      let factor = largest / Elementary.log(largest + 1)
      return { ($0 < 0 ? -Elementary.log(-($0 - 1)) : Elementary.log($0 + 1)) * factor }
    case .exponential:
      let factor = Elementary.log(largest) / largest
      return { Elementary.exp(factor * $0) }
    }
  }
}
