import DelimitedText
import Extraction
import Foundation
import StudyPlan
import TestSupport
import Testing

/// Full outputs of PyRadiomics 3.0.1, one file for each case and parameter set.
struct ParityReference: CustomTestStringConvertible, Sendable {
  let file: URL
  let image: URL
  let mask: URL
  let parameters: String

  var testDescription: String { file.deletingPathExtension().lastPathComponent }

  static let all: [ParityReference] = {
    guard ReferenceData.isPresent else { return [] }
    let folder = ReferenceData.file("pyradiomics/reference")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { $0.hasSuffix(".csv") }.sorted().map {
      ParityReference(folder.appendingPathComponent($0))
    }
  }()

  private init(_ file: URL) {
    self.file = file
    var parts = file.deletingPathExtension().lastPathComponent.split(separator: "_").map(String.init)
    func data(_ path: String) -> URL { ReferenceData.file("pyradiomics/" + path) }
    switch parts[0] {
    case "png":
      let slice = parts[1] == "brain1" ? "brain1_z16" : "breast1_z9"
      (image, mask) = (data("png/\(slice)_\(parts[2]).png"), data("png/\(slice)_mask.png"))
      parameters = Self.yaml(
        settings: "force2D: true, label: 255", shape: "shape2D", glcm: Self.glcm22, images: Self.images["A"])
      return
    case "nii":
      parts.removeFirst()
      (image, mask) = (data("nifti/\(parts[0])_image.nii.gz"), data("nifti/\(parts[0])_label.nii.gz"))
    default:
      (image, mask) = (data("\(parts[0])_image.nrrd"), data("\(parts[0])_label.nrrd"))
    }
    let set = parts[1]
    let images = set.hasSuffix("all") ? "all" : String(set.suffix(1))
    let count = set.contains("22") ? Self.glcm22 : ""
    let kind = set.replacing(/2[24](A|B|all)$/, with: "")
    parameters = Self.yaml(
      settings: Self.settings[kind] ?? "", shape: "shape", glcm: count, images: Self.images[images])
  }

  private static let settings = [
    "def": "", "1mm": "resampledPixelSpacing: [1, 1, 1], padDistance: 10",
    "mr": "\(normalised), resampledPixelSpacing: [2, 2, 2]",
    "mr1mm": "\(normalised), resampledPixelSpacing: [1, 1, 1], padDistance: 10",
    "pre": "preCrop: true, padDistance: 5",
  ]
  private static let normalised = "normalize: true, normalizeScale: 100, binWidth: 5, voxelArrayShift: 300"

  private static let images = [
    "A": "Original: {}, Wavelet: {}, LoG: {sigma: [1.0, 2.0, 3.0, 4.0]}",
    "B": "Original: {}, Wavelet: {}, Square: {}, SquareRoot: {}, Logarithm: {}, Exponential: {}",
    "all":
      "Original: {}, Wavelet: {}, LoG: {sigma: [1.0, 2.0, 3.0, 4.0, 5.0]}, Square: {}, SquareRoot: {}, Logarithm: {}, Exponential: {}, Gradient: {}, LBP2D: {}, LBP3D: {}",
  ]

  private static let glcm22 = """
    [Autocorrelation, ClusterProminence, ClusterShade, ClusterTendency, Contrast, Correlation, DifferenceAverage,
        DifferenceEntropy, DifferenceVariance, Id, Idm, Idmn, Idn, Imc1, Imc2, InverseVariance, JointAverage,
        JointEnergy, JointEntropy, MaximumProbability, SumEntropy, SumSquares]
    """

  private static func yaml(settings: String, shape: String, glcm: String, images: String?) -> String {
    """
    setting: {\(settings)}
    imageType: {\(images ?? "")}
    featureClass: {\(shape): , firstorder: , glcm: \(glcm), glrlm: , glszm: , gldm: , ngtdm: }
    """
  }

  func values() throws -> [(name: String, value: Double)] {
    let table = try DelimitedTable(parsing: Array(Data(contentsOf: file)), label: file.lastPathComponent)
    return table.rows.compactMap { row in Double(row.fields[1]).map { (row.fields[0], $0) } }
  }
}

@Suite struct `Extraction` {
  @Test(.enabled(if: ReferenceData.isPresent, ReferenceData.absence), arguments: ParityReference.all)
  func `gives every feature of PyRadiomics to 1e-9`(reference: ParityReference) throws {
    let parameters = try ExtractionParameters(parameterFile: reference.parameters)
    let region = try RegionFiles(
      at: RegionLocation(image: reference.image, mask: reference.mask, label: parameters.label))
    let extracted = try RegionExtractor([HandcraftedFeatures(parameters)]).features(of: region)[0]
    let ours = Dictionary(uniqueKeysWithValues: zip(extracted.names, extracted.values))
    let expected = try reference.values()
    var worst = (difference: 0.0, name: "")
    for (name, value) in expected {
      let own = try #require(ours[name], "missing: \(name)")
      // Relative; absolute below 1e-12, where PyRadiomics itself is rounding error around zero.
      let difference = abs(own - value) / max(abs(value), 1e-3)
      if !(difference <= worst.difference) { worst = (difference, name) }
    }
    print("\(reference.testDescription): \(expected.count) features, worst \(worst.difference) \(worst.name)")
    #expect(ours.count == expected.count)
    #expect(worst.difference < 1e-9)
  }

  @Test(.enabled(if: ReferenceData.isPresent, ReferenceData.absence), arguments: ["A", "B"])
  func `under the bundled profiles has the 1,197 features of the study`(list: String) throws {
    let profile: ParameterProfile = list == "A" ? .mr1197 : .mr1197b
    let parameters = try ExtractionParameters(parameterFile: profile.yaml)
    let region = try RegionFiles(
      at: RegionLocation(
        image: ReferenceData.file("pyradiomics/brain1_image.nrrd"),
        mask: ReferenceData.file("pyradiomics/brain1_label.nrrd"), label: 1))
    let expected = try String(
      contentsOf: ReferenceData.file("pyradiomics/reference/features_1197_\(list).txt"), encoding: .utf8
    ).split(whereSeparator: \.isWhitespace).map(String.init)
    let names = try RegionExtractor([HandcraftedFeatures(parameters)]).features(of: region)[0].names
    #expect(names.count == 1197)
    #expect(Set(names) == Set(expected))
  }
}
