import Foundation
import ImageFilters
import StudyPlan
import Testing

@Suite struct `Settings of MR intensities` {
  private func parameters(_ setting: String, overrides: [String] = []) throws -> ExtractionParameters {
    try ExtractionParameters(parameterFile: "setting: {\(setting)}", overrides: overrides)
  }

  private func study(_ yaml: String) throws -> StudyFile {
    try StudyFile(yaml: yaml, besides: URL(fileURLWithPath: "/studies/hip.yaml"))
  }

  @Test func `are read under the names of SimpleITK and of the methods`() throws {
    let read = try parameters(
      "n4: {shrinkFactor: [4, 4, 1], maximumNumberOfIterations: [50, 30], convergenceThreshold: 0.01, mask: positive}, "
        + "standardise: {method: white-stripe, peak: last, width: 0.1}"
    ).preprocessing
    #expect(read.biasField?.shrinkFactor == [4, 4, 1])
    #expect(read.biasField?.maximumNumberOfIterations == [50, 30])
    #expect(read.biasField?.convergenceThreshold == 0.01)
    #expect(read.biasField?.mask == .positive)
    #expect(read.biasField?.numberOfHistogramBins == 200)
    #expect(read.standardisation?.method == .whiteStripe)
    #expect(read.standardisation?.peak == .last)
    #expect(read.standardisation?.width == 0.1)
  }

  @Test func `are had with defaults, from the command line, and taken back there`() throws {
    #expect(try parameters("n4: {}").preprocessing.biasField == BiasFieldSettings())
    let overridden = try parameters(
      "n4: {}", overrides: ["n4:", "standardise:{method: z-score, referenceLabel: 2, scale: 100}"])
    #expect(overridden.preprocessing.biasField == nil)
    #expect(overridden.preprocessing.standardisation?.referenceLabel == 2)
  }

  @Test func `make another recipe, and none where they are not set`() throws {
    let plain = FeatureRecipe(try parameters("binWidth: 25")).parameters
    #expect(!plain.contains("n4") && !plain.contains("standardise"))
    let corrected = FeatureRecipe(try parameters("binWidth: 25, n4: {}")).parameters
    #expect(corrected.contains(#""n4":{"biasFieldFullWidthAtHalfMaximum":0.15,"#))
    #expect(FeatureRecipe(try parameters("binWidth: 25, n4: {shrinkFactor: 4}")).parameters == corrected)
  }

  @Test func `survive the study's canonical form`() throws {
    let file = try study(
      """
      study: hip
      manifest: m.csv
      seed: 7
      extraction: {setting: {n4: {shrinkFactor: 2}, standardise: {method: nyul, percentiles: [5, 95], landmarks: [0, 100]}}}
      """)
    #expect(try Study(canonicalJSON: file.study.canonicalJSON) == file.study)
  }

  @Test(arguments: [
    ("n4: {shrinkfactor: 4}", "Did you mean 'shrinkFactor'?"),
    ("n4: {iterations: [50]}", "maximumNumberOfIterations"),
    ("n4: {mask: otsuu}", "Did you mean 'otsu'?"),
    ("n4: true", "must be a mapping"),
    ("n4: {shrinkFactor: 2.5}", "n4"),
    ("n4: {shrinkFactor: 0}", "n4.shrinkFactor"),
    ("n4: {convergenceThreshold: .nan}", "n4.convergenceThreshold"),
    ("N4: {}", "Did you mean 'n4'?"),
    ("standardize: {method: z-score}", "Did you mean 'standardise'?"),
    ("standardise: {method: zscore}", "Did you mean 'z-score'?"),
    ("standardise: {referenceLabel: 2}", "standardise.method is missing"),
    ("standardise: {method: z-score}", "referenceLabel"),
    ("standardise: {method: z-score, referenceLabel: -1}", "standardise"),
    ("standardise: {method: z-score, referenceLabel: 2, referenceSegment: Muscle}", "twice"),
    ("standardise: {method: z-score, referenceSegment: ' '}", "in at most 256 bytes"),
    ("standardise: {method: white-stripe, peak: last, referenceSegment: Muscle}", "does not belong"),
    ("normalize: ja", "must be true or false, but is 'ja'"),
    ("orientation: RAS", "must be as-stored or lps, but is 'RAS'"),
    ("standardise: {method: white-stripe}", "peak"),
    ("standardise: {method: white-stripe, peak: first}", "largest, last"),
    ("standardise: {method: white-stripe, peak: last, landmarks: [1, 2]}", "does not belong"),
    ("standardise: {method: nyul}", "every fold and replicate"),
    ("standardise: {method: z-score, referenceLabel: 2}, normalize: true", "without effect"),
  ])
  func `are refused where they are wrong, in parameter files and in study files`(
    setting: String, part: String
  ) {
    let study = "study: hip\nmanifest: m.csv\nextraction: {setting: {\(setting)}}\n"
    for read in [{ _ = try parameters(setting) }, { _ = try self.study(study) }] as [() throws -> Void] {
      #expect {
        try read()
      } throws: { error in
        (error as? StudyError)?.message.contains(part) == true
      }
    }
  }
}
