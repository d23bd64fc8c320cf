import Extraction
import ImageFilters
import StudyPlan
import Testing

@Suite struct `Extraction from MR images` {
  private func parameters(_ setting: String) throws -> ExtractionParameters {
    try ExtractionParameters(
      parameterFile: "setting: {\(setting)}\nfeatureClass: {firstorder: [Mean, Maximum]}\n")
  }

  private let zScore = "standardise: {method: z-score, referenceLabel: 2, scale: 10}"

  @Test func `measures the region in standard deviations of the reference tissue`() throws {
    var region = RegionOnDisk()
    region.isReference = { x, y, z in x == 0 && z == 1 }
    region.intensity = { place in
      // The reference is 11 voxels: 50, 51, … 60, of mean 55 and variance 11.
      place % 12 == 0 && place / 132 == 1 ? 50 + Double(place / 12 % 11) : 100 + Double(place % 2)
    }
    let found = try region.features(HandcraftedFeatures(parameters(zScore)))
    let deviation = 11.0.squareRoot()
    #expect(found.names == ["original_firstorder_Maximum", "original_firstorder_Mean"])
    #expect(abs(found.values[0] - 10 * (101 - 55) / deviation) < 1e-10)
    #expect(abs(found.values[1] - 10 * (100.5 - 55) / deviation) < 1e-10)
  }

  @Test func `refuses a mask without the reference tissue, and a region that would be its own`() throws {
    let absent = try RegionOnDisk().error(parameters(zScore))
    #expect(absent?.code == "label-absent")
    #expect(absent?.remedy.contains("standardise.referenceLabel") == true)
    #expect(absent?.remedy.contains("standardise.referenceSegment") == true)
    let own = try RegionOnDisk().error(
      parameters("standardise: {method: z-score, referenceLabel: 1}"))
    #expect(own?.code == "reference-is-region")
  }

  @Test func `names what N4 cannot correct`() throws {
    let error = try RegionOnDisk().error(parameters("n4: {}"))
    #expect(error?.code == "invalid-setting")
    #expect(error?.sentence.contains("shrinkFactor: [3, 2, 2]") == true)
  }

  @Test func `keeps the names of features`() throws {
    let plain = try RegionOnDisk().features(HandcraftedFeatures(parameters("binWidth: 5")))
    let corrected = try RegionOnDisk().features(
      HandcraftedFeatures(parameters("binWidth: 5, n4: {shrinkFactor: 2}")))
    #expect(corrected.names == plain.names)
    #expect(corrected.values != plain.values)
  }
}
