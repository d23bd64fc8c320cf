import NeuralNet
import Testing
import Volumes

/// A network of each kind, with and without weights in its shortcuts.
enum VolumeSample {
  struct Kind: CustomTestStringConvertible {
    let architecture: NetworkArchitecture
    let blocks: [Int]
    var hasBottlenecks = false
    var padsShortcuts = false

    var testDescription: String { architecture.title + (padsShortcuts ? ", type A" : "") }
  }

  static let kinds = [
    Kind(architecture: .medicalnet10, blocks: [1, 1, 1, 1]),
    Kind(architecture: .medicalnet10, blocks: [1, 1, 1, 1], padsShortcuts: true),
    Kind(architecture: .medicalnet50, blocks: [3, 4, 6, 3], hasBottlenecks: true),
  ]

  static func weights(_ kind: Kind) throws -> NetworkWeights {
    let layout = NetworkLayout(kind.architecture, padsShortcuts: kind.padsShortcuts)
    return try NetworkWeights(
      bytes: NetworkWeights.randomBytes(layout, seed: 3, label: "random"), label: "random")
  }

  static let small = Result { try VolumeNetwork(weights(kinds[0])) }

  /// Odd and even, so that strides end inside and outside; more than four voxels are left where kernels are dilated by four.
  static let size = GridSize(x: 44, y: 37, z: 18)
  static let volume = (0..<size.voxelCount).map { place in
    let (x, y, z) = (place % size.x, place / size.x % size.y, place / size.x / size.y)
    return Float((7 * x + 13 * y + 29 * z + x * y) % 200) / 60 - 1.5
  }
}

@Suite struct `The network of volumes` {
  @Test(arguments: VolumeSample.kinds)
  func `agrees with patches and OpenBLAS in every value of every layer`(kind: VolumeSample.Kind) throws {
    let weights = try VolumeSample.weights(kind)
    #expect(weights.architecture == kind.architecture)
    let plain = PlainVolumeNetwork(
      weights: weights, blocks: kind.blocks, hasBottlenecks: kind.hasBottlenecks,
      padsShortcuts: kind.padsShortcuts
    ).run(VolumeSample.volume, size: [VolumeSample.size.z, VolumeSample.size.y, VolumeSample.size.x])
    var seen: [String: [Float]] = [:]
    let features = try VolumeNetwork(weights).features(of: VolumeSample.volume, size: VolumeSample.size) {
      seen[$0] = $1
    }
    #expect(plain.layers.count == 1 + kind.blocks.reduce(0, +) && seen.count == plain.layers.count)
    for (name, image) in plain.layers {
      let ours = try #require(seen[name])
      try #require(ours.count == image.values.count)
      let largest = image.values.max() ?? 0
      var worst: Float = 0
      for voxel in 0..<image.voxels {
        for channel in 0..<image.channels {
          let difference =
            ours[voxel * image.channels + channel] - image.values[channel * image.voxels + voxel]
          worst = max(worst, abs(difference))
        }
      }
      #expect(worst < 2e-5 * largest, "\(name)")
    }
    #expect(relativeDifference(features, plain.features) < 1e-5)
  }

  @Test(arguments: InstructionSet.allCases.filter { $0 < .best })
  func `gives the same bits on every instruction set`(set: InstructionSet) throws {
    let network = try VolumeNetwork(VolumeSample.weights(VolumeSample.kinds[0]), instructionSet: set)
    #expect(
      try network.features(of: VolumeSample.volume, size: VolumeSample.size)
        == VolumeSample.small.get().features(of: VolumeSample.volume, size: VolumeSample.size))
  }

  @Test func `gives the same bits after volumes of other sizes, and to concurrent calls`() async throws {
    let network = try VolumeSample.small.get()
    let expected = try network.features(of: VolumeSample.volume, size: VolumeSample.size)
    _ = try network.features(of: [Float](repeating: 5, count: 9 * 16 * 8), size: GridSize(x: 9, y: 16, z: 8))
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<3 {
        group.addTask { try network.features(of: VolumeSample.volume, size: VolumeSample.size) == expected }
      }
      for try await same in group { #expect(same) }
    }
  }
}

@Suite struct `The volume of a region` {
  private static func settings(_ change: (inout DeepSettings) -> Void = { _ in }) -> DeepSettings {
    var settings = DeepSettings()
    settings.size = [9, 8, 10]
    settings.margin = .millimetres(length: 0)
    change(&settings)
    return settings
  }

  /// A box of 6 x 4 x 3 voxels in the middle of others.
  private static let geometry = GridGeometry(
    size: GridSize(x: 10, y: 9, z: 7), spacingInMillimetres: [0.5, 1, 2])
  private static let image = Volume(
    geometry: geometry, voxels: (0..<geometry.size.voxelCount).map { Double($0 * 37 % 101) })
  private static func mask(where isInside: (Int, Int, Int) -> Bool) -> Mask {
    let size = geometry.size
    return Mask(
      geometry: geometry,
      voxels: (0..<size.voxelCount).map {
        isInside($0 % size.x, $0 / size.x % size.y, $0 / size.x / size.y) ? 1 : 0
      })
  }
  private static let mask = mask { x, y, z in
    (2..<8).contains(x) && (3..<7).contains(y) && (2..<5).contains(z)
  }

