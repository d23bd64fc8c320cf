import Cancellation
import DICOMFiles
import Digests
import Foundation
import ImageFiles
import ImageFilters
import RegionPictures
import StudyPlan
import Synchronization
import Volumes

/// Extracts regions: files in, named values out. Files are read, hashed and decoded once, whatever is computed of them.
package struct RegionExtractor: Sendable {
  private let methods: [any FeatureMethod]

  /// - Parameter methods: one a source, all of which read a mask in the same way.
  package init(_ methods: [any FeatureMethod]) {
    precondition(
      Set(methods.map(\.labelChannel)).count <= 1 && Set(methods.map(\.valueScale)).count <= 1,
      "all methods read image and mask in one way")
    self.methods = methods
  }

  /// The rows of a region: those that the cache has, and the others after they were computed and given to it.
  ///
  /// - Parameters:
  ///   - computation: where files are read and features are computed.
  ///   - draws: whether a picture of this name is wanted, besides.
  /// - Throws: `StudyTaskError` for what is wrong with the region; what the cache and the computation throw.
  package func extract<Cache: FeatureCache>(
    _ location: RegionLocation, cache: Cache, on computation: Computation,
    draws: @escaping @Sendable (String) -> Bool = { _ in false }
  ) async throws -> ExtractedRegion<Cache.Entry> {
    let (files, keys, pictureName, digests) = try await computation.run { _ in
      let files = try RegionFiles(at: location)
      return (
        Handover(files), methods.map { files.key(of: $0.recipe) }, self.pictureName(of: files),
        (image: files.imageSHA256, mask: files.maskSHA256)
      )
    }
    let isDrawn = draws(pictureName)
    var picture: RegionPicture?
    var entries = try await cache.entries(of: keys)
    let missing = zip(methods, keys).filter { entries[$0.1] == nil }
    var warnings: [String] = []
    if !missing.isEmpty {
      let (rows, drawn) = try await computation.run {
        try Self.rows(of: files.taken(), missing, draws: isDrawn, $0)
      }
      picture = drawn
      // What is said of the mask stands with the features of each source.
      for warning in rows.flatMap(\.features.diagnostics.warnings) where !warnings.contains(warning) {
        warnings.append(warning)
      }
      for (row, entry) in zip(rows, try await cache.add(rows)) { entries[row.key] = entry }
    }
    if missing.isEmpty, isDrawn {
      picture = try await computation.run { _ in try self.picture(of: files.taken()) }
    }
    return ExtractedRegion(
      imageSHA256: digests.image, maskSHA256: digests.mask, entries: keys.compactMap { entries[$0] },
      computed: missing.count, warnings: warnings, pictureName: pictureName, picture: picture)
  }

  /// What a picture of the region is called.
  package func pictureName(of files: RegionFiles) -> String {
    files.pictureName(labelChannel: labelChannel, scale: valueScale)
  }

  /// A picture of the region in its image, as both lie on disk; nil where no voxel of the region lies in the image.
  /// - Throws: `StudyTaskError`.
  package func picture(of files: RegionFiles) throws(StudyTaskError) -> RegionPicture? {
    try files.decoded(labelChannel: labelChannel, scale: valueScale, reference: nil).picture()
  }

  private var labelChannel: Int { methods.first?.labelChannel ?? 0 }
  private var valueScale: DICOMValueScale { methods.first?.valueScale ?? .stored }

  /// All features of a region, without a cache.
  /// - Throws: `StudyTaskError` for what is wrong with the region.
  package func features(
    of files: RegionFiles, _ cancellation: CancellationToken = CancellationToken()
  ) throws(StudyTaskError) -> [ExtractedFeatures] {
    try Self.rows(of: files, methods.map { ($0, files.key(of: $0.recipe)) }, draws: false, cancellation).rows
      .map(\.features)
  }

  /// Reads everything and computes nothing: decodes both files, checks grids, label, region and voxels against what is
  /// to be computed.
  /// - Returns: what the headers say, and how they agree.
  /// - Throws: `StudyTaskError`.
  @discardableResult
  package func check(_ files: RegionFiles) throws(StudyTaskError) -> RegionReport {
    let region = try files.decoded(
      labelChannel: labelChannel, scale: valueScale,
      reference: methods.lazy.compactMap(\.referenceSegment).first)
    for method in methods { try method.check(region) }
    return try RegionReport(region)
  }

  private static func rows(
    of files: consuming RegionFiles, _ missing: [(method: any FeatureMethod, key: FeatureKey)], draws: Bool,
    _ cancellation: CancellationToken
  ) throws(StudyTaskError) -> (rows: [FeatureRow], picture: RegionPicture?) {
    guard let last = missing.last else { return ([], nil) }
    // What is decoded takes the place of the files' bytes.
    let region = try (consume files).decoded(
      labelChannel: last.method.labelChannel, scale: last.method.valueScale,
      reference: missing.lazy.compactMap(\.method.referenceSegment).first)
    var picture: RegionPicture?
    if draws { picture = try region.picture() }
    var rows: [FeatureRow] = []
    if region.variant != nil {
      let features = try region.variedFeatures(by: missing.map(\.method), cancellation)
      for (item, features) in zip(missing, features) {
        rows.append(FeatureRow(key: item.key, recipe: item.method.recipe, features: features))
      }
      return (rows, picture)
    }
    for (method, key) in missing.dropLast() {
      rows.append(
        FeatureRow(key: key, recipe: method.recipe, features: try method.features(of: region, cancellation)))
    }
    // The last one lets go of image and mask as soon as it has made its own of them.
    let features = try last.method.features(of: consume region, cancellation)
    rows.append(FeatureRow(key: last.key, recipe: last.method.recipe, features: features))
    return (rows, picture)
  }
}

