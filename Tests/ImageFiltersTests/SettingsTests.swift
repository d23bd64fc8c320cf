import Foundation
import ImageFilters
import Testing

@Suite struct `Settings of preprocessing and filters` {
  private func decode<Value: Decodable>(_ type: Value.Type, _ json: String) throws -> Value {
    try JSONDecoder().decode(type, from: Data(json.utf8))
  }

  @Test func `keep PyRadiomics' defaults where nothing is said`() throws {
    #expect(try decode(PreprocessingSettings.self, "{}") == PreprocessingSettings())
    #expect(try decode(FilterSettings.self, "{}") == FilterSettings())
    #expect(PreprocessingSettings().interpolator == .bSpline)
    #expect(LocalBinaryPattern2DFilter().samples == 8)
  }

  @Test func `are read under PyRadiomics' names`() throws {
    let preprocessing = try decode(
      PreprocessingSettings.self,
      #"{"resampledPixelSpacing": [1, 0, 2.5], "interpolator": "sitkLinear", "resegmentMode": "sigma", "binWidth": 5}"#
    )
    #expect(preprocessing.resampledPixelSpacing == [1, 0, 2.5])
    #expect(preprocessing.interpolator == .linear)
    #expect(preprocessing.resegmentMode == .sigma)
    let filters = try decode(
      FilterSettings.self,
      #"{"start_level": 1, "sigma": ["1.0", "2"], "lbp2DMethod": "ror", "force2D": true}"#)
    #expect(filters[WaveletFilter.self].startLevel == 1)
    #expect(filters[LaplacianOfGaussianFilter.self].sigma.map(\.literal) == ["1.0", "2"])
    #expect(filters.planes.force2D)
    #expect(filters[LocalBinaryPattern2DFilter.self].method == .rotationInvariant)
  }

  @Test func `take an interpolator by number, and null for none`() throws {
    #expect(try decode(PreprocessingSettings.self, #"{"interpolator": 3}"#).interpolator == .bSpline)
    #expect(
      try decode(PreprocessingSettings.self, #"{"interpolator": 10}"#).interpolator == .blackmanWindowedSinc)
    #expect(try decode(PreprocessingSettings.self, #"{"interpolator": null}"#).interpolator == nil)
    for wrong in ["0", "11", #""cubic""#] {
      #expect(throws: DecodingError.self) {
        try decode(PreprocessingSettings.self, "{\"interpolator\": \(wrong)}")
      }
    }
  }

  @Test(arguments: [
    #"{"level": 0}"#, #"{"start_level": -1}"#, #"{"sigma": ["0"]}"#, #"{"sigma": ["-1"]}"#,
    #"{"lbp2DRadius": 0}"#,
    #"{"lbp2DSamples": 0}"#, #"{"lbp3DLevels": 0}"#, #"{"lbp3DIcosphereRadius": -1}"#,
    #"{"lbp3DIcosphereSubdivision": 9}"#, #"{"force2Ddimension": 3}"#, #"{"wavelet": "morl"}"#,
  ])
  func `of filters outside their range are refused`(json: String) throws {
    let settings = try decode(FilterSettings.self, json)
    #expect(throws: ImageFilterError.self) { try settings.validate() }
  }

  @Test(arguments: [
    #"{"normalizeScale": 0}"#, #"{"removeOutliers": -3}"#, #"{"padDistance": -1}"#,
    #"{"resegmentRange": []}"#,
    #"{"resegmentRange": [1, 2, 3]}"#, #"{"geometryTolerance": 0}"#,
    #"{"resampledPixelSpacing": [1, 1, -1]}"#,
  ])
  func `of preprocessing outside their range are refused`(json: String) throws {
    let settings = try decode(PreprocessingSettings.self, json)
    #expect {
      try settings.validate()
    } throws: {
      ($0 as? ImageFilterError)?.code == .invalidSetting
    }
  }
}
