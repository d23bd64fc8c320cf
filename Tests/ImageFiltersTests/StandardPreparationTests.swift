import Foundation
import ImageFilters
import Testing
import Volumes

/// Preparation as the IBSI reference manual has it; values by hand.
@Suite struct `Preparation as IBSI has it` {
  private func settings(_ json: String) throws -> PreprocessingSettings {
    let settings = try JSONDecoder().decode(PreprocessingSettings.self, from: Data(json.utf8))
    try settings.validate()
    return settings
  }

  /// Four voxels of 3 mm, at 0, 3, 6, 9 mm: 12 mm, so six of 2 mm at -0.5, 1.5, ... mm, or three of 5 mm at -0.5, 4.5, 9.5 mm.
  @Test(arguments: [(2.0, 6, -0.5), (5.0, 3, -0.5), (4.0, 3, 0.5), (3.0, 4, 0.0)])
  func `puts the middle of the new grid on that of the old`(spacing: Double, count: Int, first: Double) throws
  {
    let volume = image(4, 4, 4, spacing: [3, 3, 3]) { x, y, z in Double(100 * x + 10 * y + z) }
    let prepared = try PreparedImage(
      image: volume, mask: region(of: volume),
      settings: settings(
        #"{"resampledPixelSpacing": [\#(spacing), 3, 0], "gridAlignment": "center", "interpolator": "sitkLinear"}"#
      ))
    let grid = prepared.image.geometry
    #expect(grid.size == GridSize(x: count, y: 4, z: 4))
    #expect(abs(grid.originInMillimetres.x - first) < 1e-12)
    #expect(grid.originInMillimetres.y == 0 && grid.originInMillimetres.z == 0)
    // Linear between voxels, and the outermost continues.
    for x in 0..<count {
      let place = min(max((first + Double(x) * spacing) / 3, 0), 3)
      #expect(abs(prepared.image[x, 2, 1] - (100 * place + 21)) < 1e-9)
    }
  }

  @Test func `takes a thousandth of a voxel more for the rounding of a header`() throws {
    let volume = image(4, 3, 3, spacing: [1.0001, 1, 1]) { x, _, _ in Double(x) }
    let grid = try PreparedImage(
      image: volume, mask: region(of: volume),
      settings: settings(#"{"resampledPixelSpacing": [1, 1, 1], "gridAlignment": "center"}"#)
    ).image.geometry
    #expect(grid.size.x == 4)
  }

  /// Voxels 1 to 4 of eight of 1 mm are the region: of new ones of 2 mm, at 0.5, 2.5, 4.5 and 6.5 mm, half, all, half and nothing.
  @Test(
    arguments: zip(
      [0.4, 0.5, 0.51, 1], [[1, 1, 1, 0], [1, 1, 1, 0], [0, 1, 0, 0], [0, 1, 0, 0]] as [[UInt8]]))
  func `has a voxel in the region from the threshold's share on`(threshold: Double, found: [UInt8]) throws {
    let volume = image(8, 3, 3) { x, _, _ in Double(x) }
    let mask = region(of: volume) { x, _, _ in (1...4).contains(x) }
    #expect(try resampled(volume, mask, [2, 1, 1], threshold) == found)
  }

  private func resampled(
    _ volume: Volume, _ mask: Mask, _ spacing: [Double], _ threshold: Double
  ) throws -> [UInt8] {
    let prepared = try PreparedImage(
      image: volume, mask: mask,
      settings: settings(
        #"""
        {"resampledPixelSpacing": \#(spacing), "gridAlignment": "center", "maskInterpolator": "sitkLinear",
         "partialVolumeThreshold": \#(threshold)}
        """#))
    return Array(prepared.mask.voxels[12..<16])
  }

  @Test(arguments: [("true", 1.0), ("false", 0.5)])
  func `rounds intensities or keeps their fractions, of whole numbers too`(rounds: String, value: Double)
    throws
  {
    let volume = image(8, 3, 3, type: .int16) { x, _, _ in Double(x) }
    let prepared = try PreparedImage(
      image: volume, mask: region(of: volume),
      settings: settings(
        #"""
        {"resampledPixelSpacing": [2, 1, 1], "gridAlignment": "center", "interpolator": "sitkLinear",
         "intensityRounding": \#(rounds)}
        """#))
    #expect(prepared.image[0, 1, 1] == value)
    #expect(prepared.warnings == [])
  }

  @Test func `warns where rounding takes fractions away that the image has`() throws {
    let volume = image(8, 3, 3) { x, _, _ in Double(x) / 4 }
    let prepared = try PreparedImage(
      image: volume, mask: region(of: volume),
      settings: settings(#"{"resampledPixelSpacing": [2, 1, 1], "intensityRounding": true}"#))
    #expect(prepared.warnings.count == 1 && prepared.warnings[0].contains("intensityRounding"))
  }

  /// Within 0 to 100 lie 0 and ten times 50: mean and deviation of these, not of 1000 too, say what is an outlier.
  @Test func `leaves out outliers of what the range has left`() throws {
    let values: [Double] = [1000, 50, 50, 50, 50, 50, 50, 50, 50, 50, 50, 0]
    let volume = image(12, 1, 1) { x, _, _ in values[x] }
    // Mean 45.45, deviation 14.37: 2 deviations leave 16.7 to 74.2.
    let prepared = try PreparedImage(
      image: volume, mask: region(of: volume),
      settings: settings(#"{"resegmentRange": [0, 100], "resegmentOutliers": 2}"#))
    #expect(prepared.mask.voxels == [0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0])
    #expect(prepared.maskBeforeResegmentation.count == 12)
    // With 1000 among them, mean 125 and deviation 264 keep all but it.
    let alone = try PreparedImage(
      image: volume, mask: region(of: volume), settings: settings(#"{"resegmentOutliers": 2}"#))
    #expect(alone.mask.voxels == [0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1])
  }

  @Test(arguments: [
    #"{"partialVolumeThreshold": 0.5}"#, #"{"maskInterpolator": "sitkLinear", "partialVolumeThreshold": 0}"#,
    #"{"maskInterpolator": "sitkGaussian"}"#, #"{"resegmentOutliers": 0}"#,
    #"{"resegmentOutliers": 3, "resegmentRange": [-3, 3], "resegmentMode": "sigma"}"#,
  ])
  func `refuses what has no meaning`(json: String) throws {
    #expect(throws: ImageFilterError.self) { try settings(json) }
  }

  @Test func `leaves canonical settings without it as they were`() throws {
    let text = String(decoding: try JSONEncoder().encode(PreprocessingSettings()), as: UTF8.self)
    for name in PreprocessingSettings.standardNames { #expect(!text.contains(name)) }
  }
}
