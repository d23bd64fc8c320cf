/// Words of a name, in order, with where they stand in it.
struct NameWords: Equatable, Sendable {
  let name: String
  /// In lower case.
  let words: [String]
  private let ranges: [Range<String.Index>]

  /// - Parameter name: a file name without its extensions, or the name of a folder.
  init(_ name: String) {
    self.name = name
    var ranges: [Range<String.Index>] = []
    var start: String.Index?
    for index in name.indices {
      let isPart = name[index].isLetter || name[index].isNumber
      if isPart, start == nil { start = index }
      if !isPart, let begin = start {
        ranges.append(begin..<index)
        start = nil
      }
    }
    if let start { ranges.append(start..<name.endIndex) }
    self.ranges = ranges
    words = ranges.map { name[$0].lowercased() }
  }

  /// The name from the first to the last of some words, as it is written, where these stand beside each other; else the words
  /// joined by underscores.
  func text(of positions: [Int]) -> String {
    guard let first = positions.first, let last = positions.last else { return "" }
    if last - first + 1 == positions.count {
      return String(name[ranges[first].lowerBound..<ranges[last].upperBound])
    }
    return positions.map { String(name[ranges[$0]]) }.joined(separator: "_")
  }
}

/// What the name and the folders of a file of researchers say: whether it is a mask, what it belongs to, and whose it is.
///
/// The rules stand in Documentation/scan.md.
struct FileNaming: Equatable, Sendable {
  let words: NameWords
  /// Positions of the words that tell one image from another: not those for "mask" or "image".
  let core: [Int]
  /// Folders of the file below the scanned folder.
  let folders: [String]
  /// Without those that are called after a kind of file, so that `images/07` and `masks/07` are one place.
  let place: [String]
  let isMask: Bool

  /// - Parameter path: relative to the scanned folder.
  init(path: String) {
    let components = path.split(separator: "/").map(String.init)
    self.init(name: Self.stem(of: components.last ?? ""), folders: components.dropLast())
  }

  /// - Parameter name: without extensions; empty for an image that is a folder.
  init(name: String, folders: some Sequence<String>) {
    let words = NameWords(name)
    let all = Array(folders)
    self.words = words
    self.folders = all
    core = words.words.indices.filter {
      !Self.isMaskWord(words.words[$0]) && !Self.imageWords.contains(words.words[$0])
    }
    place = Self.place(of: all)
    isMask = words.words.contains(where: Self.isMaskWord) || all.contains(where: Self.holdsMasks)
  }

  var coreWords: [String] { core.map { words.words[$0] } }

  private static let maskWords: Set<String> = [
    "mask", "masks", "label", "labels", "labelmap", "labelmaps", "seg", "segs", "segm", "segmentation",
    "segmentations", "dseg", "roi", "rois", "annotation", "annotations", "contour", "contours", "gt",
    "groundtruth", "labelstr", "labelsts",
  ]
  private static let imageWords: Set<String> = [
    "image", "images", "img", "imgs", "volume", "volumes", "vol", "scan", "scans", "nifti", "nii", "dicom",
    "dcm", "nrrd", "imagestr", "imagests",
  ]
  /// Words that say how an image was made, and not of whom.
  static let modalityWords: Set<String> = [
    "t1", "t2", "t1w", "t2w", "t1c", "t1ce", "t1gd", "t2f", "flair", "pd", "pdw", "dwi", "adc", "swi", "dce",
    "stir",
    "mr", "mri", "ct", "cta", "pt", "pet", "suv", "us", "fdg", "bold", "tof",
  ]
  /// Folders of BIDS that say what kind of data they hold (bids-specification, "Directory structure").
  private static let kindFolders: Set<String> = [
    "anat", "func", "dwi", "fmap", "perf", "pet", "micr", "sourcedata", "rawdata",
  ]

  private static func isMaskWord(_ word: String) -> Bool {
    maskWords.contains(word) || maskWords.contains(String(word.reversed().drop(while: \.isNumber).reversed()))
  }

  /// Whether a folder is called after masks, and nothing else but a modality: `masks`, `CT_labels`.
  private static func holdsMasks(_ folder: String) -> Bool {
    let words = NameWords(folder).words
    return words.contains(where: isMaskWord)
      && words.allSatisfy { isMaskWord($0) || modalityWords.contains($0) }
  }

  private static func place(of folders: [String]) -> [String] {
    var place: [String] = []
    var rest = folders[...]
    while let folder = rest.popFirst() {
      let words = NameWords(folder).words
      if folder.lowercased() == "derivatives" {
        // BIDS: the next folder is called after the program or the reader that made them.
        if rest.first.map({ !$0.lowercased().hasPrefix("sub-") }) ?? false { _ = rest.popFirst() }
      } else if kindFolders.contains(folder.lowercased())
        || !words.isEmpty && words.allSatisfy({ isMaskWord($0) || imageWords.contains($0) })
      {
        continue
      } else {
        place.append(folder)
      }
    }
    return place
  }

  /// A file name without what says its format.
  static func stem(of name: String) -> String {
    let lower = name.lowercased()
    for ending in [
      ".nii.gz", ".hdr.gz", ".img.gz", ".nii", ".nrrd", ".nhdr", ".mha", ".mhd", ".hdr", ".png", ".dcm",
    ]
    where lower.hasSuffix(ending) && lower.count > ending.count {
      return String(name.dropLast(ending.count))
    }
    return name
  }

  /// Whom an image is of, by names: `sub-…` of BIDS; else the first folder that is not called after a kind of file; else what
  /// image and mask have in common at the beginning of their names, without modalities. `nil` where nothing is left.
  static func subject(image: FileNaming, mask: FileNaming) -> String? {
    for name in image.folders + [image.words.name] + mask.folders + [mask.words.name] {
      if let entity = bidsSubject(in: name) { return entity }
    }
    if let folder = image.place.first { return folder }
    let namer = image.words.words.isEmpty ? mask : image
    var common = namer.core
    if !image.words.words.isEmpty, !mask.coreWords.isEmpty {
      common = zip(image.core, mask.core).prefix { image.words.words[$0] == mask.words.words[$1] }.map(\.0)
    }
    if common.isEmpty { common = namer.core }
    let kept = common.filter { !modalityWords.contains(namer.words.words[$0]) }
    let text = namer.words.text(of: kept)
    return text.isEmpty ? nil : text
  }

  /// `sub-07` of `sub-07_ses-1_T1w`.
  private static func bidsSubject(in name: String) -> String? {
    guard name.lowercased().hasPrefix("sub-") else { return nil }
    let value = name.dropFirst(4).prefix { $0.isLetter || $0.isNumber }
    return value.isEmpty ? nil : String(name.prefix(4)) + value
  }
}
