import ImageFilters
import Radiomics
import StudyPlan
import Testing

/// Parameter files with what PyRadiomics' own examples have, and how they lay it out.
private enum Example {
  static let features = """
    featureClass:
      shape:
      firstorder: []   # all
      glcm:  # without the deprecated and the redundant ones
        - 'Autocorrelation'
        - 'JointAverage'
        - 'ClusterProminence'
        - 'Contrast'
        - 'Idm'
        - 'Imc1'
      glrlm:
      glszm:
      gldm:
      ngtdm:
    """

  static func magneticResonance(spacing: String?, sigma: String) -> String {
    """
    # An image of arbitrary units: normalised, five units a bin.
    imageType:
      Original: {}
      LoG:
        sigma: \(sigma)
      Wavelet: {}
    \(features)
    setting:
      normalize: true
      normalizeScale: 100  # -3 to 3 standard deviations are -300 to 300
      interpolator: 'sitkBSpline'
    \(spacing.map { "  resampledPixelSpacing: \($0)" } ?? "  #resampledPixelSpacing: None")
      binWidth: 5
      voxelArrayShift: 300
      preCrop: true
      force2D: false
      label: 1
    """
  }

  static let computedTomography = """
    setting:
      binWidth: 25
      label: 1
      interpolator: 'sitkBSpline'
      resampledPixelSpacing:
      weightingNorm: # no weights
      geometryTolerance: 0.0001
      resegmentRange: [-1000, 400]
      additionalInfo: true
    imageType:
      Original: {}
      LoG: {'sigma' : [1.0, 2.0, 3.0, 4.0, 5.0]}
      Wavelet: {}
    \(features)
    """

  static let voxelBased = """
    imageType:
      Original: {}
    featureClass:
      firstorder: ['Mean']
    setting:
      binWidth: 25
    voxelSetting:
      kernelRadius: 2
      maskedKernel: true
      initValue: nan
      voxelBatch: 10000
    """
}

@Suite struct `A parameter file like PyRadiomics' example` {
  @Test(
    arguments: [
      ("[2, 2, 2]", [2, 2, 2], "[2.0, 3.0, 4.0, 5.0]", 4), ("[3, 3, 3]", [3, 3, 3], "[3.0, 5.0]", 2),
      ("[5,5,5]", [5, 5, 5], "[5.0]", 1),
    ] as [(String, [Double], String, Int)])
  func `for MR is read as it is`(spacing: String, expected: [Double], sigma: String, count: Int) throws {
    let read = try ExtractionParameters(
      parameterFile: Example.magneticResonance(spacing: spacing, sigma: sigma))
    #expect(
      read.preprocessing.resampledPixelSpacing == expected && read.preprocessing.interpolator == .bSpline)
    #expect(read.preprocessing.normalize && read.preprocessing.normalizeScale == 100)
    #expect(read.features.binWidth == 5 && read.features[FirstOrderClass.self].voxelArrayShift == 300)
    #expect(read.images.map(\.type) == [.original, .wavelet, .laplacianOfGaussian])
    #expect(read.images[2].filters[LaplacianOfGaussianFilter.self].sigma.count == count)
    #expect(read.classes.map(\.featureClass) == [.shape, .firstorder, .glcm, .gldm, .glrlm, .glszm, .ngtdm])
    #expect(read.classes[1].names == nil && read.classes[2].names?.count == 6)
  }

  @Test func `for MR without resampling keeps the spacing`() throws {
    let text = Example.magneticResonance(spacing: nil, sigma: "[2.0]")
    #expect(try ExtractionParameters(parameterFile: text).preprocessing.resampledPixelSpacing == nil)
  }

  @Test func `for CT is read as it is`() throws {
    let read = try ExtractionParameters(parameterFile: Example.computedTomography)
    #expect(
      read.preprocessing.resampledPixelSpacing == nil && read.preprocessing.resegmentRange == [-1000, 400])
    #expect(read.preprocessing.geometryTolerance == 1e-4 && read.features.weightingNorm == nil)
    #expect(
      read.images.last?.filters[LaplacianOfGaussianFilter.self].sigma.map(\.literal) == [
        "1.0", "2.0", "3.0", "4.0", "5.0",
      ])
  }

  @Test func `for maps of voxels gives features of regions too, as without that section`() throws {
    let parts = Example.voxelBased.split(separator: "voxelSetting:")
    #expect(parts.count == 2)
    let read = try ExtractionParameters(parameterFile: Example.voxelBased)
    #expect(try read == ExtractionParameters(parameterFile: String(parts[0])))
  }

  @Test(arguments: [
    ("voxelSetting: {kernelRadus: 2}", "Did you mean 'kernelRadius'"),
    ("voxelSetting: {kernelRadius: 0}", "voxelSetting.kernelRadius"),
    ("setting: {kernelRadius: 2}", "section voxelSetting"),
  ])
  func `for maps of voxels is refused where it is wrong, whatever it is read for`(text: String, part: String)
  {
    let error = #expect(throws: StudyError.self) { try ExtractionParameters(parameterFile: text) }
    #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
  }

  @Test func `in JSON means the same`() throws {
    let json = """
      {"setting": {"binWidth": 5, "resampledPixelSpacing": [3, 3, 3]}, "imageType": {"Original": {}, "Wavelet": {}},
       "featureClass": {"firstorder": null, "glcm": ["Contrast"]}}
      """
    let yaml = """
      setting: {binWidth: 5, resampledPixelSpacing: [3, 3, 3]}
      imageType: {Original: {}, Wavelet: {}}
      featureClass: {firstorder: , glcm: [Contrast]}
      """
    #expect(try ExtractionParameters(parameterFile: json) == ExtractionParameters(parameterFile: yaml))
  }
}
