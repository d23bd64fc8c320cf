import Volumes

import ImageFilters

/// An image whose voxels are a function of their index.
func image(
  _ x: Int, _ y: Int, _ z: Int, spacing: SIMD3<Double> = [1, 1, 1], type: SampleType = .float64,
  dimension: Int = 3,
  _ value: (Int, Int, Int) -> Double
) -> Volume {
  let geometry = GridGeometry(
    size: GridSize(x: x, y: y, z: z), spacingInMillimetres: spacing, dimension: dimension)
  var voxels: [Double] = []
  for k in 0..<z {
    for j in 0..<y {
      for i in 0..<x { voxels.append(value(i, j, k)) }
    }
  }
  return Volume(geometry: geometry, sampleType: type, voxels: voxels)
}

/// A region on the grid of an image.
func region(of image: Volume, _ isInside: (Int, Int, Int) -> Bool = { _, _, _ in true }) -> Mask {
  let size = image.geometry.size
  let voxels = (0..<size.voxelCount).map { place -> UInt8 in
    isInside(place % size.x, place / size.x % size.y, place / size.x / size.y) ? 1 : 0
  }
  return Mask(geometry: image.geometry, voxels: voxels)
}

/// Whole numbers without structure, from 0 to 996.
func noise(_ x: Int, _ y: Int, _ z: Int) -> Double {
  Double((x * x * 31 + y * y * 17 + z * z * 53 + x * y * 71 + y * z * 29 + x * z * 37 + x * y * z * 13) % 997)
}

extension Volume {
  subscript(x: Int, y: Int, z: Int) -> Double { voxels[geometry.size.offset(x: x, y: y, z: z)] }

  var wholeBox: VoxelBox {
    VoxelBox(x: 0..<geometry.size.x, y: 0..<geometry.size.y, z: 0..<geometry.size.z)
  }
}

/// Names and images of one type; skipped ones are left out.
func images(of type: ImageType, from prepared: PreparedImage, settings: FilterSettings = .init()) throws -> [(
  name: String, image: Volume
)] {
  var found: [(name: String, image: Volume)] = []
  try prepared.forEachImage(of: type, settings: settings) { derived in
    if case .image(let image) = derived.content { found.append((derived.name, image)) }
  }
  return found
}

/// Largest difference between two lists, NaN standing for itself.
func largestDifference(_ a: [Double], _ b: [Double]) -> Double {
  guard a.count == b.count else { return .infinity }
  return zip(a, b).reduce(0) { worst, pair in
    if pair.0.isNaN && pair.1.isNaN { return worst }
    let difference = abs(pair.0 - pair.1)
    return difference.isNaN ? .infinity : max(worst, difference)
  }
}