/// Hands on what it holds, so that nobody keeps it who only had it before.
private final class Handover<Value: Sendable>: Sendable {
  private let value: Mutex<Value?>

  init(_ value: Value) { self.value = Mutex(value) }

  func taken() -> Value {
    guard let value = value.withLock({ $0.take() }) else { preconditionFailure("it is handed on once") }
    return value
  }
}

/// Where a region of interest lies.
package struct RegionLocation: Sendable {
  /// A file, or a folder with a series of DICOM.
  package var image: URL
  package var mask: URL
  /// Of the region in the mask.
  package var label: UInt32
  /// Name or number of the region in a mask that names its regions; its voxels are then read as those of the label.
  package var segment: String?
  /// Which series, echo or time point of the image is meant, where it is not one.
  package var choice: ImageChoice?
  /// The ring around the region that is meant in its place.
  package var ring: RegionRing?
  /// What is meant in place of both, for a control of a model; nil for the region itself.
  package var variant: RegionVariant? = nil
  /// Whose rows its features are; nil where every site's rows serve it.
  package var site: String?

  /// The voxels of a label in an image that is one.
  package init(image: URL, mask: URL, label: UInt32) {
    self.init(image: image, mask: mask, label: label, segment: nil, choice: nil, ring: nil)
  }

  /// Nothing of what says which region is meant has a default: who forgot it would measure another region.
  package init(
    image: URL, mask: URL, label: UInt32, segment: String?, choice: ImageChoice?, ring: RegionRing?,
    site: String? = nil
  ) {
    self.choice = choice
    self.image = image
    self.mask = mask
    self.label = label
    self.segment = segment
    self.ring = ring
    self.site = site
  }
}

extension RegionLocation {
  /// The region as people name it.
  package var regionName: String { StudyPlan.regionName(label: label, segment: segment, ring: ring) }
}

