import ImageFiles
import ImageFilters
import Radiomics
import StudyPlan
import Volumes

extension RegionFiles {
  /// Computes the hand-crafted features of the region, in PyRadiomics' order: preprocessing, shape, then each image
  /// type with each class.
  ///
  /// A filter that does not apply to the image (LoG on fewer than four slices) leaves NaN in its columns and says so
  /// in the diagnostics, so that all cases of a study have the same columns.
  package func extract(_ parameters: ExtractionParameters) throws(StudyTaskError) -> ExtractedFeatures {
    do {
      return try RegionExtraction(prepared(parameters), parameters).features()
    } catch {
      throw StudyTaskError(ofExtraction: error)
    }
  }

  /// Reads everything and computes nothing: decodes both files, checks grids, label and region.
  package func validate(_ parameters: ExtractionParameters) throws(StudyTaskError) {
    do {
      _ = try RegionExtraction(prepared(parameters), parameters)
    } catch {
      throw StudyTaskError(ofExtraction: error)
    }
  }

  func prepared(_ parameters: ExtractionParameters) throws -> PreparedImage {
    let (volume, labels) = try decoded(labelChannel: parameters.labelChannel)
    let mask = labels.mask(of: label)
    guard mask.boundingBox != nil else { throw missingLabel(in: labels) }
    return try PreparedImage(image: volume, mask: mask, settings: parameters.preprocessing)
  }

  private func missingLabel(in labels: LabelMap) -> StudyTaskError {
    let present = Set(labels.labels).subtracting([0]).sorted()
    guard !present.isEmpty else {
      return StudyTaskError(
        code: "mask-empty", sentence: "The mask is empty: no voxel has a label.",
        remedy: "Draw the region of interest, or name another mask.")
    }
    let shown = present.prefix(10).map(String.init).joined(separator: ", ")
    return StudyTaskError(
      code: "label-absent",
      sentence: "No voxel of the mask has label \(label); it has \(shown)\(present.count > 10 ? ", …" : "").",
      remedy: "Set label in the study file or column Label of the manifest.")
  }
}

/// One region on its way from a prepared image to named values.
private struct RegionExtraction {
  let image: PreparedImage
  let parameters: ExtractionParameters
  let region: RegionOfInterest
  let shapeRegion: RegionOfInterest

  init(_ image: PreparedImage, _ parameters: ExtractionParameters) throws {
    self.image = image
    self.parameters = image.image.geometry.dimension == 2 ? parameters.forPicture : parameters
    let geometry = image.image.geometry
    region = try RegionOfInterest(mask: image.mask, imageGeometry: geometry, settings: parameters.features)
    shapeRegion =
      parameters.preprocessing.resegmentRange == nil
      ? region
      : try RegionOfInterest(mask: image.shapeMask, imageGeometry: geometry, settings: parameters.features)
  }

  func features() throws -> ExtractedFeatures {
    var found = ExtractedFeatures(
      names: [], values: [], diagnostics: .init(voxels: region.voxelCount, warnings: []))
    if !parameters.ibsi { try addShape(to: &found) }
    for plan in parameters.images {
      try image.forEachImage(of: plan.type, settings: plan.filters) { derived in
        try add(derived, plan, to: &found)
      }
    }
    return found
  }

  private func addShape(to found: inout ExtractedFeatures) throws {
    let classes = parameters.classes.filter(\.featureClass.isShape)
    guard !classes.isEmpty else { return }
    let features = try RegionFeatures(image: image.image, region: shapeRegion, settings: parameters.features)
    for selection in classes {
      let values = try features.values(of: selection.featureClass, FeatureSelection(names: selection.names))
      found.append(values, prefix: "original_\(selection.featureClass.rawValue)_")
    }
  }

  /// All IBSI families of one image, as `original_ibsi_stat_mean`.
  private func addIBSI(
    _ derived: DerivedImage, _ plan: ExtractionParameters.ImagePlan, to found: inout ExtractedFeatures
  ) throws {
    var settings = try IBSISettings(sharedBy: plan.features)
    if parameters.preprocessing.resegmentMode == .absolute {
      settings.resegmentRange = parameters.preprocessing.resegmentRange
    }
    guard case .image(let cropped) = derived.content else {
      throw StudyTaskError(
        code: "filter-not-applicable", sentence: "The filter \(derived.name) does not apply to this image.",
        remedy: "Leave it out of imageType, or exclude the case.")
    }
    // Local intensity looks beyond the region: it is had of the original image only, which is passed whole.
    let isOriginal = plan.type == .original
    let volume = isOriginal ? image.image : cropped
    let features = try IBSIFeatures(
      image: volume, region: region, morphologicalRegion: shapeRegion, settings: settings)
    for family in features.families where isOriginal || family != .localIntensity {
      for value in try features.values(of: family) {
        found.names.append("\(derived.name)_ibsi_\(value.tag)")
        found.values.append(value.value)
      }
    }
    found.diagnostics.warnings += features.warnings.map { "\(derived.name): \($0)" }
  }

  private func add(
    _ derived: DerivedImage, _ plan: ExtractionParameters.ImagePlan, to found: inout ExtractedFeatures
  ) throws {
    if parameters.ibsi { return try addIBSI(derived, plan, to: &found) }
    let classes = parameters.classes.filter { !$0.featureClass.isShape }
    switch derived.content {
    case .image(let volume):
      let features = try RegionFeatures(image: volume, region: region, settings: plan.features)
      for selection in classes {
        let values = try features.values(of: selection.featureClass, FeatureSelection(names: selection.names))
        found.append(values, prefix: "\(derived.name)_\(selection.featureClass.rawValue)_")
      }
      found.diagnostics.warnings += features.warnings.map { "\(derived.name): \($0)" }
    case .skipped(let reason):
      for selection in classes {
        let names = try FeatureSelection(names: selection.names).resolved(in: selection.featureClass).names
        found.append(
          names.map { NamedValue($0, .nan) }, prefix: "\(derived.name)_\(selection.featureClass.rawValue)_")
      }
      found.diagnostics.warnings.append("\(derived.name): \(reason)")
    }
  }
}

extension ExtractedFeatures {
  /// Appends the values of one class under their full names.
  fileprivate mutating func append(_ found: [NamedValue], prefix: String) {
    names += found.map { prefix + $0.name }
    values += found.map(\.value)
  }
}

extension ExtractionParameters {
  /// A picture is two-dimensional already. PyRadiomics would take force2D as leave to drop an axis of the plane, and
  /// filter along the other one only.
  fileprivate var forPicture: ExtractionParameters {
    var parameters = self
    parameters.features.force2D = false
    for index in parameters.images.indices {
      parameters.images[index].filters.force2D = false
      parameters.images[index].features.force2D = false
    }
    return parameters
  }
}
