import NeuralNet
import Testing
import Volumes

@Suite struct `Pictures of a region` {
  @Test(arguments: DeepReference.shared.preparations)
  func `are those of torchvision`(expected: DeepReference.Preparation) throws {
    let images = try RegionImages(of: Sample.volume, mask: Sample.mask, settings: expected.settings)
    #expect(images.slices == expected.slices)
    let picture = try images.picture(ofSlice: images.slices[0]).map { Double($0) }
    #expect(abs(picture.reduce(0, +) / Double(picture.count) - expected.mean) < 1e-6)
    let grid = stride(from: 3, to: 224, by: 24).flatMap { y in
      stride(from: 5, to: 224, by: 24).map { x in picture[224 * y + x] }
    }
    #expect(relativeDifference(grid, expected.grid) < 5e-6)
  }

  @Test func `stay within black and white`() throws {
    for preparation in DeepReference.shared.preparations {
      let images = try RegionImages(of: Sample.volume, mask: Sample.mask, settings: preparation.settings)
      for slice in images.slices {
        #expect(try images.picture(ofSlice: slice).allSatisfy { $0 >= 0 && $0 <= 1.000001 })
      }
    }
  }

  @Test(arguments: [(1, [2]), (2, [1, 3]), (3, [0, 2, 4]), (5, [0, 1, 2, 3, 4]), (9, [0, 1, 2, 3, 4])])
  func `come from slices evenly through the region`(count: Int, slices: [Int]) throws {
    var settings = DeepSettings()
    settings.slices = .even(count: count, pooling: .mean)
    #expect(try RegionImages(of: Sample.volume, mask: Sample.mask, settings: settings).slices == slices)
  }

  @Test func `come from the first of equally large slices`() throws {
    let mask = mask([(3, 3, 4), (4, 3, 4), (8, 8, 1), (8, 9, 1), (5, 5, 2)])
    #expect(try RegionImages(of: Sample.volume, mask: mask, settings: DeepSettings()).slices == [1])
  }

  @Test func `of a flat region are black up to its value and white above`() throws {
    let geometry = GridGeometry(size: GridSize(x: 9, y: 9, z: 1))
    var image = Volume(geometry: geometry, voxels: [Double](repeating: 5, count: 81))
    var mask = Mask(geometry: geometry, voxels: [UInt8](repeating: 0, count: 81))
    for x in 3..<6 { mask.voxels[4 * 9 + x] = 1 }
    image.voxels[3 * 9 + 3] = 6
    var settings = DeepSettings()
    settings.margin = .millimetres(length: 0)
    let picture = try RegionImages(of: image, mask: mask, settings: settings).picture(ofSlice: 0)
    #expect(picture[0] == 1)
    #expect(picture[223 * 224 + 223] == 0)
  }

  @Test func `of two pixels in one corner are padded around them`() throws {
    let mask = mask([(0, 0, 0), (1, 0, 0)])
    var settings = DeepSettings()
    settings.margin = .share(fraction: 1)
    settings.window = .fixed(lower: -1, upper: 0)
    let picture = try RegionImages(of: Sample.volume, mask: mask, settings: settings).picture(ofSlice: 0)
    #expect(picture[0] == 0)
    #expect(picture[224 * 223 + 223] == 1)
  }

  @Test func `of a region that fills the slice are padded to a square`() throws {
    var mask = Sample.mask
    mask.voxels = mask.voxels.map { _ in 1 }
    let images = try RegionImages(of: Sample.volume, mask: mask, settings: DeepSettings())
    #expect(try images.picture(ofSlice: 0).count == 224 * 224)
  }

  @Test func `need image and mask on one grid`() {
    let other = Mask(
      geometry: GridGeometry(size: GridSize(x: 4, y: 4, z: 1)), voxels: [UInt8](repeating: 1, count: 16))
    #expect(failure(Sample.volume, other)?.code == .sizeMismatch)
    #expect(failure(Sample.volume, other)?.message.contains("40 x 31 x 6 voxels, mask of 4 x 4 x 1") == true)
  }

  @Test func `need a region of more than one voxel`() {
    #expect(failure(Sample.volume, mask([]))?.code == .emptyRegion)
    #expect(failure(Sample.volume, mask([(7, 7, 2)]))?.code == .regionTooSmall)
  }

