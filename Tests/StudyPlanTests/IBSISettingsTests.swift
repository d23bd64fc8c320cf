import ImageFilters
import Radiomics
import StudyPlan
import Testing

@Suite struct `Settings of IBSI` {
  private func parameters(_ text: String, overrides: [String] = []) throws -> ExtractionParameters {
    try ExtractionParameters(parameterFile: text, overrides: overrides)
  }

  @Test func `are all reached from a parameter file`() throws {
    let read = try parameters(
      """
      setting:
        ibsi: true
        binWidth: 10
        binOrigin: -1000
        aggregations: [3D_avg, 2_5D_comb]
        intensityUnits: calibrated_continuous
        ivhBinWidth: 2.5
        gldm_a: 1
        resegmentRange: [400, -900]
        resegmentOutliers: 3
        resampledPixelSpacing: [2, 2, 2]
        gridAlignment: center
        maskInterpolator: sitkLinear
        partialVolumeThreshold: 0.4
        intensityRounding: true
      """)
    let settings = try read.images[0].settingsOfIBSI(after: read.preprocessing)
    #expect(settings.binWidth == 10 && settings.binOrigin == -1000 && settings.ivhBinWidth == 2.5)
    #expect(settings.aggregations == [.averaged3D, .merged25D])
    #expect(settings.intensityUnits == .calibratedContinuous && settings.dependenceCoarseness == 1)
    #expect(settings.resegmentRange == [-900, 400])
    let preparation = read.preprocessing
    #expect(preparation.gridAlignment == .center && preparation.maskInterpolator == .linear)
    #expect(preparation.partialVolumeThreshold == 0.4 && preparation.intensityRounding == true)
    #expect(preparation.resegmentOutliers == 3)
  }

  @Test func `are all reached from the command line`() throws {
    let read = try parameters(
      "setting: {ibsi: true}",
      overrides: ["ivhBinCount:500", "aggregations:3D_comb", "binWidth:5", "intensityUnits:arbitrary"])
    let settings = try read.images[0].settingsOfIBSI(after: read.preprocessing)
    #expect(settings.ivhBinCount == 500 && settings.aggregations == [.merged3D] && settings.binWidth == 5)
  }

  @Test func `may be another image type's own, and a range of intensities is the original's alone`() throws {
    let read = try parameters(
      """
      setting: {ibsi: true, resegmentRange: [0, 400], intensityUnits: calibrated_discrete}
      imageType:
        Original:
        Wavelet: {binCount: 32, intensityUnits: arbitrary, ivhBinCount: 100}
      """)
    let original = try read.images[0].settingsOfIBSI(after: read.preprocessing)
    let wavelet = try read.images[1].settingsOfIBSI(after: read.preprocessing)
    #expect(original.resegmentRange == [0, 400] && original.intensityUnits == .calibratedDiscrete)
    #expect(wavelet.resegmentRange == nil && wavelet.ivhBinCount == 100 && wavelet.binCount == 32)
  }

  @Test(arguments: [
    ("setting: {intensityUnits: calibrated_discrete}", "add ibsi: true"),
    ("setting: {ibsi: true, intensityUnits: hounsfield}", "calibrated_discrete"),
    ("setting: {ibsi: true, aggregations: [4D]}", "2_5D_avg"),
    ("setting: {ibsi: true, aggregations: []}", "aggregations"),
    ("setting: {ibsi: true, aggregations: [3D_avg], force2D: true}", "force2D"),
    ("setting: {ibsi: true, ivhBinWidth: 2.5}", "calibrated_continuous"),
    ("setting: {ibsi: true, ivhBinCount: 10, intensityUnits: calibrated_discrete}", "arbitrary"),
    ("setting: {ibsi: true, binCount: 10, binOrigin: 0}", "binOrigin"),
    ("setting: {gridAlignment: middle}", "corner or center"),
    ("setting: {gridAlignement: center}", "Did you mean 'gridAlignment'?"),
  ])
  func `without effect or meaning are refused`(text: String, part: String) {
    let error = #expect(throws: StudyError.self) { try parameters(text) }
    #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
  }

  @Test(arguments: [
    (
      "imageType: {IBSIGabor: {ibsiSigma: 5.0, ibsiGaborWavelength: 2.0, ibsiLawsKernels: L5E5E5}}",
      "IBSILaws"
    ),
    ("imageType: {IBSIMean: {ibsiSigma: 5.0}}", "IBSILoG, IBSIGabor, IBSIRieszLoG"),
    ("imageType: {Wavelet: {ibsiLevels: 2}}", "imageType.Wavelet.ibsiLevels would have no effect"),
    ("setting: {ibsiBoundary: zero}\nimageType: {Wavelet: {}}", "setting.ibsiBoundary would have no effect"),
    (
      "imageType: {IBSIMean: {ibsiBoundary: wrap}}",
      "must be one of zero, nearest, periodic, mirror, but is 'wrap'."
    ),
  ])
  func `of a filter are refused where no filter has them`(text: String, part: String) {
    let error = #expect(throws: StudyError.self) { try parameters(text) }
    #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
  }

