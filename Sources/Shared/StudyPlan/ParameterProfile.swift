import Foundation
import Yams

/// Parameter files that come with the program.
package enum ParameterProfile: String, CaseIterable, Sendable {
  /// The 1,197 features of the femoral-head study: shape, and 91 features of each of 13 images.
  ///
  /// 14 shape + 13 × (18 firstorder, 22 GLCM without SumAverage and MCC, 16 GLRLM, 16 GLSZM, 14 GLDM, 5 NGTDM). The
  /// paper (10.3389/fbioe.2024.1471692) says thirteen images but not which; here original, eight wavelet bands and LoG
  /// of 1 to 4 mm.
  case mr1197 = "mr-1197"
  /// The same count with Square, SquareRoot, Logarithm and Exponential in place of LoG.
  case mr1197b = "mr-1197b"
  /// The features of the IBSI reference manual, of an image that is prepared as the manual has it: grids aligned at their
  /// centres, image and region interpolated linearly, voxels of which half belongs to the region, whole intensities. The spacing
  /// (`resampledPixelSpacing`), bins and ranges are the study's to say.
  case ibsi

  /// The profile as a parameter file.
  package var yaml: String {
    switch self {
    case .ibsi:
      """
      setting:
        ibsi: true
        gridAlignment: center
        interpolator: sitkLinear
        maskInterpolator: sitkLinear
        partialVolumeThreshold: 0.5
        intensityRounding: true
      """
    case .mr1197: Self.features(ofImages: "LoG: {sigma: [1.0, 2.0, 3.0, 4.0]}")
    case .mr1197b:
      Self.features(ofImages: "Square: {}\n  SquareRoot: {}\n  Logarithm: {}\n  Exponential: {}")
    }
  }

  private static func features(ofImages otherImages: String) -> String {
    """
    imageType:
      Original: {}
      Wavelet: {}
      \(otherImages)
    featureClass:
      shape:
      firstorder:
      glcm: [Autocorrelation, ClusterProminence, ClusterShade, ClusterTendency, Contrast, Correlation,
        DifferenceAverage, DifferenceEntropy, DifferenceVariance, Id, Idm, Idmn, Idn, Imc1, Imc2, InverseVariance,
        JointAverage, JointEnergy, JointEntropy, MaximumProbability, SumEntropy, SumSquares]
      glrlm:
      glszm:
      gldm:
      ngtdm:
    """
  }

}

extension ExtractionParameters {
  /// The section `extraction` of a study file: the name of a profile, the path of a parameter file (it ends in `.yaml`, `.yml` or
  /// `.json`), or a parameter file's sections, or a profile and sections (`profile:` with image types and classes that replace those of the profile, and
  /// settings that override its settings one by one).
  /// - Parameter url: the study file; a relative path counts from its folder.
  init(extraction node: Node, at path: String, besides url: URL) throws(StudyError) {
    if let name = node.string {
      let text =
        [".yaml", ".yml", ".json"].contains { name.lowercased().hasSuffix($0) }
        ? try Self.parameterFile(name, at: path, besides: url) : try Self.profile(name, at: path).yaml
      do {
        try self.init(parameterFile: text)
      } catch {
        throw StudyError(error.code, "\(path): \(name): \(error.message)")
      }
      return
    }
    let sections = try StrictMapping(
      node, at: path, known: ["profile", "setting", "imageType", "featureClass"])
    var merged: [(Node, Node)] = []
    let base = try sections.string("profile").map { (name) throws(StudyError) in
      try compose(Self.profile(name, at: sections.place("profile")).yaml, or: "The profile")
    }
    if let settings = try Self.mergedSettings(sections, base) { merged.append((Node("setting"), settings)) }
    for key in ["imageType", "featureClass"] {
      if let section = sections.node(key) ?? base?.mapping?[Node(key)] { merged.append((Node(key), section)) }
    }
    try self.init(node: Node(merged), at: path)
  }

  /// The settings of a profile and, in their place where both have one, those beside it.
  private static func mergedSettings(_ sections: StrictMapping, _ base: Node?) throws(StudyError) -> Node? {
    let own = sections.node("setting")
    guard let base = base?.mapping?[Node("setting")]?.mapping else { return own }
    guard let own else { return Node(base.map { ($0, $1) }) }
    guard let given = own.mapping else { return own }
    return Node(
      base.filter { given[$0.key] == nil }.map { ($0.key, $0.value) } + given.map { ($0.key, $0.value) })
  }

  private static func parameterFile(_ name: String, at path: String, besides url: URL) throws(StudyError)
    -> String
  {
    let file = URL(fileURLWithPath: name, relativeTo: url.deletingLastPathComponent()).standardizedFileURL
    return try readText(of: file, as: "\(path): the parameter file \(file.path)")
  }

  private static func profile(_ name: String, at path: String) throws(StudyError) -> ParameterProfile {
    guard let profile = ParameterProfile(rawValue: name) else {
      let known = ParameterProfile.allCases.map(\.rawValue)
      throw StudyError(
        .badValue,
        "\(path): there is no profile '\(name)'; known: \(known.joined(separator: ", ")). A parameter file is named with its ending, "
          + "as params.yaml.")
    }
    return profile
  }
}