/// The files of one region of interest, read and hashed.
package struct RegionFiles: Sendable {
  let image: ImageContents
  let mask: MaskContents
  let label: UInt32
  let segment: String?
  let ring: RegionRing?
  let variant: RegionVariant?
  private let site: String?
  package let imageSHA256: [UInt8]
  package let maskSHA256: [UInt8]

  /// Files that were read before.
  package init(
    image: ImageFileContents, mask: ImageFileContents, label: UInt32, segment: String? = nil,
    ring: RegionRing? = nil, site: String? = nil
  ) {
    self.init(
      image: .file(image), mask: .file(mask), label: label, segment: segment, ring: ring, site: site)
  }

  /// What was read before.
  package init(
    image: ImageContents, mask: MaskContents, label: UInt32, segment: String? = nil,
    ring: RegionRing? = nil, variant: RegionVariant? = nil, site: String? = nil
  ) {
    (self.image, self.mask, self.label, self.segment, self.ring) = (image, mask, label, segment, ring)
    (self.variant, self.site) = (variant, site)
    imageSHA256 = image.sha256
    maskSHA256 = mask.sha256
  }

  /// Reads both; the mask first, because it may say which series of a folder it was made on. Messages call them "image" and "mask", whatever their paths.
  /// - Throws: `StudyTaskError`.
  package init(at location: RegionLocation) throws(StudyTaskError) {
    do throws(ImageFileError) {
      let mask = try MaskContents(at: location.mask, name: "mask")
      self.init(
        image: try ImageContents(
          at: location.image, choosing: mask.image, part: location.choice, name: "image"), mask: mask,
        label: location.label, segment: location.segment, ring: location.ring, variant: location.variant,
        site: location.site)
    } catch {
      throw StudyTaskError(error)
    }
  }

  package func key(of recipe: FeatureRecipe) -> FeatureKey {
    FeatureKey(
      image: imageSHA256, mask: maskSHA256, label: label, segment: segment, ring: ring, variant: variant,
      recipe: recipe, site: site)
  }

  /// What a picture of the region is called: it is of these voxels, whatever is computed of them.
  func pictureName(labelChannel: Int, scale: DICOMValueScale) -> String {
    let region = "picture \(scale == .stored ? "" : "\(scale) ")\(label) \(labelChannel) \(segment ?? "")"
    let parts =
      [imageSHA256, maskSHA256, Array(region.utf8)] + (ring.map { [Array($0.description.utf8)] } ?? [])
    return String(sha256(parts).hexadecimal.prefix(32))
  }

  /// Decodes image and labels.
  /// - Parameter reference: the segment that is read as the reference tissue, too.
  func decoded(
    labelChannel: Int, scale: DICOMValueScale, reference: String?
  ) throws(StudyTaskError) -> DecodedRegion {
    do throws(ImageFileError) {
      if case .series = mask, imageSHA256 == maskSHA256 {
        throw ImageFileError(
          .badLabel, "the files are those of the image; give the mask that was drawn on it", file: "mask")
      }
      let image = try image.decoded(scale)
      let mask = try mask.reading(
        of: segment, label: label, channel: labelChannel, on: image.volume.geometry, facts: image.facts)
      var tissue: MaskReading?
      if let reference { tissue = try self.tissue(reference, channel: labelChannel, on: image) }
      var warnings = image.warnings + mask.warnings
      for warning in tissue?.warnings ?? [] { warnings.append("reference tissue: \(warning)") }
      warnings += mistakes(mask.labels)
      return DecodedRegion(
        image: image.volume, facts: image.facts, labels: mask.labels, label: label, ring: ring,
        variant: variant, reference: tissue?.labels.mask(of: 1), maskWarnings: mask.warnings,
        warnings: warnings, imageSHA256: imageSHA256, maskSHA256: maskSHA256)
    } catch {
      throw StudyTaskError(error)
    }
  }
}

extension RegionFiles {
  /// The reference tissue, whose name is one of the parameters.
  private func tissue(
    _ segment: String, channel: Int, on image: DecodedImage
  ) throws(ImageFileError) -> MaskReading {
    do throws(ImageFileError) {
      return try mask.reading(
        of: segment, label: 1, channel: channel, on: image.volume.geometry, facts: image.facts)
    } catch {
      throw ImageFileError(
        error.code,
        "the reference tissue that standardise.referenceSegment names cannot be read: \(error.message)",
        file: error.file)
    }
  }

  /// Labels of a mask; images have more different values.
  private static let mostLabels = 1_024

  /// What may be a mistake in which file is meant.
  private func mistakes(_ labels: LabelMap) -> [String] {
    if imageSHA256 == maskSHA256 { return ["image and mask are the same file; check that the mask is meant"] }
    guard labels.present(atMost: Self.mostLabels).count > Self.mostLabels else { return [] }
    return [
      "the mask has more than \(Self.mostLabels) different labels, as an image has; check that it is the mask, and not the image"
    ]
  }
}