  @Test(arguments: [(2, 31), (40, 2), (1, 1)]) func `need slices of three pixels`(x: Int, y: Int) {
    let geometry = GridGeometry(size: GridSize(x: x, y: y, z: 4))
    let image = Volume(geometry: geometry, voxels: [Double](repeating: 1, count: x * y * 4))
    let mask = Mask(geometry: geometry, voxels: [UInt8](repeating: 1, count: x * y * 4))
    #expect(failure(image, mask)?.code == .sliceTooSmall)
  }

  @Test(arguments: [Double.nan, .infinity]) func `need finite voxels`(value: Double) {
    var image = Sample.volume
    image.voxels[Sample.geometry.size.offset(x: 24, y: 14, z: 2)] = value
    let error = failure(image, Sample.mask)
    #expect(error?.code == .nonFiniteVoxel)
    #expect(error?.message.contains("voxel (24, 14, 2)") == true)
  }

  @Test func `need a margin of sensible size`() {
    var settings = DeepSettings()
    settings.margin = .millimetres(length: 1e9)
    #expect(failure(Sample.volume, Sample.mask, settings)?.code == .cropTooLarge)
    settings.margin = .share(fraction: 1e300)
    #expect(failure(Sample.volume, Sample.mask, settings)?.code == .cropTooLarge)
  }

  private func mask(_ voxels: [(x: Int, y: Int, z: Int)]) -> Mask {
    var mask = Sample.mask
    mask.voxels = mask.voxels.map { _ in 0 }
    for voxel in voxels { mask.voxels[mask.geometry.size.offset(x: voxel.x, y: voxel.y, z: voxel.z)] = 1 }
    return mask
  }

  private func failure(
    _ image: Volume, _ mask: Mask, _ settings: DeepSettings = DeepSettings()
  ) -> NeuralNetError? {
    #expect(throws: NeuralNetError.self) {
      let images = try RegionImages(of: image, mask: mask, settings: settings)
      _ = try images.picture(ofSlice: images.slices[0])
    }
  }

  @Test func `with neighbours hold the slices before and after, and at the ends the slice itself`() throws {
    var settings = DeepSettings()
    // A window that does not depend on the slice, and squares that do not: each plane is what that slice shows by itself.
    settings.window = .fixed(lower: 0, upper: 200)
    settings.margin = .millimetres(length: 0)
    settings.slices = .all(pooling: .mean)
    var mask = Sample.mask
    let size = mask.geometry.size
    mask.voxels = mask.voxels.indices.map { place in
      let (x, y) = (place % size.x, place / size.x % size.y)
      return (10..<25).contains(x) && (4..<19).contains(y) ? 1 : 0
    }
    let same = try RegionImages(of: Sample.volume, mask: mask, settings: settings)
    settings.channels = .neighbours
    let pictures = try RegionImages(of: Sample.volume, mask: mask, settings: settings)
    #expect(pictures.slices == Array(0..<size.z))
    for z in pictures.slices {
      let planes = try [max(z - 1, 0), z, min(z + 1, size.z - 1)].flatMap { try same.picture(ofSlice: $0) }
      #expect(try pictures.picture(ofSlice: z) == planes)
    }
  }

  @Test
  func `with neighbours keep window and square of the chosen slice, and need finite pixels in all three`()
    throws
  {
    var settings = DeepSettings()
    settings.channels = .neighbours
    let pictures = try RegionImages(of: Sample.volume, mask: Sample.mask, settings: settings)
    let chosen = try #require(pictures.slices.first)
    settings.channels = nil
    let alone = try RegionImages(of: Sample.volume, mask: Sample.mask, settings: settings)
    #expect(
      try Array(pictures.picture(ofSlice: chosen)[224 * 224..<2 * 224 * 224])
        == alone.picture(ofSlice: chosen))
    var spoilt = Sample.volume
    spoilt.voxels[spoilt.geometry.size.offset(x: 24, y: 14, z: chosen + 1)] = .nan
    settings.channels = .neighbours
    let bad = try RegionImages(of: spoilt, mask: Sample.mask, settings: settings)
    let error = #expect(throws: NeuralNetError.self) { try bad.picture(ofSlice: chosen) }
    #expect(error?.code == .nonFiniteVoxel)
    #expect(#expect(throws: NeuralNetError.self) { try bad.check() }?.code == .nonFiniteVoxel)
  }
}
