import Foundation
import ImageFiles

/// What is asked of a scan.
package struct ScanOptions: Sendable {
  package var folders: [ScanFolder]
  /// Folder that the manifest's paths are relative to.
  package var root: URL
  /// Names or numbers of the segments that are wanted; empty: all.
  package var segments: [String]
  /// Label of the region in masks whose regions are numbers; nil leaves it to the study.
  package var label: UInt32?

  package init(folders: [ScanFolder], root: URL, segments: [String] = [], label: UInt32? = nil) {
    self.folders = folders
    self.root = root.resolvingSymlinksInPath().standardizedFileURL
    self.segments = segments
    self.label = label
  }
}

/// One row of the manifest that a scan makes.
package struct ScanRow: Equatable, Sendable {
  package var subject: String
  package var site: String
  package var image: String
  package var mask: String
  package var label: UInt32?
  package var segment: String?
  /// Series Instance UID, where the image's folder holds several series.
  package var series: String?

  package init(
    subject: String, site: String, image: String, mask: String, label: UInt32? = nil, segment: String? = nil,
    series: String? = nil
  ) {
    self.subject = subject
    self.site = site
    self.image = image
    self.mask = mask
    self.label = label
    self.segment = segment
    self.series = series
  }
}

/// Looks through folders of hospitals for images and masks, and pairs them.
///
/// Headers alone are read. What cannot be told is not guessed: it stands among the findings.
package struct CohortScan: Sendable {
  package private(set) var rows: [ScanRow] = []
  package private(set) var findings: [ScanFinding] = []
  /// By site, in the order of the folders.
  package private(set) var sites: [SiteCounts] = []

  package struct SiteCounts: Equatable, Sendable, Encodable {
    package let site: String
    package var images = 0
    package var masks = 0
    package var rows = 0
  }

  private let options: ScanOptions
  private let folders: [ScanFolder]
  private var images: [ImageCandidate] = []
  private var masks: [MaskCandidate] = []
  private var paired: Set<Int> = []
  /// Images by what their names say of patients, of those whose folder was taken for the patient: by site and folder.
  private var namesInFolders: [[String]: [String: ImageCandidate]] = [:]

  /// - Throws: `ScanError` where a folder cannot be read at all, or lies where the manifest's paths cannot lead.
  package init(_ options: ScanOptions) throws(ScanError) {
    self.options = options
    folders = options.folders
    try requireSeparateFolders()
    for (position, folder) in folders.enumerated() {
      try requireBelowRoot(folder)
      let found = try FileCollection(folder, position: position).found
      images += found.images
      masks += found.masks
      findings += found.findings
    }
    pair()
    tellSharedFolders()
    for image in images.indices where !paired.contains(image) { tellUnpaired(images[image]) }
    rows.sort { ($0.site, $0.subject, $0.image, $0.mask) < ($1.site, $1.subject, $1.image, $1.mask) }
    count()
  }

  private func requireSeparateFolders() throws(ScanError) {
    for (position, folder) in folders.enumerated() {
      for other in folders[(position + 1)...] {
        let (first, second) = (folder.url.path + "/", other.url.path + "/")
        guard first.hasPrefix(second) || second.hasPrefix(first) else { continue }
        throw ScanError(
          .badRequest,
          first == second
            ? "the folder \(folder.url.path) is given twice; give it once"
            : "of the folders \(folder.url.path) and \(other.url.path) one lies in the other; give one of them"
        )
      }
    }
  }

  private func requireBelowRoot(_ folder: ScanFolder) throws(ScanError) {
    guard folder.url.path != options.root.path, !folder.url.path.hasPrefix(rootPath) else { return }
    throw ScanError(
      .badRequest,
      "the folder \(folder.url.path) does not lie below \(options.root.path), which the manifest's paths are relative to; "
        + "write the manifest above the folders, or give a folder above them with --root, here and later to the workers"
    )
  }

  private var rootPath: String {
    options.root.path.hasSuffix("/") ? options.root.path : options.root.path + "/"
  }

  private mutating func tellUnpaired(_ image: ImageCandidate) {
    if image.series?.isLocalizer == true {
      tell(.localizer, image.folder, image.path, "this is a localizer, which needs no mask")
    } else {
      tell(.imageWithoutMask, image.folder, image.path, "no mask was paired with it")
    }
  }

  private mutating func pair() {
    let byReference = Dictionary(grouping: images.indices) { folders[images[$0].folder].site }
      .mapValues { ReferencePairing(images, among: $0) }
    let named = images.indices.filter { images[$0].series?.isLocalizer != true }
    let byName = Dictionary(grouping: named) { images[$0].folder }
      .mapValues { NamePairing(images, among: $0) }
    for mask in masks {
      let nothing = PairingOutcome.none(.maskWithoutImage, "no image lies in the scanned folder; add it")
      let outcome =
        if let dicom = mask.dicom {
          byReference[folders[mask.folder].site]?.image(of: dicom) ?? nothing
        } else {
          byName[mask.folder]?.image(of: mask) ?? nothing
        }
      switch outcome {
      case .image(let image): add(mask, image)
      case .none(let kind, let reason): tell(kind, mask.folder, mask.path, reason)
      }
    }
  }

  private mutating func add(_ mask: MaskCandidate, _ position: Int) {
    let image = images[position]
    guard let subject = subject(of: image, mask) else {
      return tell(
        .noSubject, mask.folder, mask.path,
        "neither header nor names tell the patient; put each patient's files into a folder of their own")
    }
    if let patient = mask.dicom?.patient, !patient.isEmpty, let other = image.series?.patient, !other.isEmpty,
      patient != other
    {
      tell(
        .otherPatient, mask.folder, mask.path,
        "it names another patient ID than its image, whose ID was taken; see whether both were pseudonymised alike"
      )
    }
    guard let imagePath = path(image.folder, image.path), let maskPath = path(mask.folder, mask.path) else {
      return
    }
    let row = ScanRow(
      subject: subject, site: folders[image.folder].site, image: imagePath, mask: maskPath,
      label: mask.segments.isEmpty && mask.dicom == nil ? options.label : nil, segment: nil,
      series: image.sharesFolder ? image.series?.uid : nil)
    let before = rows.count
    add(row, mask)
    if rows.count > before { paired.insert(position) }
  }

  private mutating func subject(of image: ImageCandidate, _ mask: MaskCandidate) -> String? {
    if let patient = image.series?.patient, !patient.isEmpty { return patient }
    let subject = FileNaming.subject(image: image.naming, mask: mask.naming)
    if let subject, subject == image.naming.place.first,
      let name = FileNaming.named(image: image.naming, mask: mask.naming)
    {
      namesInFolders[[folders[image.folder].site, subject], default: [:]][name] = image
    }
    return subject
  }

  /// A folder whose images are called after several patients may not be one patient's.
  private mutating func tellSharedFolders() {
    for (_, images) in namesInFolders.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
      guard images.count > 1, let image = images.values.min(by: { $0.path < $1.path }) else { continue }
      tell(
        .onePatient, image.folder, image.path,
        "its folder has pairs of \(images.count) different names, which were taken for images of one patient; if they are "
          + "several patients', put each one's files into a folder of their own, or scan this folder by itself"
      )
    }
  }

  /// One row a region.
  private mutating func add(_ row: ScanRow, _ mask: MaskCandidate) {
    guard mask.dicom != nil || !mask.segments.isEmpty else {
      rows.append(row)
      return
    }
    guard !mask.segments.isEmpty else {
      return tell(.emptyRegion, mask.folder, mask.path, "it has no region; export it again with one")
    }
    for position in chosenSegments(of: mask) {
      let segment = mask.segments[position]
      guard !mask.emptySegments.contains(segment.number) else {
        tell(
          .emptyRegion, mask.folder, mask.path,
          "nothing is drawn of its region \(segment.number); it was left out")
        continue
      }
      var row = row
      row.segment = Self.name(of: segment, among: mask.segments)
      rows.append(row)
    }
  }

  private mutating func chosenSegments(of mask: MaskCandidate) -> [Int] {
    guard !options.segments.isEmpty else { return Array(mask.segments.indices) }
    var chosen: [Int] = []
    for wanted in options.segments {
      do throws(ImageFileError) {
        let position = try ImageFiles.index(of: wanted, among: mask.segments, kind: "region")
        if !chosen.contains(position) { chosen.append(position) }
      } catch {
        tell(
          error.code == .segmentAbsent ? .segmentAbsent : .ambiguous, mask.folder, mask.path, error.message)
      }
    }
    return chosen
  }

  /// Its name where that tells it from the others and can stand in a manifest, else its number.
  private static func name(of segment: NamedSegment, among all: [NamedSegment]) -> String {
    let name = segment.name.precomposedStringWithCanonicalMapping.trimmingCharacters(in: .whitespaces)
    let isUnique = all.count { $0.name == segment.name || $0.identifier == segment.name } == 1
    let isPlain = name.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
    return isUnique && isPlain && name == segment.name && (1...256).contains(name.utf8.count)
      ? name : "\(segment.number)"
  }

  /// Relative to the root.
  private mutating func path(_ folder: Int, _ path: String) -> String? {
    let full = folders[folder].url.path + (path.isEmpty ? "" : "/" + path)
    guard full.hasPrefix(rootPath), full.count > rootPath.count else {
      tell(
        .outsideRoot, folder, path,
        "it is the folder itself that the manifest's paths are relative to; give a folder above it with --root"
      )
      return nil
    }
    return String(full.dropFirst(rootPath.count))
  }

  private mutating func tell(_ kind: ScanFinding.Kind, _ folder: Int, _ place: String, _ reason: String) {
    findings.append(ScanFinding(kind, site: folders[folder].site, place: place, reason))
  }

  private mutating func count() {
    for folder in folders where !sites.contains(where: { $0.site == folder.site }) {
      let site = folder.site
      sites.append(
        SiteCounts(
          site: site, images: images.count { folders[$0.folder].site == site },
          masks: masks.count { folders[$0.folder].site == site }, rows: rows.count { $0.site == site }))
    }
  }
}
