import DICOMFiles
import Digests
import Foundation
import ImageFiles
import ImageFilters
import Radiomics
import StudyPlan
import Volumes

/// Gathers what PyRadiomics calls additional information, under its names and in its order, with the versions of this
/// program and the SHA-256 of both files.
struct ExtractionDiagnostics {
  private(set) var entries: [Diagnostic] = []

  private mutating func add(_ name: String, _ value: Diagnostic.Value) {
    entries.append(Diagnostic("diagnostics_" + name, value))
  }

  mutating func addVersions() {
    add("Versions_Trabecula", .text(Release.version))
    add("Versions_Extractor", .text(Release.extractor))
  }

  mutating func add(_ parameters: ExtractionParameters, label: UInt32) {
    var parameters = parameters
    parameters.label = label
    add("Configuration_Settings", .text(String(decoding: canonicalBytes(of: parameters), as: UTF8.self)))
    let types = parameters.images.map(\.type.rawValue).joined(separator: ", ")
    add("Configuration_EnabledImageTypes", .text(types))
  }

  /// Image and mask as they were read.
  mutating func addOriginals(_ region: DecodedRegion, mask: Mask) throws {
    let image = region.image
    var hash = Digest(.sha1)
    try image.forEachSlice { hash.update($0) }
    add("Image-original_Hash", .text(hash.finalize().hexadecimal))
    add("Image-original_FileSHA256", .text(region.imageSHA256.hexadecimal))
    add("Image-original_Dimensionality", .text("\(image.geometry.dimension)D"))
    addImage(image, "original")
    add("Image-original_Orientation", .text(image.geometry.orientation.name))
    if let facts = region.facts { add(facts) }
    hash = Digest(.sha1)
    region.labels.forEachSlice { hash.update($0) }
    add("Mask-original_Hash", .text(hash.finalize().hexadecimal))
    add("Mask-original_FileSHA256", .text(region.maskSHA256.hexadecimal))
    try addMask(mask, "original", image: nil)
  }

  /// How the image was acquired and stored, and nothing that has to be computed of its voxels.
  mutating func addAcquisition(of region: DecodedRegion) {
    addGrid(region.image.geometry, "Image-original")
    add("Image-original_Orientation", .text(region.image.geometry.orientation.name))
    if let facts = region.facts { add(facts) }
  }

  /// What preprocessing made of them.
  mutating func add(_ prepared: PreparedImage) throws {
    switch prepared.change {
    case .none: break
    case .resampled:
      addImage(prepared.stored, "interpolated")
      try addMask(prepared.maskBeforeResegmentation, "interpolated", image: prepared.stored)
    case .maskCorrected:
      try addMask(prepared.maskBeforeResegmentation, "corrected", image: prepared.stored)
    }
    if prepared.isResegmented { try addMask(prepared.mask, "resegmented", image: prepared.stored) }
  }

  /// How a DICOM image was made, as far as its header says; nothing of the patient, and no number by which a file is found.
  private mutating func add(_ facts: DICOMFacts) {
    let texts = [
      ("Modality", facts.modality), ("Manufacturer", facts.manufacturer), ("Model", facts.model),
      ("Sequence", facts.sequence), ("ConvolutionKernel", facts.convolutionKernel), ("Units", facts.units),
    ]
    let numbers = [
      ("SliceThickness", facts.sliceThicknessInMillimetres), ("FieldStrength", facts.fieldStrengthInTesla),
      ("RepetitionTime", facts.repetitionTimeInMilliseconds), ("EchoTime", facts.echoTimeInMilliseconds),
      ("TubeVoltage", facts.tubeVoltageInKilovolts),
    ]
    for (name, text) in texts where !text.isEmpty { add("Image-original_\(name)", .text(text)) }
    for case (let name, let number?) in numbers where number.isFinite {
      add("Image-original_\(name)", .number(number))
    }
    add("Image-original_LossyCompression", .text(facts.isLossy ? "true" : "false"))
  }

  private mutating func addImage(_ image: StoredVolume, _ stage: String) {
    addGrid(image.geometry, "Image-\(stage)")
    let summary = IntensitySummary(of: image)
    add("Image-\(stage)_Mean", .number(summary.mean))
    add("Image-\(stage)_Minimum", .number(summary.minimum))
    add("Image-\(stage)_Maximum", .number(summary.maximum))
  }

  private mutating func addGrid(_ geometry: GridGeometry, _ subject: String) {
    let axes = 0..<geometry.dimension
    let size = [geometry.size.x, geometry.size.y, geometry.size.z]
    add("\(subject)_Spacing", .numbers(axes.map { geometry.spacingInMillimetres[$0] }))
    add("\(subject)_Size", .wholes(axes.map { size[$0] }))
  }

  private mutating func addMask(_ mask: Mask, _ stage: String, image: StoredVolume?) throws {
    let subject = "Mask-\(stage)"
    addGrid(mask.geometry, subject)
    let region = try RegionOfInterest(ofAnySize: mask, imageGeometry: mask.geometry)
    let axes = 0..<mask.geometry.dimension
    let ranges = [region.box.x, region.box.y, region.box.z]
    add("\(subject)_BoundingBox", .wholes(axes.map { ranges[$0].lowerBound } + axes.map { ranges[$0].count }))
    add("\(subject)_VoxelNum", .whole(region.voxelCount))
    add("\(subject)_VolumeNum", .whole(region.connectedVolumeCount))
    let centre = region.centreOfMass
    let point = mask.geometry.point(atIndex: centre)
    add("\(subject)_CenterOfMassIndex", .numbers(axes.map { centre[$0] }))
    add("\(subject)_CenterOfMass", .numbers(axes.map { point[$0] }))
    guard let image else { return }
    let summary = try region.summary(of: image.showing(region.box))
    add("\(subject)_Mean", .number(summary.mean))
    add("\(subject)_Minimum", .number(summary.minimum))
    add("\(subject)_Maximum", .number(summary.maximum))
  }
}