/// Image and labels of a region as they are on disk.
package struct DecodedRegion: Sendable {
  var image: StoredVolume
  /// Of DICOM: how the image was made.
  let facts: DICOMFacts?
  let labels: LabelMap
  let label: UInt32
  /// The ring that is meant in place of what it surrounds.
  let ring: RegionRing?
  /// What is to be made of both.
  let variant: RegionVariant?
  /// A region that stands in place of the drawn one; nil where that is meant.
  var moved: Mask? = nil
  /// The reference tissue, where it is a segment of its own.
  let reference: Mask?
  /// What was not taken of the mask as it stands in its file.
  let maskWarnings: [String]
  /// What should be known of the files, whatever is computed of them.
  let warnings: [String]
  let imageSHA256: [UInt8]
  let maskSHA256: [UInt8]

  /// The voxels of the label, or of the ring around them.
  /// - Throws: `mask-empty`, `ring-empty`, or `label-absent`, which names the labels that are there.
  func mask() throws(StudyTaskError) -> Mask {
    if let moved { return moved }
    let mask = try drawn()
    guard let ring else { return mask }
    let voxels = mask.ring(ring)
    guard voxels.boundingBox != nil else {
      throw StudyTaskError(
        code: "ring-empty",
        sentence:
          "No voxel lies from \(ring.innerInMillimetres) to \(ring.outerInMillimetres) mm around the region.",
        remedy: "Make the ring wider than the spacing, or draw the region away from the edge of the image.")
    }
    return voxels
  }

  /// The voxels of the label as they were drawn, whatever ring is meant.
  /// - Throws: `mask-empty`, or `label-absent`.
  func drawn() throws(StudyTaskError) -> Mask { try mask(of: label) }

  /// The voxels of any label of the mask.
  /// - Throws: `mask-empty`, or `label-absent`.
  func mask(of label: UInt32) throws(StudyTaskError) -> Mask {
    let mask = labels.mask(of: label)
    guard mask.boundingBox == nil else { return mask }
    let present = labels.present().subtracting([0]).sorted()
    // Fractions that became 0 are why, mostly.
    let told = maskWarnings.isEmpty ? "" : " (" + maskWarnings.joined(separator: "; ") + ")"
    guard !present.isEmpty else {
      throw StudyTaskError(
        code: "mask-empty", sentence: "The mask is empty: no voxel has a label\(told).",
        remedy: "Draw the region of interest, or name another mask.")
    }
    let shown = present.prefix(10).map(String.init).joined(separator: ", ")
    throw StudyTaskError(
      code: "label-absent",
      sentence:
        "No voxel of the mask has label \(label); it has \(shown)\(present.count > 10 ? ", …" : "")\(told).",
      remedy: label == self.label
        ? "Give the label of the region: the setting label, or column Label."
        : "Draw the reference tissue in this mask too, or correct standardise.referenceLabel. A region that is named by its segment has "
          + "no other labels beside it: name its reference tissue by standardise.referenceSegment.")
  }
}

extension DecodedRegion {
  /// How far the grids of image and mask may be apart before a picture shows the mask where it lies in the patient.
  private static let pictureTolerance = 1e-3

  /// - Returns: nil where no voxel of the region lies in the image.
  fileprivate func picture() throws(StudyTaskError) -> RegionPicture? {
    var mask = try mask()
    if !image.geometry.coincides(with: mask.geometry, tolerance: Self.pictureTolerance) {
      mask = mask.resampled(onto: image.geometry)
    }
    do throws(ImageFileError) {
      return try RegionPicture(image: image, mask: mask)
    } catch {
      throw StudyTaskError(error)
    }
  }
}

/// What an extraction leaves behind of one region.
package struct ExtractedRegion<Entry: Sendable>: Sendable {
  package let imageSHA256: [UInt8]
  package let maskSHA256: [UInt8]
  /// A row for each method, in their order.
  package let entries: [Entry]
  /// How many of them were not known before.
  package let computed: Int
  /// What should be known of those that were computed.
  package let warnings: [String]
  /// What a picture of the region is called.
  package let pictureName: String
  /// Where one was wanted, and the region lies in the image.
  package let picture: RegionPicture?
}
