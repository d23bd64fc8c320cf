import ImageFilters
import NeuralNet
import Radiomics
import StudyPlan
import Volumes

/// The names that a study's features may have, by source, in the order of their values. They follow from the study alone, so
/// that whoever submits it knows them without an image.
///
/// A wavelet has a band more for each axis, and families of the IBSI manual need a third one: pictures may have other names
/// than volumes, and are then a list of their own, after that of volumes.
package func featureNames(of source: FeatureSource, in study: Study) -> [[String]] {
  switch source {
  case .deep: [(study.deep?.weights.architecture ?? .resnet18).featureNames]
  case .handcrafted:
    [3, 2].reduce(into: []) { lists, dimension in
      guard let names = handcraftedNames(study.extraction, dimension: dimension), !lists.contains(names)
      else { return }
      lists.append(names)
    }
  }
}

/// The names of the hand-crafted features of images of so many dimensions.
/// - Returns: `nil` for parameters by which no image of so many dimensions can be extracted; each such case fails and says why.
package func handcraftedNames(_ parameters: ExtractionParameters, dimension: Int) -> [String]? {
  do {
    let shown = dimension == 2 ? parameters.forPicture : parameters
    let images = try SmallestImage(dimension: dimension)
    let shape = shown.ibsi ? [] : try shown.names(prefix: "original") { $0.isShape }
    return try shown.images.reduce(into: shape) { names, plan in
      for image in try images.derived(by: plan) {
        names +=
          try shown.ibsi
          ? images.ibsiNames(plan).map { "\(image)_ibsi_\($0)" } : shown.names(prefix: image) { !$0.isShape }
      }
    }
  } catch {
    return nil
  }
}

extension ExtractionParameters {
  /// Full names of the features of one image, of the classes that are wanted.
  fileprivate func names(prefix: String, where isWanted: (FeatureClass) -> Bool) throws -> [String] {
    try classes.filter { isWanted($0.featureClass) }.flatMap { selection in
      let names = try FeatureSelection(names: selection.names).resolved(in: selection.featureClass).names
      return names.map { "\(prefix)_\(selection.featureClass.rawValue)_\($0)" }
    }
  }
}

/// An image that filters can be asked what they would make of. Preprocessing, bins and distances change no name, and stay at
/// their defaults: a setting that suits large images only would leave nothing of this one.
private struct SmallestImage {
  private let prepared: PreparedImage

  init(dimension: Int) throws {
    let size = GridSize(x: 8, y: 8, z: dimension == 3 ? 8 : 1)
    let geometry = GridGeometry(size: size, spacingInMillimetres: [1, 1, 1], dimension: dimension)
    let inside = 2..<6
    var mask = [UInt8](repeating: 0, count: size.voxelCount)
    for z in dimension == 3 ? inside : 0..<1 {
      for y in inside {
        for x in inside { mask[size.offset(x: x, y: y, z: z)] = 1 }
      }
    }
    let image = Volume(geometry: geometry, voxels: (0..<size.voxelCount).map { Double($0 * 7919 % 101) })
    prepared = try PreparedImage(image: image, mask: Mask(geometry: geometry, voxels: mask))
  }

  /// Names of the images that a filter makes.
  func derived(by plan: ExtractionParameters.ImagePlan) throws -> [String] {
    var names: [String] = []
    try prepared.forEachImage(of: plan.type, settings: plan.filters) { names.append($0.name) }
    return names
  }

  /// Tags of the IBSI manual of one image.
  func ibsiNames(_ plan: ExtractionParameters.ImagePlan) throws -> [String] {
    var settings = IBSISettings()
    settings.aggregations = try IBSISettings(sharedBy: plan.features, plan.ibsi ?? IBSIChoices()).aggregations
    let region = try RegionOfInterest(mask: prepared.mask, imageGeometry: prepared.image.geometry)
    let features = try IBSIFeatures(image: prepared.image, region: region, settings: settings)
    return try features.families.filter { plan.type == .original || $0 != .localIntensity }
      .flatMap { try features.values(of: $0).map(\.tag) }
  }
}
