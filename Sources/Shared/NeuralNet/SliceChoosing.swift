import Volumes

extension DeepSettings.SliceChoice {
  /// The chosen slices of a region, in rising order; empty when the region is.
  func slices(of mask: Mask) -> [Int] {
    let size = mask.geometry.size
    let areas = (0..<size.z).map { z in
      let first = size.offset(x: 0, y: 0, z: z)
      return mask.voxels[first..<first + size.x * size.y].reduce(0) { $0 + Int($1) }
    }
    let touched = areas.indices.filter { areas[$0] > 0 }
    switch self {
    case .all: return touched
    case .largest:
      guard let largest = areas.max() else { return [] }
      return touched.filter { areas[$0] == largest }.prefix(1).map(\.self)
    case .even(let count, _):
      guard count < touched.count else { return touched }
      return (0..<count).map { touched[(2 * $0 + 1) * touched.count / (2 * count)] }
    }
  }

  /// How the features of the slices are combined; irrelevant for one slice.
  var pooling: DeepSettings.Pooling {
    switch self {
    case .largest: .mean
    case .even(_, let pooling), .all(let pooling): pooling
    }
  }
}