  /// Which voxels `scipy.ndimage.zoom(numpy.arange(n), m / n, order=0)` takes (SciPy 1.17.1).
  @Test func `is taken voxel by voxel as SciPy's zoom of order 0 does`() throws {
    let places = [[0, 1, 1, 2, 3, 3, 4, 4, 5], [0, 0, 1, 1, 2, 2, 3, 3], [0, 0, 0, 1, 1, 1, 1, 2, 2, 2]]
    var values: [Double] = []
    for z in places[2] {
      for y in places[1] {
        for x in places[0] {
          values.append(Self.image.voxels[Self.geometry.size.offset(x: x + 2, y: y + 3, z: z + 2)])
        }
      }
    }
    let positive = values.filter { $0 > 0 }
    let mean = positive.reduce(0, +) / Double(positive.count)
    let variance = positive.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(positive.count)
    let expected = values.map { $0 == 0 ? 0 : Float(($0 - mean) / variance.squareRoot()) }
    let found = try RegionVolume(of: Self.image, mask: Self.mask, settings: Self.settings())
    #expect(found.size == GridSize(x: 9, y: 8, z: 10))
    let volume = try found.intensities()
    #expect(zip(volume, expected).allSatisfy { abs($0 - $1) < 1e-6 } && volume.count == expected.count)
  }

  @Test func `has margins in voxels of each axis, and zeros or the nearest voxel beyond the image`() throws {
    // 3 mm are 6, 3 and 2 voxels: from column -4 to 13, row 0 to 9, plane 0 to 6.
    let black = try RegionVolume(
      of: Self.image, mask: Self.mask, settings: Self.settings { $0.margin = .millimetres(length: 3) }
    ).intensities()
    #expect(black[0] == 0 && black.contains { $0 != 0 })
    let edge = try RegionVolume(
      of: Self.image, mask: Self.mask,
      settings: Self.settings {
        $0.margin = .millimetres(length: 3)
        $0.padding = .edge
      }
    ).intensities()
    #expect(edge[9] != 0 && edge[9] == edge[10], "columns -4 and -2 are both column 0")
    let error = #expect(throws: NeuralNetError.self) {
      try RegionVolume(
        of: Self.image, mask: Self.mask, settings: Self.settings { $0.margin = .millimetres(length: 1e5) }
      ).check()
    }
    #expect(error?.code == .cropTooLarge)
  }

  @Test func `has zeros outside the region where they are asked for`() throws {
    let mask = Self.mask { x, y, z in
      Self.mask.voxels[Self.geometry.size.offset(x: x, y: y, z: z)] == 1 && x != 4
    }
    let whole = try RegionVolume(of: Self.image, mask: mask, settings: Self.settings()).intensities()
    let masked = try RegionVolume(
      of: Self.image, mask: mask, settings: Self.settings { $0.masksOutside = true }
    ).intensities()
    // Columns 3 of the six in the box: the fourth of nine is column 2, the fifth column 3.
    #expect(masked[3] == 0 && whole[3] != 0)
  }

  @Test func `is refused without contrast among intensities above 0, unless a window makes some`() throws {
    var negative = Self.image
    negative.voxels = negative.voxels.map { $0 - 1000 }
    let error = #expect(throws: NeuralNetError.self) {
      try RegionVolume(of: negative, mask: Self.mask, settings: Self.settings()).check()
    }
    #expect(error?.code == .noContrast && error?.message.contains("window: {fixed") == true)
    let windowed = try RegionVolume(
      of: negative, mask: Self.mask, settings: Self.settings { $0.window = .fixed(lower: -1000, upper: -900) }
    ).intensities()
    let original = try RegionVolume(of: Self.image, mask: Self.mask, settings: Self.settings()).intensities()
    #expect(zip(windowed, original).allSatisfy { abs($0 - $1) < 1e-5 })
  }

  @Test func `needs finite voxels`() {
    var spoilt = Self.image
    spoilt.voxels[Self.geometry.size.offset(x: 2, y: 3, z: 2)] = .infinity
    let error = #expect(throws: NeuralNetError.self) {
      try RegionVolume(of: spoilt, mask: Self.mask, settings: Self.settings()).check()
    }
    #expect(error?.code == .nonFiniteVoxel)
  }

  @Test(arguments: [[8, 8], [7, 64, 64], [449, 8, 8], [448, 448, 57], [], [Int.max, Int.max, Int.max]])
  func `is of a size that memory has room for`(size: [Int]) {
    var settings = DeepSettings()
    settings.size = size
    #expect(#expect(throws: NeuralNetError.self) { try settings.validate() }?.code == .invalidSetting)
  }

  @Test func `takes no settings of slices, and slices none of volumes`() throws {
    func refused(_ architecture: NetworkArchitecture, _ change: (inout DeepSettings) -> Void) -> Bool {
      var settings = DeepSettings()
      change(&settings)
      return (try? settings.validate(for: architecture)) == nil
    }
    #expect(!refused(.medicalnet10) { $0.size = [448, 448, 56] } && !refused(.medicalnet50) { _ in })
    #expect(!refused(.medicalnet34) { $0.window = .fixed(lower: 0, upper: 1) })
    #expect(refused(.medicalnet10) { $0.slices = .all(pooling: .mean) })
    #expect(refused(.medicalnet10) { $0.channels = .neighbours })
    #expect(refused(.medicalnet10) { $0.normalisation = .symmetric })
    #expect(refused(.medicalnet10) { $0.window = .minMax })
    #expect(
      refused(.resnet50) { $0.size = [64, 64, 64] } && !refused(.resnet50) { $0.channels = .neighbours })
  }
}
