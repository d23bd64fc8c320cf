import ImageFilters
import Testing
import Volumes

@Suite struct `Preparing an image` {
  private let volume = image(12, 10, 8, spacing: [0.8, 1, 2], noise)

  private var mask: Mask {
    region(of: volume) { x, y, z in (4...7).contains(x) && (3...6).contains(y) && (2...5).contains(z) }
  }

  private func code(_ body: () throws -> Void) -> ImageFilterError.Code? {
    do {
      try body()
      return nil
    } catch {
      return (error as? ImageFilterError)?.code
    }
  }

  @Test func `by default leaves both as they are and finds the box`() throws {
    let prepared = try PreparedImage(image: volume, mask: mask)
    #expect(prepared.image.voxels == volume.voxels)
    #expect(prepared.mask.voxels == mask.voxels)
    #expect(prepared.box == VoxelBox(x: 4..<8, y: 3..<7, z: 2..<6))
  }

  @Test func `crops to the padded box when asked to`() throws {
    var settings = PreprocessingSettings()
    settings.preCrop = true
    settings.padDistance = 3
    let prepared = try PreparedImage(image: volume, mask: mask, settings: settings)
    #expect(prepared.image.geometry.size == GridSize(x: 10, y: 10, z: 8))
    #expect(prepared.box == VoxelBox(x: 3..<7, y: 3..<7, z: 2..<6))
    #expect(prepared.image[0, 0, 0] == volume[1, 0, 0])
    #expect(abs(prepared.image.geometry.originInMillimetres.x - 0.8) < 1e-12)
  }

  @Test func `onto the image's own spacing only crops`() throws {
    var settings = PreprocessingSettings()
    settings.resampledPixelSpacing = [0.8, 0, 2.000001]
    settings.padDistance = 1
    let prepared = try PreparedImage(image: volume, mask: mask, settings: settings)
    #expect(prepared.image.voxels == volume.cropped(to: VoxelBox(x: 3..<9, y: 2..<8, z: 1..<7)).voxels)
  }

  @Test func `keeps the spacing along an axis where the region is one voxel long`() throws {
    var settings = PreprocessingSettings()
    settings.resampledPixelSpacing = [0.5, 0.5, 0.5]
    let flat = region(of: volume) { x, y, z in (4...7).contains(x) && (3...6).contains(y) && z == 3 }
    let prepared = try PreparedImage(image: volume, mask: flat, settings: settings)
    #expect(prepared.image.geometry.spacingInMillimetres == [0.5, 0.5, 2])
    #expect(prepared.box.z.count == 1)
  }

  @Test func `with interpolator null does not resample`() throws {
    var settings = PreprocessingSettings()
    settings.resampledPixelSpacing = [0.5, 0.5, 0.5]
    settings.interpolator = nil
    #expect(try PreparedImage(image: volume, mask: mask, settings: settings).image.voxels == volume.voxels)
  }

  @Test func `refuses an empty region`() {
    #expect(
      code { _ = try PreparedImage(image: volume, mask: region(of: volume) { _, _, _ in false }) }
        == .emptyRegion)
  }

  @Test func `accepts a region that fills the image`() throws {
    #expect(try PreparedImage(image: volume, mask: region(of: volume)).box == volume.wholeBox)
  }

  @Test func `refuses a mask on another grid unless it may be corrected`() throws {
    let geometry = GridGeometry(
      size: GridSize(x: 20, y: 8, z: 8), spacingInMillimetres: [0.4, 1, 2], originInMillimetres: [0, 1, 0])
    let voxels = (0..<geometry.size.voxelCount).map { UInt8($0 % 20 > 3 && $0 % 20 < 12 ? 1 : 0) }
    let other = Mask(geometry: geometry, voxels: voxels)
    #expect(code { _ = try PreparedImage(image: volume, mask: other) } == .geometryMismatch)
    var settings = PreprocessingSettings()
    settings.correctMask = true
    let prepared = try PreparedImage(image: volume, mask: other, settings: settings)
    #expect(prepared.mask.geometry == volume.geometry)
    // Centres 0.8 i mm fall on mask voxels 2 i; of 4 to 11 these are i = 2 to 5.
    #expect(prepared.box.x == 2..<6)
    #expect(prepared.box.y == 1..<9)
  }

  @Test func `takes a difference within geometryTolerance for rounding`() throws {
    var geometry = volume.geometry
    geometry.originInMillimetres.x += 1e-4
    let shifted = Mask(geometry: geometry, voxels: mask.voxels)
    #expect(code { _ = try PreparedImage(image: volume, mask: shifted) } == .geometryMismatch)
    var settings = PreprocessingSettings()
    settings.geometryTolerance = 1e-3
    #expect(try PreparedImage(image: volume, mask: shifted, settings: settings).mask.voxels == mask.voxels)
  }

  @Test(arguments: [true, false])
  func `refuses a region that leaves the image`(resamples: Bool) {
    var geometry = volume.geometry
    geometry.originInMillimetres.z += 8
    var settings = PreprocessingSettings()
    settings.correctMask = true
    settings.resampledPixelSpacing = resamples ? [1, 1, 1] : nil
    let outside = Mask(geometry: geometry, voxels: mask.voxels)
    #expect(
      code { _ = try PreparedImage(image: volume, mask: outside, settings: settings) } == .regionOutsideImage)
  }

  @Test(arguments: [[1.0, 1.0], [1, 1, -1], [1, 1, .nan], []])
  func `refuses a spacing that is none`(spacing: [Double]) {
    var settings = PreprocessingSettings()
    settings.resampledPixelSpacing = spacing
    #expect(code { _ = try PreparedImage(image: volume, mask: mask, settings: settings) } == .invalidSetting)
  }

  @Test func `says which setting leaves nothing of a region that is there`() throws {
    let source = image(12, 12, 12) { x, _, _ in Double(x) }
    var settings = PreprocessingSettings()
    settings.resampledPixelSpacing = [5, 5, 5]
    // Of cubes of two voxels in a row some reach a voxel of the coarse grid, the others lie between.
    let found = (3..<8).map { start -> String in
      let small = region(of: source) { x, y, z in (start...start + 1).contains(x) && 6...7 ~= y && 6...7 ~= z
      }
      do {
        _ = try PreparedImage(image: source, mask: small, settings: settings)
        return "kept"
      } catch {
        return "\(error)"
      }
    }
    let lost = found.filter { $0 != "kept" }
    #expect(!lost.isEmpty)
    let said = "left on the grid of resampledPixelSpacing [5.0, 5.0, 5.0]"
    #expect(lost.allSatisfy { $0.contains(said) }, "\(lost)")
  }

  @Test func `refuses a spacing that asks for too many voxels`() {
    var settings = PreprocessingSettings()
    settings.resampledPixelSpacing = [1e-3, 1e-3, 1e-3]
    #expect(code { _ = try PreparedImage(image: volume, mask: mask, settings: settings) } == .gridTooLarge)
  }
}

