/// Finds the image that a mask of researchers' formats belongs to, by names and folders; the grids must fit.
///
/// Rules go from the strictest to the widest, and the first that finds an image ends the search; where it finds several whose
/// grids fit, none is taken. Documentation/scan.md has them with examples.
struct NamePairing {
  private let images: [ImageCandidate]
  private let positions: [Int]

  /// - Parameters:
  ///   - images: all images.
  ///   - positions: those of one scanned folder.
  init(_ images: [ImageCandidate], among positions: [Int]) {
    self.images = images
    self.positions = positions
    byFolder = Dictionary(grouping: positions) { images[$0].naming.folders }
    var byPlace: [[String]: [Int]] = [:]
    for position in positions {
      let place = images[position].naming.place
      for length in 0...place.count { byPlace[Array(place.prefix(length)), default: []].append(position) }
    }
    self.byPlace = byPlace
  }

  private let byFolder: [[String]: [Int]]
  /// Images of a place and of the places in it.
  private let byPlace: [[String]: [Int]]

  func image(of mask: MaskCandidate) -> PairingOutcome {
    let place = mask.naming.place
    let samePlace = (byPlace[place] ?? []).filter { images[$0].naming.place == place }
    for near in [byFolder[mask.naming.folders] ?? [], samePlace] {
      let named = namesakes(of: mask.naming, among: near)
      if !named.isEmpty { return chosen(of: named, for: mask) }
    }
    let patients = images(ofPatientNamedBy: mask.naming)
    return patients.isEmpty ? nearest(to: mask) : chosen(of: patients, for: mask)
  }

  /// Images whose names say that they belong together, by the strictest rule that finds one.
  private func namesakes(of mask: FileNaming, among near: [Int]) -> [Int] {
    let core = mask.coreWords
    let named = near.filter { images[$0].series == nil }
    let equal = named.filter { images[$0].naming.coreWords == core }
    if !equal.isEmpty { return equal }
    // lesion_07 of the image 07 has more words than the image; the image with the most of them is meant.
    let beginnings = named.filter {
      let words = images[$0].naming.coreWords
      return !words.isEmpty && (core.starts(with: words) || core.reversed().starts(with: words.reversed()))
    }
    if let longest = beginnings.map({ images[$0].naming.core.count }).max() {
      return beginnings.filter { images[$0].naming.core.count == longest }
    }
    guard !core.isEmpty else { return [] }
    // nnU-Net: case_0000 with the mask case. BIDS: sub-1_ses-2_T1w with the mask sub-1_ses-2_desc-lesion.
    let continued = named.filter { images[$0].naming.coreWords.starts(with: core) }
    if !continued.isEmpty { return continued }
    return core.first == "sub"
      ? named.filter {
        let entities = images[$0].naming.coreWords.dropLast()
        return entities.count > 1 && core.starts(with: entities)
      } : []
  }

  /// Images of the patient after whom a mask is called that lies in no patient's folder: `masks/07.nrrd` of `images/07`.
  private func images(ofPatientNamedBy mask: FileNaming) -> [Int] {
    guard mask.place.isEmpty, !mask.core.isEmpty else { return [] }
    let core = mask.coreWords
    var (longest, found) = (0, [Int]())
    for position in positions {
      let names = [images[position].naming.place.first, images[position].series?.patient]
      let length =
        names.compactMap { $0.map { NameWords($0).words } }
        .filter { Self.holds(core, $0) }.map(\.count).max() ?? 0
      if length > longest { (longest, found) = (length, []) }
      if length == longest, length > 0 { found.append(position) }
    }
    return found
  }

  private static func holds(_ words: [String], _ part: [String]) -> Bool {
    guard !part.isEmpty, part.count <= words.count else { return false }
    return (0...words.count - part.count).contains { words[$0...].starts(with: part) }
  }

  /// The only image that fits in the mask's folder, else in those above and beside it, up to the patient's.
  private func nearest(to mask: MaskCandidate) -> PairingOutcome {
    if let image = besideKind(mask) { return image }
    var others: [Int] = []
    for length in (0...mask.naming.place.count).reversed() {
      let inside = byPlace[Array(mask.naming.place.prefix(length))] ?? []
      // Above the patients' folders there is no patient, unless there is only one image.
      if length == 0 && inside.count > 1 { break }
      let around = inside.filter { mayBelong(mask.naming, to: images[$0].naming, above: length) }
      let fitting = around.filter { fits(mask, images[$0]) }
      if fitting.count == 1 { return .image(fitting[0]) }
      if fitting.count > 1 { return .none(.ambiguous, Self.severalFit(fitting.count)) }
      if others.isEmpty { others = around }
    }
    return others.isEmpty
      ? .none(
        .maskWithoutImage,
        "no image has its name, or lies alone in its folder; call both alike, as 07.nii.gz and 07_mask.nii.gz"
      )
      : chosen(of: others, for: mask)
  }

  /// The only image of one place below a folder: `image/phantom.nii` of `mask/mask.nii`, whatever lies in other folders.
  private func besideKind(_ mask: MaskCandidate) -> PairingOutcome? {
    let (folders, place) = (mask.naming.folders, mask.naming.place)
    let beside = (byPlace[place] ?? []).filter { images[$0].naming.place == place }
    for length in stride(from: folders.count, to: 0, by: -1) {
      let around = beside.filter {
        let image = images[$0].naming
        return image.folders.starts(with: folders.prefix(length))
          && mayBelong(mask.naming, to: image, above: place.count)
      }
      let fitting = around.filter { fits(mask, images[$0]) }
      if !fitting.isEmpty { return chosen(of: fitting, for: mask) }
    }
    return nil
  }

  /// Whether neither names nor folders speak against it: numbers and modalities that both have, and that differ.
  private func mayBelong(_ mask: FileNaming, to image: FileNaming, above length: Int) -> Bool {
    let (inner, other) = (mask.place.dropFirst(length).first, image.place.dropFirst(length).first)
    if let inner, let other {
      guard length > 0, !Self.differ(NameWords(inner).words, NameWords(other).words) else { return false }
    }
    let (left, right) = (mask.coreWords, image.coreWords)
    if length == 0, !left.isEmpty, !right.isEmpty, Set(left).isDisjoint(with: right) { return false }
    return !Self.differ(left, right)
  }

  /// Whether both have words that identify, and have none in common.
  private static func differ(_ left: [String], _ right: [String]) -> Bool {
    func identifies(_ word: String) -> Bool {
      FileNaming.modalityWords.contains(word) || word.contains(where: \.isNumber)
    }
    return left.contains(where: identifies) && right.contains(where: identifies)
      && Set(left).isDisjoint(with: right)
  }

  private func chosen(of named: [Int], for mask: MaskCandidate) -> PairingOutcome {
    let fitting = named.filter { fits(mask, images[$0]) }
    if fitting.isEmpty {
      let sizes = images[named[0]].sizes
      return .none(
        .otherGrid,
        "it has \(Self.text(mask.sizes)) voxels, and the image that its name and folder speak for "
          + "\(Self.text(sizes)); resample the mask to the image's grid")
    }
    return only(fitting, ambiguity: Self.severalFit(fitting.count), absence: "")
  }

  private func fits(_ mask: MaskCandidate, _ image: ImageCandidate) -> Bool {
    mask.sizes.isEmpty || image.sizes.isEmpty || mask.sizes == image.sizes
  }

  private static func severalFit(_ count: Int) -> String {
    "\(count) images fit it by name or folder, and by size; call the mask after its image, or write the row by hand"
  }

  private static func text(_ sizes: [Int]) -> String { sizes.map(String.init).joined(separator: " × ") }
}
