import Foundation
import ImageFilters
import Testing
import Volumes

@Suite struct `N4` {
  private func settings(_ json: String = "{}") throws -> BiasFieldSettings {
    try JSONDecoder().decode(BiasFieldSettings.self, from: Data(json.utf8))
  }

  private func code(_ body: () throws -> Void) -> ImageFilterError? {
    do {
      try body()
      return nil
    } catch {
      return error as? ImageFilterError
    }
  }

  @Test func `is tested on the image of its reference`() {
    let reference = MRIReference.shared
    #expect(reference.sample.map { MRIPhantom.image.voxels[$0] } == reference.image)
  }

  @Test(arguments: 0..<3) func `gives what SimpleITK gives`(index: Int) throws {
    let reference = MRIReference.shared
    let found = try MRIPhantom.image.biasFieldCorrected(reference.n4[index].settings)
    // SimpleITK computes in single precision, whose rounding grows over the iterations.
    for (voxel, expected) in zip(reference.sample, reference.n4[index].corrected) {
      #expect(abs(found.voxels[voxel] / expected - 1) < 2e-4)
    }
    #expect(found.sampleType == .float64)
  }

  @Test func `has the same bits on every machine`() throws {
    let found = try MRIPhantom.image.biasFieldCorrected(settings(#"{"shrinkFactor": 2}"#))
    let folded = found.voxels.reduce(UInt64(0)) { ($0 << 7 | $0 >> 57) ^ $1.bitPattern }
    #expect(folded == 3_214_121_225_915_074_196)
  }

  @Test func `takes most of a known field off`() throws {
    let image = MRIPhantom.image
    let corrected = try image.biasFieldCorrected(settings(#"{"shrinkFactor": 2}"#))
    let inside = MRIPhantom.middle.voxels.indices.filter { MRIPhantom.middle.voxels[$0] == 1 }
    func variation(_ volume: Volume) -> Double {
      let values = inside.map { volume.voxels[$0] }
      let mean = values.reduce(0, +) / Double(values.count)
      return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot() / mean
    }
    #expect(variation(image) > 0.08)
    #expect(variation(corrected) < 0.3 * variation(image))
  }

  @Test func `does not depend on the unit of intensities`() throws {
    let image = MRIPhantom.image
    let scaled = Volume(geometry: image.geometry, voxels: image.voxels.map { $0 * 1024 })
    let one = try image.biasFieldCorrected(settings(#"{"shrinkFactor": 2, "maximumNumberOfIterations": 8}"#))
    let other = try scaled.biasFieldCorrected(
      settings(#"{"shrinkFactor": 2, "maximumNumberOfIterations": 8}"#))
    #expect(zip(one.voxels, other.voxels).allSatisfy { abs($1 / 1024 / $0 - 1) < 1e-9 })
  }

  @Test func `leaves voxels of 0 and below as they are but for the field`() throws {
    var image = MRIPhantom.image
    image.voxels[0] = 0
    image.voxels[1] = -5
    let found = try image.biasFieldCorrected(
      settings(#"{"shrinkFactor": 2, "maximumNumberOfIterations": 2}"#))
    #expect(found.voxels[0] == 0)
    #expect(found.voxels[1] < 0)
    #expect(!found.voxels.contains { !$0.isFinite })
  }

  @Test(arguments: ["otsu", "positive"]) func `refuses an image without two positive intensities`(
    mask: String
  ) throws {
    for value in [0.0, -3, 7] {
      let flat = image(16, 16, 16) { _, _, _ in value }
      let error = code { _ = try flat.biasFieldCorrected(settings(#"{"mask": "\#(mask)"}"#)) }
      #expect(error?.code == .constantImage)
      #expect(error?.message.contains("leave n4 out") == true)
    }
  }

  @Test func `refuses an image that is too small for the shrink factor, and says which fits`() {
    let error = code { _ = try image(40, 40, 9, noise).biasFieldCorrected() }
    #expect(error?.code == .invalidSetting)
    #expect(error?.message.contains("shrinkFactor: [4, 4, 2]") == true)
    let flat = code { _ = try image(40, 40, 3, noise).biasFieldCorrected() }
    #expect(flat?.message.contains("leave n4 out") == true)
  }

  @Test func `refuses a picture and voxels that are no numbers`() {
    #expect(
      code { _ = try image(40, 40, 1, dimension: 2, noise).biasFieldCorrected() }?.message.contains("picture")
        == true)
    var holed = MRIPhantom.image
    holed.voxels[77] = .nan
    #expect(code { _ = try holed.biasFieldCorrected() }?.code == .nonFiniteVoxel)
  }

  @Test(arguments: [
    #"{"shrinkFactor": 0}"#, #"{"shrinkFactor": [4, 4]}"#, #"{"shrinkFactor": 65}"#,
    #"{"maximumNumberOfIterations": []}"#,
    #"{"maximumNumberOfIterations": [50, 0]}"#,
    #"{"maximumNumberOfIterations": [1, 1, 1, 1, 1, 1, 1, 1, 1]}"#,
    #"{"convergenceThreshold": -1}"#, #"{"biasFieldFullWidthAtHalfMaximum": 0}"#,
    #"{"wienerFilterNoise": 0}"#,
    #"{"numberOfHistogramBins": 8}"#, #"{"numberOfControlPoints": 3}"#, #"{"numberOfControlPoints": 40}"#,
    #"{"numberOfControlPoints": [4, 4, 131]}"#,
  ])
  func `refuses settings outside their range`(json: String) throws {
    let settings = try settings(json)
    #expect(code { try settings.validate() }?.code == .invalidSetting)
    #expect(code { _ = try MRIPhantom.image.biasFieldCorrected(settings) }?.code == .invalidSetting)
  }

  @Test func `takes one number for three axes`() throws {
    #expect(try settings(#"{"shrinkFactor": 3, "numberOfControlPoints": 5}"#).shrinkFactor == [3, 3, 3])
    #expect(try settings(#"{"maximumNumberOfIterations": 20}"#).maximumNumberOfIterations == [20])
    #expect(try settings() == BiasFieldSettings())
  }
}
