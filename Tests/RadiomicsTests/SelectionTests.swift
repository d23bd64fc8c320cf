import Foundation
import Radiomics
import Testing
import Volumes

@Suite struct `A selection of features` {
  private let features: RegionFeatures

  init() throws {
    let region = TestRegion(random: 2, size: GridSize(x: 5, y: 5, z: 5), levels: 60)
    features = try RegionFeatures(image: region.volume, region: region.region())
  }

  @Test(arguments: zip(FeatureClass.allCases, [18, 24, 14, 16, 16, 5, 14, 9]))
  func `is all standard features of a class by default`(_ featureClass: FeatureClass, _ count: Int) {
    let names = featureClass.standardFeatures
    #expect(names.count == count)
    #expect(names == names.sorted { $0 + "FeatureValue" < $1 + "FeatureValue" })
    #expect(Set(names).isDisjoint(with: featureClass.definition.deprecatedFeatures))
  }

  @Test(arguments: FeatureClass.allCases.filter { $0 != .shape2D })
  func `comes in PyRadiomics' order, every feature once`(_ featureClass: FeatureClass) throws {
    #expect(try features.values(of: featureClass).map(\.name) == featureClass.standardFeatures)
  }

  /// `getMeanAbsoluteDeviationFeatureValue` comes before `getMeanFeatureValue`: PyRadiomics sorts its methods.
  @Test func `has MeanAbsoluteDeviation before Mean, as PyRadiomics' columns have it`() throws {
    let all = FeatureClass.firstorder.standardFeatures
    #expect(all[6...9] == ["Maximum", "MeanAbsoluteDeviation", "Mean", "Median"])
    let some = try FeatureSelection.named(["Mean", "Energy", "MeanAbsoluteDeviation"]).resolved(
      in: .firstorder)
    #expect(some.names == ["Energy", "MeanAbsoluteDeviation", "Mean"])
  }

  @Test func `gives the same values as all features do`() throws {
    let all = try features.values(of: .glcm)
    let some = try features.values(of: .glcm, .named(["MCC", "Contrast"]))
    #expect(some == all.filter { $0.name == "Contrast" || $0.name == "MCC" })
  }

  @Test(arguments: [("contrast", "Contrast"), ("JointEntropi", "JointEntropy"), ("Imc3", "Imc1")])
  func `offers the nearest name for an unknown one`(_ wrong: String, _ right: String) {
    let error = #expect(throws: RadiomicsError.self) { try features.values(of: .glcm, .named([wrong])) }
    #expect(error?.code == .unknownFeature)
    #expect(error?.message == "glcm has no feature \"\(wrong)\"; the nearest name is \"\(right)\"")
  }

  @Test func `may name deprecated features`() throws {
    let deviation = try features.values(of: .firstorder, .named(["StandardDeviation", "Variance"]))
    #expect(deviation[0].value == deviation[1].value.squareRoot())
    let form = try features.values(
      of: .shape, .named(["Sphericity", "SphericalDisproportion", "Compactness2"]))
    let (compactness, disproportion, sphericity) = (form[0].value, form[1].value, form[2].value)
    #expect(abs(compactness - sphericity * sphericity * sphericity) < 1e-12)
    #expect(abs(disproportion * sphericity - 1) < 1e-14)
  }

  @Test func `leaves features out that PyRadiomics has removed, and says so`() throws {
    let found = try features.values(of: .glcm, .named(["Dissimilarity", "Contrast"]))
    #expect(found.map(\.name) == ["Contrast"])
    #expect(features.warnings == ["glcm Dissimilarity is left out: it equals DifferenceAverage"])
  }

  @Test func `without names is all, as in a parameter file`() {
    #expect(FeatureSelection(names: nil) == .all)
    #expect(FeatureSelection(names: []) == .all)
    #expect(FeatureSelection(names: ["MCC"]) == .named(["MCC"]))
  }
}

@Suite struct `Settings` {
  @Test func `have PyRadiomics' defaults and names`() throws {
    let settings = try JSONDecoder().decode(RadiomicsSettings.self, from: Data("{}".utf8))
    #expect(settings == RadiomicsSettings())
    #expect(settings.binWidth == 25)
    let text = #"{"gldm_a": 2, "weightingNorm": "no_weighting", "force2Ddimension": 1, "binCount": 32}"#
    let read = try JSONDecoder().decode(RadiomicsSettings.self, from: Data(text.utf8))
    #expect(read[DependenceClass.self].alpha == 2)
    #expect(read.force2Ddimension == 1)
    #expect(read.binCount == 32)
    #expect(read.weightingNorm == .noWeighting)
  }

  @Test func `survive being written and read`() throws {
    let settings = RadiomicsSettings.with {
      $0.binWidth = 3.5
      $0.weightingNorm = .euclidean
      $0.minimumROISize = 10
    }
    let data = try JSONEncoder().encode(settings)
    #expect(try JSONDecoder().decode(RadiomicsSettings.self, from: data) == settings)
  }
}
