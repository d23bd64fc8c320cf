import Volumes

/// Images whose features' bits are known: textures over a smooth ground, made of whole numbers alone, so that every machine makes the
/// same.
enum KnownImages {
  private static let size = GridSize(x: 24, y: 20, z: 12)

  /// 24 x 20 x 12 voxels of 0.9 x 0.9 x 2.5 mm, int16.
  static var volume: Volume {
    var noise = Noise()
    var voxels: [Double] = []
    forEachPosition(in: size) { x, y, z in
      voxels.append(Double(20 + (3 * x + 2 * y * y + 5 * z * z + x * y * z) % 97 + noise.next()))
    }
    return Volume(geometry: grid(size), sampleType: .int16, voxels: voxels)
  }

  /// An ellipsoid in it, with a hole.
  static var volumeMask: LabelMap {
    var labels: [UInt32] = []
    forEachPosition(in: size) { x, y, z in
      let (a, b, c) = (2 * x - 23, 2 * y - 19, 2 * z - 11)
      let isInside = 4 * a * a + 6 * b * b + 12 * c * c < 1_300
      labels.append(isInside && (x, y, z) != (12, 10, 6) ? 1 : 0)
    }
    return LabelMap(geometry: grid(size), labels: labels)
  }

  private static let pictureSize = GridSize(x: 40, y: 32, z: 1)

  /// 40 x 32 pixels of 8 bits.
  static var picture: Volume {
    var noise = Noise()
    var voxels: [Double] = []
    forEachPosition(in: pictureSize) { x, y, _ in
      voxels.append(Double(10 + (3 * x + y * y + x * y) % 180 + noise.next()))
    }
    return Volume(geometry: grid(pictureSize, dimension: 2), sampleType: .uint8, voxels: voxels)
  }

  /// An ellipse in it.
  static var pictureMask: LabelMap {
    var labels: [UInt32] = []
    forEachPosition(in: pictureSize) { x, y, _ in
      let (a, b) = (2 * x - 37, 2 * y - 33)
      labels.append(3 * a * a + 5 * b * b < 2_400 ? 1 : 0)
    }
    return LabelMap(geometry: grid(pictureSize, dimension: 2), labels: labels)
  }

  private static func grid(_ size: GridSize, dimension: Int = 3) -> GridGeometry {
    GridGeometry(
      size: size, spacingInMillimetres: dimension == 2 ? [1, 1, 1] : [0.9, 0.9, 2.5], dimension: dimension)
  }

  private static func forEachPosition(in size: GridSize, _ body: (Int, Int, Int) -> Void) {
    for z in 0..<size.z {
      for y in 0..<size.y {
        for x in 0..<size.x { body(x, y, z) }
      }
    }
  }

  /// The linear congruential generator of Numerical Recipes (1664525, 1013904223), its upper five bits: 0 to 31.
  private struct Noise {
    private var state: UInt32 = 1

    mutating func next() -> Int {
      state = state &* 1_664_525 &+ 1_013_904_223
      return Int(state >> 27)
    }
  }
}
