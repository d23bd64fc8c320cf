import Extraction
import Foundation
import ImageFilters
import NeuralNet
import Radiomics
import StudyPlan
import Testing
import Volumes

/// Names and parameter files; pictures are shown those that have no solid shape.
private let profiles: [(String, String)] =
  ParameterProfile.allCases.map { ($0.rawValue, $0.yaml) } + [
    ("defaults", "{}"),
    (
      "every filter",
      """
      imageType: {Original: {}, Wavelet: {}, LoG: {sigma: [1.0, 3]}, Square: {}, SquareRoot: {}, Logarithm: {},
        Exponential: {}, Gradient: {}, LBP2D: {}, LBP3D: {}}
      featureClass: {firstorder: , glcm: , ngtdm: }
      """
    ),
    (
      "planar wavelets",
      "setting: {force2D: true}\nimageType: {Wavelet: {}, LBP2D: {}}\nfeatureClass: {firstorder: }"
    ),
    (
      "coronal planes",
      "setting: {force2D: true, force2Ddimension: 1}\nimageType: {Wavelet: {level: 2}, LBP2D: {}}"
    ),
    (
      "levels",
      "imageType: {Original: {}, Wavelet: {wavelet: haar, level: 3, start_level: 1}}\nfeatureClass: {gldm: }"
    ),
    ("literals of sigma", "imageType: {LoG: {sigma: [1, 1.0, 2.50, 900]}}\nfeatureClass: {glrlm: , glszm: }"),
    (
      "some names",
      "featureClass: {shape: [MeshVolume, Sphericity], glcm: [Idn, Contrast, SumAverage], ngtdm: }"
    ),
    (
      "deprecated and removed names",
      "featureClass: {shape: [Compactness1], firstorder: [StandardDeviation, Mean], glcm: [Dissimilarity, Id]}"
    ),
    ("planar shape", "setting: {force2D: true}\nfeatureClass: {shape2D: , firstorder: }"),
    (
      "own settings of a filter",
      "imageType: {Original: {binWidth: 5}, Wavelet: {binWidth: 3, force2D: true}}"
    ),
    ("bins and distances", "setting: {binWidth: 1000, minimumROISize: 2, distances: [1, 2]}"),
    (
      "spheres",
      "imageType: {LBP3D: {lbp3DLevels: 4, lbp3DIcosphereSubdivision: 0}}\nfeatureClass: {firstorder: }"
    ),
    (
      "resampled and resegmented",
      "setting: {resampledPixelSpacing: [2, 2, 2], resegmentRange: [-2, 500], normalize: true}"
    ),
    ("IBSI", "setting: {ibsi: true}\nimageType: {Original: {}, Wavelet: {}}"),
    ("planar IBSI", "setting: {ibsi: true, force2D: true}\nimageType: {Original: {}, Square: {}}"),
  ]

/// By which code a picture is refused: for three spacings. Every other profile names features.
private let picturesRefused = ["resampled and resegmented": "invalid-setting"]

/// What a submission says of names must be what workers come to, whatever the parameters.
@Suite struct `The names of a study's features` {
  private func study(_ yaml: String) throws -> Study {
    var study = try StudyFile(
      yaml: "study: x\nmanifest: m.csv\n", besides: URL(fileURLWithPath: "/studies/x.yaml")
    ).study
    study.extraction = try ExtractionParameters(parameterFile: yaml)
    return study
  }

  @Test(arguments: profiles) func `are those of a volume and of a picture`(name: String, yaml: String) throws
  {
    let study = try study(yaml)
    let lists = featureNames(of: .handcrafted, in: study)
    #expect(Set(lists).count == lists.count && (1...2).contains(lists.count))
    let method = HandcraftedFeatures(study.extraction)
    let slice = RegionOnDisk(geometry: .slice(dimension: 3), isInside: RegionOnDisk.disc)
    #expect(try (name == "planar shape" ? slice : RegionOnDisk()).features(method).names == lists.first)
    let picture = RegionOnDisk(geometry: .slice(dimension: 2), isInside: RegionOnDisk.disc)
    let refusal = try picture.error(study.extraction)?.code
    #expect(refusal == picturesRefused[name])
    if refusal == nil { #expect(try picture.features(method).names == lists.last) }
  }

  @Test func `are of two kinds where filters go by axes`() throws {
    let study = try study("imageType: {Wavelet: {}}\nfeatureClass: {firstorder: [Mean]}")
    let lists = featureNames(of: .handcrafted, in: study)
    #expect(lists.map(\.count) == [8, 4])
    #expect(lists[1] == ["LH", "HL", "HH", "LL"].map { "wavelet-\($0)_firstorder_Mean" })
    let picture = RegionOnDisk(geometry: .slice(dimension: 2), isInside: RegionOnDisk.disc)
    #expect(try picture.features(HandcraftedFeatures(study.extraction)).names == lists[1])
  }

  /// PyRadiomics 3.0.1 leaves `shape` of a picture out, with a warning: 107 features of a volume, 93 of a picture.
  @Test func `are those of the default classes without the shape, of a picture`() throws {
    let study = try study("{}")
    let lists = featureNames(of: .handcrafted, in: study)
    #expect(lists.map(\.count) == [107, 93])
    #expect(Array(lists[0].dropFirst(14)) == lists[1])
    let picture = RegionOnDisk(geometry: .slice(dimension: 2), isInside: RegionOnDisk.disc)
    let found = try picture.features(HandcraftedFeatures(study.extraction))
    #expect(found.names == lists[1])
    #expect(found.diagnostics.warnings.filter { $0.contains("shape") }.count == 1)
    let shape = try self.study("featureClass: {shape: }")
    #expect(try picture.error(shape.extraction)?.code == "class-not-available")
    #expect(featureNames(of: .handcrafted, in: shape).map(\.count) == [14])
  }

  @Test func `are none where no image can be extracted`() throws {
    var study = try study("setting: {distances: [2]}")
    study.extraction.ibsi = true
    #expect(featureNames(of: .handcrafted, in: study) == [])
    #expect(try RegionOnDisk().error(study.extraction)?.code == "invalid-setting")
  }

  @Test func `of a network are its outputs`() throws {
    #expect(featureNames(of: .deep, in: try study("{}")).map(\.count) == [512])
    var large = try study("{}")
    large.deep = DeepPlan(
      weights: DeepWeights(name: "a.safetensors", network: .resnet50), settings: DeepSettings())
    #expect(featureNames(of: .deep, in: large).map(\.last) == ["deep_resnet50_2047"])
  }
}

extension GridGeometry {
  fileprivate static func slice(dimension: Int) -> GridGeometry {
    GridGeometry(
      size: GridSize(x: 12, y: 11, z: 1), spacingInMillimetres: [1, 1, 1], dimension: dimension)
  }
}

extension RegionOnDisk {
  fileprivate static let disc: @Sendable (Int, Int, Int) -> Bool = { x, y, _ in
    (3..<9).contains(x) && (2..<9).contains(y)
  }
}