@Suite struct `Re-segmentation` {
  private let volume = image(10, 1, 1) { x, _, _ in Double(x) }

  private func kept(_ range: [Double], _ mode: ResegmentMode) throws -> [Int] {
    let mask = try region(of: volume).resegmented(by: volume, range: range, mode: mode)
    return mask.voxels.indices.filter { mask.voxels[$0] == 1 }
  }

  @Test func `keeps intensities within the limits, these included`() throws {
    #expect(try kept([3, 6], .absolute) == [3, 4, 5, 6])
    #expect(try kept([6, 3], .absolute) == [3, 4, 5, 6])
    #expect(try kept([7], .absolute) == [7, 8, 9])
    #expect(try kept([0.5], .relative) == [5, 6, 7, 8, 9])
    // Mean 4.5, population standard deviation √8.25 = 2.87.
    #expect(try kept([-1, 1], .sigma) == [2, 3, 4, 5, 6, 7])
  }

  @Test func `that leaves one voxel or none is refused`() {
    for range in [[9.0], [20.0]] {
      #expect {
        try kept(range, .absolute)
      } throws: {
        ($0 as? ImageFilterError)?.code == .regionTooSmall
      }
    }
  }

  @Test func `leaves the region of shape features, cut off at the new box, unless resegmentShape`() throws {
    let cube = image(6, 6, 1) { x, y, _ in Double(x == 0 || y == 3 ? 100 : x * y) }
    var settings = PreprocessingSettings()
    settings.resegmentRange = [0, 50]
    let prepared = try PreparedImage(image: cube, mask: region(of: cube), settings: settings)
    #expect(prepared.box.x == 1..<6)
    #expect(prepared.mask.count == 25)
    #expect(prepared.shapeMask.count == 30)
    settings.resegmentShape = true
    #expect(try PreparedImage(image: cube, mask: region(of: cube), settings: settings).shapeMask.count == 25)
  }
}

@Suite struct `Normalisation` {
  @Test func `gives mean 0 and standard deviation 1 (N - 1) over the whole image`() throws {
    let result = try image(9, 8, 7, type: .int16, noise).normalised()
    let mean = result.voxels.reduce(0, +) / 504
    let variance = result.voxels.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 503
    #expect(abs(mean) < 1e-12)
    #expect(abs(variance - 1) < 1e-12)
    #expect(result.sampleType == .float64)
  }

  @Test func `cuts off outliers before it scales`() throws {
    let values = image(4, 1, 1) { x, _, _ in [0, 0, 0, 8][x] }
    // Mean 2, standard deviation 4.
    #expect(try values.normalised(scale: 100, limit: 1).voxels == [-50, -50, -50, 100])
  }

  @Test func `of a constant or a NaN is refused`() {
    let flat = image(3, 3, 3) { _, _, _ in 4 }
    #expect(throws: ImageFilterError.self) { try flat.normalised() }
    var broken = image(3, 3, 3, noise)
    broken.voxels[13] = .nan
    #expect {
      try broken.normalised()
    } throws: {
      ($0 as? ImageFilterError)?.code == .nonFiniteVoxel && "\($0)".contains("(1, 1, 1)")
    }
  }
}
