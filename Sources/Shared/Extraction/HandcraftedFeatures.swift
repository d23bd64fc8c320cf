import Cancellation
import DICOMFiles
import ImageFilters
import Radiomics
import StudyPlan
import Volumes

/// The hand-crafted features of a region, in PyRadiomics' order: preprocessing, shape, then each image type with each
/// class.
///
/// A filter that does not apply to the image (LoG on fewer than four slices) leaves NaN in its columns and says so in
/// the diagnostics, so that all cases of a study have the same columns.
package struct HandcraftedFeatures: FeatureMethod {
  package let recipe: FeatureRecipe
  private let parameters: ExtractionParameters

  package init(_ parameters: ExtractionParameters) {
    self.parameters = parameters
    recipe = FeatureRecipe(parameters)
  }

  package var labelChannel: Int { parameters.labelChannel }
  package var valueScale: DICOMValueScale { parameters.valueScale }

  package func features(
    of region: consuming DecodedRegion, _ cancellation: CancellationToken
  ) throws(StudyTaskError) -> ExtractedFeatures {
    do {
      let warnings = region.warnings
      let (image, entries) = try prepared(region)
      var found = try PreparedRegion(image, parameters).features(cancellation)
      found.diagnostics.warnings = warnings + image.warnings + found.diagnostics.warnings
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

  package func check(_ region: DecodedRegion) throws(StudyTaskError) {
    do {
      try PreparedRegion(preparedImage(of: region), parameters).check()
    } catch {
      throw StudyTaskError(ofExtraction: error)
    }
  }

  /// The image and region before filters.
  func preparedImage(of region: DecodedRegion) throws -> PreparedImage {
    try PreparedImage(
      image: region.image, mask: region.mask(), reference: reference(in: region),
      settings: parameters.preprocessing)
  }

  /// The image and region before filters, and what is to be said of them.
  private func prepared(
    _ region: consuming DecodedRegion
  ) throws -> (image: PreparedImage, entries: [Diagnostic]) {
    let mask = try region.mask()
    let reference = try reference(in: region)
    let settings = parameters.preprocessing
    guard parameters.additionalInfo else {
      return (
        try PreparedImage(image: region.image, mask: mask, reference: reference, settings: settings), []
      )
    }
    var diagnostics = ExtractionDiagnostics()
    diagnostics.addVersions()
    diagnostics.add(parameters, label: region.label)
    try diagnostics.addOriginals(region, mask: mask)
    let image = try PreparedImage(
      image: region.image, mask: mask, reference: reference, settings: settings)
    try diagnostics.add(image)
    return (image, diagnostics.entries)
  }

  package var referenceSegment: String? { parameters.preprocessing.standardisation?.referenceSegment }

  /// The reference tissue of `standardise`, a label or a segment of the mask's file.
  /// - Throws: `label-absent` without it, `reference-is-region` where it is the region itself.
  private func reference(in region: DecodedRegion) throws(StudyTaskError) -> Mask? {
    if let tissue = region.reference {
      guard try tissue.voxels != region.drawn().voxels else {
        throw StudyTaskError(
          code: "reference-is-region",
          sentence: "The region and the reference tissue (standardise.referenceSegment) are the same voxels.",
          remedy:
            "Name another segment: measured by itself, every region has mean 0 and standard deviation 1.")
      }
      return tissue
    }
    guard let label = parameters.preprocessing.standardisation?.referenceLabel else { return nil }
    guard label != region.label else {
      throw StudyTaskError(
        code: "reference-is-region",
        sentence:
          "Label \(label) is the region and the reference tissue (standardise.referenceLabel) at once.",
        remedy: "Name another label: measured by itself, every region has mean 0 and standard deviation 1.")
    }
    return try region.mask(of: label)
  }
}

/// One region on its way from a prepared image to named values.
private struct PreparedRegion {
  let image: PreparedImage
  /// What was asked for.
  private let requested: ExtractionParameters
  /// What is computed of an image of these dimensions.
  let parameters: ExtractionParameters
  let region: RegionOfInterest
  let shapeRegion: RegionOfInterest

  init(_ image: PreparedImage, _ parameters: ExtractionParameters) throws {
    self.image = image
    requested = parameters
    self.parameters = image.geometry.dimension == 2 ? parameters.forPicture : parameters
    let geometry = image.geometry
    region = try RegionOfInterest(mask: image.mask, imageGeometry: geometry, settings: parameters.features)
    shapeRegion =
      image.isResegmented
      ? try RegionOfInterest(
        mask: parameters.ibsi ? image.maskBeforeResegmentation : image.shapeMask, imageGeometry: geometry,
        settings: parameters.features) : region
  }

  func features(_ cancellation: CancellationToken) throws -> ExtractedFeatures {
    var found = ExtractedFeatures(
      names: [], values: [], diagnostics: .init(voxels: region.voxelCount, warnings: []))
    if !parameters.ibsi { try addShape(to: &found) }
    var skipped: Set<String> = []
    for plan in parameters.images {
      if plan.type == .original {
        // Features look only at the region; local intensity looks beyond it.
        let volume = parameters.ibsi ? image.image : image.stored.showing(region.box)
        try add(DerivedImage(name: "original", content: .image(volume)), plan, to: &found)
        continue
      }
      try image.forEachImage(of: plan.type, settings: plan.filters) { derived in
        try cancellation.check()
        if case .skipped = derived.content { skipped.insert(derived.name) }
        try add(derived, plan, to: &found)
      }
    }
    found.warnOfUndefinedValues(besides: skipped)
    return found
  }

  /// What `features()` would refuse, as far as it can be known without filters.
  func check() throws {
    let features = try RegionFeatures(
      image: image.stored.showing(region.box), region: region,
      settings: parameters.images.first?.features ?? parameters.features)
    if !parameters.ibsi {
      for selection in parameters.classes { try features.checkAvailability(of: selection.featureClass) }
    }
    for plan in parameters.images where plan.type != .original { try image.checkVoxels(for: plan.type) }
  }

  private func addShape(to found: inout ExtractedFeatures) throws {
    let classes = parameters.classes.filter(\.featureClass.isShape)
    if parameters.classes.count < requested.classes.count {
      found.diagnostics.warnings.append(
        "original: shape needs three dimensions and is left out, as in PyRadiomics; shape2D describes a picture"
      )
    }
    guard !classes.isEmpty else { return }
    let features = try RegionFeatures(
      image: image.stored.showing(shapeRegion.box), region: shapeRegion, settings: parameters.features)
    for selection in classes {
      let values = try features.values(of: selection.featureClass, FeatureSelection(names: selection.names))
      found.append(values, prefix: "original_\(selection.featureClass.rawValue)_")
    }
  }

  /// All IBSI families of one image, as `original_ibsi_stat_mean`.
  private func addIBSI(
    _ derived: DerivedImage, _ plan: ExtractionParameters.ImagePlan, to found: inout ExtractedFeatures
  ) throws {
    let settings = try plan.settingsOfIBSI(after: parameters.preprocessing)
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
  /// filter along the other one only. Nor has a picture a shape in three dimensions, which PyRadiomics leaves out with a
  /// warning; where nothing else is asked for, it is refused.
  var forPicture: ExtractionParameters {
    var parameters = self
    parameters.features.force2D = false
    let others = classes.filter { $0.featureClass != .shape }
    if !others.isEmpty { parameters.classes = others }
    for index in parameters.images.indices {
      parameters.images[index].filters.planes.force2D = false
      parameters.images[index].features.force2D = false
    }
    return parameters
  }
}