  @Test func `of several filters may stand in one place`() throws {
    let read = try parameters(
      """
      setting: {ibsiBoundary: zero, ibsiSigma: [2.0], ibsiLevels: 2}
      imageType: {IBSILoG: {}, IBSIMean: {ibsiMeanSupport: 3}, IBSINonSeparableWavelet: {}}
      """)
    #expect(read.images.count == 3)
    #expect(read.images[1].filters[IBSILaplacianOfGaussianFilter.self].settings.boundary == .zero)
  }

  @Test(arguments: [
    (
      "setting: {ibsiSigma: [1.5]}\nimageType: {Original: {}, IBSILoG: {}, IBSIMean: {}}",
      "imageType: {Original: {}, IBSILoG: {ibsiSigma: [1.5]}, IBSIMean: {}}"
    ),
    (
      "setting: {ibsiSigma: 3.0, ibsiLawsKernels: L5E5E5, ibsiBoundary: zero}\nimageType: {IBSILoG: {}, IBSILaws: {}}",
      "imageType: {IBSILoG: {ibsiSigma: 3.0, ibsiBoundary: zero}, IBSILaws: {ibsiLawsKernels: [L5E5E5], ibsiBoundary: zero}}"
    ),
    (
      "setting: {ibsiLevels: 2}\nimageType: {Wavelet: {}, IBSINonSeparableWavelet: {}}",
      "imageType: {IBSINonSeparableWavelet: {ibsiLevels: 2}, Wavelet: {}}"
    ),
  ])
  func `of a filter are its own, so that equal work has one key`(general: String, own: String) throws {
    let recipes = try [general, own].map { FeatureRecipe(try parameters($0)) }
    #expect(recipes[0] == recipes[1])
    let digest = [UInt8](repeating: 7, count: 32)
    let keys = recipes.map { FeatureKey(image: digest, mask: digest, label: 1, recipe: $0) }
    #expect(keys[0] == keys[1])
  }

  @Test func `of another filter are not read by one that stands beside it`() throws {
    let read = try parameters("setting: {ibsiSigma: [2.0]}\nimageType: {IBSILoG: {}, IBSIMean: {}}")
    let mean = try #require(read.images.first { $0.type.rawValue == IBSIMeanFilter.name })
    #expect(mean.filters[IBSIMeanFilter.self].settings.sigma.isEmpty)
    #expect(mean.filters[IBSILaplacianOfGaussianFilter.self].settings.sigma.isEmpty)
  }

  @Test func `are no part of the canonical form where they are not set`() throws {
    let plain = FeatureRecipe(try parameters("setting: {ibsi: true}")).parameters
    for name in IBSIChoices.names + PreprocessingSettings.standardNames {
      #expect(!plain.contains("\"\(name)\""))
    }
  }

  @Test func `come together in the profile ibsi, and single ones stand beside it`() throws {
    let read = try parameters(
      ParameterProfile.ibsi.yaml, overrides: ["resampledPixelSpacing:[2, 2, 2]", "intensityRounding:false"])
    #expect(read.ibsi && read.preprocessing.gridAlignment == .center)
    #expect(read.preprocessing.intensityRounding == false)
    #expect(read.preprocessing.resampledPixelSpacing == [2, 2, 2])
  }
}

@Suite struct `Parameter files that PyRadiomics takes` {
  @Test(arguments: ["featureClass: {}", "featureClass:", "imageType: {}\nfeatureClass: {}", "imageType:"])
  func `may have empty sections, which are those that are not there`(text: String) throws {
    #expect(try ExtractionParameters(parameterFile: text) == ExtractionParameters(parameterFile: nil))
  }

  @Test func `may merge mappings`() throws {
    let read = try ExtractionParameters(
      parameterFile: """
        setting: &base {binWidth: 10, sigma: [1.0]}
        imageType:
          Original: {}
          LoG:
            <<: *base
            binWidth: 5
          Square: {<<: [*base, {binWidth: 7, distances: [2]}]}
        """)
    func features(of type: ImageType) -> RadiomicsSettings? {
      read.images.first { $0.type == type }?.features
    }
    #expect(features(of: .original)?.binWidth == 10 && features(of: .laplacianOfGaussian)?.binWidth == 5)
    let square = features(of: .square)
    #expect(square?.binWidth == 10 && square?.distances == [2])
  }

  @Test(arguments: ["setting: {<<: 3}", "setting: {\"<<\": {binWidth: 3}}"])
  func `merge nothing but mappings`(text: String) {
    #expect(throws: StudyError.self) { try ExtractionParameters(parameterFile: text) }
  }
}
