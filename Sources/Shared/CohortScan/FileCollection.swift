import DICOMFiles
import Foundation
import ImageFiles

/// Reads the heads of the files of one folder and sorts them: images, masks, and what is neither.
struct FileCollection {
  private let folder: ScanFolder
  private let position: Int
  private(set) var found = FoundFiles()
  private var slices: [String: [Slice]] = [:]

  /// One DICOM file of an image.
  private struct Slice {
    var path: String
    var head: DICOMHead
    var folder: String { path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "" }
  }

  /// - Parameter position: of the folder among all.
  /// - Throws: `ScanError` where the folder cannot be read.
  init(_ folder: ScanFolder, position: Int) throws(ScanError) {
    self.folder = folder
    self.position = position
    let walk = try FolderWalk(folder)
    found.findings = walk.findings
    for path in walk.files { add(path) }
    for (uid, slices) in slices.sorted(by: { $0.key < $1.key }) { add(series: uid, slices) }
    slices = [:]
    markSharedFolders()
    dropRepeatedMasks()
    takeLabelSeries()
  }

  private mutating func add(_ path: String) {
    do throws(ImageFileError) {
      var source = try HeadSource(path: folder.url.path + "/" + path)
      if let outline = try source.outline() {
        add(outline, path)
      } else if DICOMDataSet.begins(source.bytes) {
        try addDICOM(&source, path)
      } else {
        found.others += 1
      }
    } catch {
      switch error.code {
      case .notFound, .unreadable: tell(.unreadable, path, error.message)
      default: tell(.badHeader, path, error.message)
      }
    }
  }

  private mutating func add(_ outline: ImageOutline, _ path: String) {
    let naming = FileNaming(path: path)
    guard naming.isMask || !outline.segments.isEmpty else {
      found.images.append(
        ImageCandidate(folder: position, path: path, naming: naming, sizes: outline.sizes, series: nil))
      return
    }
    found.masks.append(
      MaskCandidate(
        folder: position, path: path, naming: naming, sizes: outline.sizes, segments: outline.segments,
        dicom: nil))
  }

  private mutating func addDICOM(_ source: inout HeadSource, _ path: String) throws(ImageFileError) {
    let hasPreamble = source.bytes.count > 132 && source.bytes[128..<132].elementsEqual("DICM".utf8)
    let head: DICOMHead?
    do throws(ImageFileError) {
      head = try DICOMHead(&source)
    } catch  where !hasPreamble {
      // A few bytes by chance are no DICOM file.
      head = nil
    }
    guard let head else {
      found.others += 1
      return
    }
    switch head.content {
    case .image: slices[head.series, default: []].append(Slice(path: path, head: head))
    case .mask(let references, let segments, let empty):
      found.masks.append(
        MaskCandidate(
          folder: position, path: path, naming: FileNaming(path: path), sizes: [], segments: segments,
          emptySegments: empty,
          dicom: .init(
            references: references, study: head.study, patient: head.patient, instance: head.instance)))
    case .directory: tell(.directory, path, "this is the index of a medium, and no image; it was passed over")
    case .other: found.others += 1
    }
  }

  /// The files of one series, which may lie in several folders; a whole copy in another folder is passed over.
  private mutating func add(series uid: String, _ all: [Slice]) {
    var kept = all
    let byFolder = Dictionary(grouping: all, by: \.folder).sorted { $0.key < $1.key }
    if byFolder.count > 1 {
      let contents = byFolder.map { Set($0.value.map(\.head.instance)) }
      if contents.allSatisfy({ $0 == contents[0] }) {
        kept = byFolder[0].value
        for copy in byFolder.dropFirst() {
          tell(.copy, copy.key, "the same series lies in \(shown(byFolder[0].key)), which was taken")
        }
      }
    }
    guard let first = kept.first else { return }
    let path = kept.count == 1 ? first.path : Self.commonFolder(of: kept.map(\.path))
    let name = kept.count == 1 ? FileNaming(path: path) : nil
    found.images.append(
      ImageCandidate(
        folder: position, path: path,
        naming: FileNaming(name: "", folders: name?.folders ?? path.split(separator: "/").map(String.init)),
        sizes: Self.sizes(of: kept.map(\.head)),
        series: .init(
          uid: uid, study: first.head.study, patient: first.head.patient, frame: first.head.frame,
          isLocalizer: first.head.isLocalizer, instances: Set(kept.map(\.head.instance)))))
  }

  private static func sizes(of heads: [DICOMHead]) -> [Int] {
    guard case .image(let columns, let rows, let frames)? = heads.first?.content else { return [] }
    let depth = heads.count == 1 ? frames : Set(heads.map(\.instance)).count
    return depth == 1 ? [columns, rows] : [columns, rows, depth]
  }

  private static func commonFolder(of paths: [String]) -> String {
    var common = paths[0].split(separator: "/").dropLast()
    for path in paths.dropFirst() {
      let folders = path.split(separator: "/").dropLast()
      common = common.prefix(zip(common, folders).prefix { $0 == $1 }.count)
    }
    return common.joined(separator: "/")
  }

  /// A folder is read with the folders in it.
  private mutating func markSharedFolders() {
    let series = found.images.indices.filter { found.images[$0].series != nil }
    var places: [String: Int] = [:]
    for slice in series {
      // Each folder above an image counts it once.
      var path = found.images[slice].path[...]
      places[String(path), default: 0] += 1
      while let slash = path.lastIndex(of: "/") {
        path = path[..<slash]
        places[String(path), default: 0] += 1
      }
      if !path.isEmpty { places["", default: 0] += 1 }
    }
    for image in series {
      let isFile = found.images[image].series?.instances.count == 1
      found.images[image].sharesFolder = !isFile && places[found.images[image].path, default: 0] > 1
    }
  }

  /// Series in folders, and files of one, that are called after masks are label maps: but for those that a mask of DICOM was drawn on,
  /// that share their folder, and where nothing else is an image.
  private mutating func takeLabelSeries() {
    var series: Set<String> = []
    var instances: Set<String> = []
    for mask in found.masks {
      series.formUnion(mask.dicom?.references.series ?? [])
      instances.formUnion(mask.dicom?.references.instances ?? [])
    }
    let isLabelMap = found.images.map { image in
      guard let own = image.series, !image.sharesFolder, FileNaming(path: image.path).isMask else {
        return false
      }
      return !series.contains(own.uid) && instances.isDisjoint(with: own.instances)
    }
    guard isLabelMap.contains(false) else { return }
    for (image, _) in zip(found.images, isLabelMap).filter(\.1) {
      found.masks.append(
        MaskCandidate(
          folder: position, path: image.path, naming: FileNaming(path: image.path), sizes: image.sizes,
          segments: [], dicom: nil))
    }
    found.images = zip(found.images, isLabelMap).filter { !$0.1 }.map(\.0)
  }

  private mutating func dropRepeatedMasks() {
    var first: [String: String] = [:]
    var kept: [MaskCandidate] = []
    for mask in found.masks {
      guard let instance = mask.dicom?.instance, !instance.isEmpty else {
        kept.append(mask)
        continue
      }
      if let earlier = first[instance] {
        tell(.copy, mask.path, "the same mask is \(shown(earlier)), which was taken")
      } else {
        first[instance] = mask.path
        kept.append(mask)
      }
    }
    found.masks = kept
  }

  private func shown(_ path: String) -> String { path.isEmpty ? "the scanned folder" : path }

  private mutating func tell(_ kind: ScanFinding.Kind, _ place: String, _ reason: String) {
    found.findings.append(ScanFinding(kind, site: folder.site, place: place, reason))
  }
}
