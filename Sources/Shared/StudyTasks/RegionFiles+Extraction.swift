import Cancellation
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
  /// - Parameter cancellation: checked before each image type.
  package func extract(
    _ parameters: ExtractionParameters, cancellation: CancellationToken = CancellationToken()
  )
    throws(StudyTaskError) -> ExtractedFeatures
  {
    do {
      let (image, entries) = try prepared(parameters)
      var found = try RegionExtraction(image, parameters).features(cancellation)
      found.diagnostics.entries = entries
      if parameters.additionalInfo {
        found.diagnostics.entries.append(
          Diagnostic("diagnostics_Warnings", .text(found.diagnostics.warnings.joined(separator: "; "))))
      }
      return found
    } catch {
      throw StudyTaskError(ofExtraction: error)
    }
  }

  /// Reads everything and computes nothing: decodes both files, checks grids, label, region and voxels against the
  /// parameters.
  package func validate(_ parameters: ExtractionParameters) throws(StudyTaskError) {
    do {
      var parameters = parameters
      parameters.additionalInfo = false
      try RegionExtraction(prepared(parameters).image, parameters).check()
    } catch {
      throw StudyTaskError(ofExtraction: error)
    }
  }

  /// The image and region before filters, and what is to be said of them.
  func prepared(
    _ parameters: ExtractionParameters
  ) throws -> (image: PreparedImage, entries: [Diagnostic]) {
    let (volume, labels) = try decoded(labelChannel: parameters.labelChannel)
    let mask = labels.mask(of: label)
    guard mask.boundingBox != nil else { throw missingLabel(in: labels) }
    guard parameters.additionalInfo else {
      return (try PreparedImage(image: volume, mask: mask, settings: parameters.preprocessing), [])
    }
    var diagnostics = RegionDiagnostics()
    diagnostics.addVersions()
    diagnostics.add(parameters, label: label)
    try diagnostics.addOriginals(volume, labels, mask: mask, files: (imageSHA256, maskSHA256))
    let image = try PreparedImage(image: volume, mask: mask, settings: parameters.preprocessing)
    try diagnostics.add(image)
    return (image, diagnostics.entries)
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
      remedy: "Give the label of the region: the setting label, or column Label.")
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

  func features(_ cancellation: CancellationToken) throws -> ExtractedFeatures {
    var found = ExtractedFeatures(
      names: [], values: [], diagnostics: .init(voxels: region.voxelCount, warnings: []))
    if !parameters.ibsi { try addShape(to: &found) }
    for plan in parameters.images {
      if plan.type == .original {
        // Whole as it is: features look only at the region, and a copy of its box would cost as much memory again.
        try add(DerivedImage(name: "original", content: .image(image.image)), plan, to: &found)
        continue
      }
      try image.forEachImage(of: plan.type, settings: plan.filters) { derived in
        try cancellation.check()
        try add(derived, plan, to: &found)
      }
    }
    return found
  }

  /// What `features()` would refuse, as far as it can be known without filters.
  func check() throws {
    let features = try RegionFeatures(
      image: image.image, region: region, settings: parameters.images.first?.features ?? parameters.features)
    if !parameters.ibsi {
      for selection in parameters.classes { try features.checkAvailability(of: selection.featureClass) }
    }
    for plan in parameters.images where plan.type != .original { try image.checkVoxels(for: plan.type) }
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
    guard case .image(let volume) = derived.content else {
      throw StudyTaskError(
        code: "filter-not-applicable", sentence: "The filter \(derived.name) does not apply to this image.",
        remedy: "Leave it out of imageType, or exclude the case.")
    }
    // Local intensity looks beyond the region: it is had of the original image only, which is whole.
    let isOriginal = plan.type == .original
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
      parameters.images[index].filters.planes.force2D = false
      parameters.images[index].features.force2D = false
    }
    return parameters
  }
}
