import Radiomics
import Volumes

/// An image with a region, made in a test.
struct TestRegion {
  var size: GridSize
  var spacing: SIMD3<Double> = [1, 1, 1]
  var dimension = 3
  var sampleType = SampleType.float64
  /// x varies fastest, then y, then z.
  var image: [Double]
  var mask: [UInt8]

  var geometry: GridGeometry {
    GridGeometry(size: size, spacingInMillimetres: spacing, dimension: dimension)
  }

  var volume: Volume { Volume(geometry: geometry, sampleType: sampleType, voxels: image) }

  /// A region that fills its image, from rows of slices.
  init(_ slices: [[[Double]]]) {
    size = GridSize(x: slices[0][0].count, y: slices[0].count, z: slices.count)
    image = slices.flatMap { $0.flatMap(\.self) }
    mask = image.map { _ in 1 }
  }

  init(size: GridSize, image: [Double], mask: [UInt8]) {
    self.size = size
    self.image = image
    self.mask = mask
  }

  /// A region of `density` of the voxels, of levels 1 to `levels` (for binWidth 1, from intensity 0.5).
  init(random seed: UInt64, size: GridSize, levels: Int, density: Double = 0.7) {
    var generator = SplitMix64(state: seed)
    self.size = size
    image = (0..<size.voxelCount).map { _ in Double(generator.next(below: levels)) + 0.5 }
    mask = (0..<size.voxelCount).map { _ in generator.unit() < density ? 1 : 0 }
    // The lowest level must occur: it is what the first bin starts at.
    image[0] = 0.5
    mask[0] = 1
  }

  func region(_ settings: RadiomicsSettings = .init()) throws -> RegionOfInterest {
    try RegionOfInterest(
      mask: Mask(geometry: geometry, voxels: mask), imageGeometry: geometry, settings: settings)
  }

  /// The values of one class by name.
  func values(
    _ featureClass: FeatureClass, _ settings: RadiomicsSettings = .init()
  ) throws -> [String: Double] {
    let features = try RegionFeatures(image: volume, region: region(settings), settings: settings)
    return Dictionary(
      uniqueKeysWithValues: try features.values(of: featureClass).map { ($0.name, $0.value) })
  }

  /// Grey level of each voxel for binWidth 1, 0 outside the region; and how to find neighbours.
  var levels: [Int] {
    let inside = image.indices.filter { mask[$0] == 1 }.map { image[$0].rounded(.down) }
    let lowest: Double = inside.min() ?? 0
    return image.indices.map { mask[$0] == 1 ? Int(image[$0].rounded(.down) - lowest) + 1 : 0 }
  }

  /// The level at a position, 0 outside the image.
  func level(_ levels: [Int], x: Int, y: Int, z: Int) -> Int {
    guard (0..<size.x).contains(x), (0..<size.y).contains(y), (0..<size.z).contains(z) else { return 0 }
    return levels[size.offset(x: x, y: y, z: z)]
  }

  /// All positions of the region.
  var positions: [(x: Int, y: Int, z: Int)] {
    (0..<size.voxelCount).filter { mask[$0] == 1 }.map {
      ($0 % size.x, $0 / size.x % size.y, $0 / (size.x * size.y))
    }
  }
}

extension RadiomicsSettings {
  /// Settings that differ from the defaults.
  static func with(_ change: (inout RadiomicsSettings) -> Void) -> RadiomicsSettings {
    var settings = RadiomicsSettings()
    change(&settings)
    return settings
  }

  static let unitBins = with { $0.binWidth = 1 }
}

/// A small generator of reproducible numbers (Steele, Lea & Flood 2014).
struct SplitMix64 {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func next(below bound: Int) -> Int { Int(next() >> 33) % bound }

  mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }
}

/// How far a computed value lies from the published one.
struct Difference {
  let name: String
  let computed: Double
  let published: Double

  /// Relative to the published value; NaN equals NaN, and below 1e-9 both are zeros with rounding errors.
  var relative: Double {
    if computed.isNaN && published.isNaN { return 0 }
    if max(abs(computed), abs(published)) < 1e-9 { return 0 }
    let distance = abs(computed - published)
    return distance.isNaN ? .infinity : distance / abs(published)
  }
}
