/// Finds the series that a structure set or segmentation of DICOM was drawn on.
///
/// What the mask names counts: the series, else the images in them. Only where it names neither is its frame of reference
/// looked at, then its study, then its patient; where several series fit, none is taken. A mask whose image is not here is not
/// given to another series of the same room: PET and CT of one examination have one frame of reference.
struct ReferencePairing {
  private let images: [ImageCandidate]
  private var bySeries: [String: [Int]] = [:]
  private var byInstance: [String: Int] = [:]
  private var byPatient: [String: [Int]] = [:]
  private var byStudy: [String: [Int]] = [:]
  private var byFrame: [String: [Int]] = [:]

  /// - Parameters:
  ///   - images: all images.
  ///   - positions: those of one site.
  init(_ images: [ImageCandidate], among positions: [Int]) {
    self.images = images
    for position in positions {
      guard let series = images[position].series else { continue }
      bySeries[series.uid, default: []].append(position)
      for instance in series.instances { byInstance[instance] = position }
      if !series.patient.isEmpty { byPatient[series.patient, default: []].append(position) }
      if !series.study.isEmpty { byStudy[series.study, default: []].append(position) }
      if !series.frame.isEmpty { byFrame[series.frame, default: []].append(position) }
    }
  }

  func image(of mask: MaskCandidate.DICOM) -> PairingOutcome {
    let references = mask.references
    if references.nameImages { return inFrame(of: references, named(references)) }
    if !references.frames.isEmpty {
      return only(
        positions(of: references.frames, in: byFrame),
        ambiguity:
          "it names no series, and several have its frame of reference; keep the one that it was drawn on",
        absence: "no image has its frame of reference; add the series that it was drawn on")
    }
    for found in [byStudy[mask.study] ?? [], byPatient[mask.patient] ?? []] where !found.isEmpty {
      return only(
        found,
        ambiguity:
          "it names no image, and its patient has \(found.count) series; keep the one that it was drawn on",
        absence: "")
    }
    return .none(
      .maskWithoutImage, "it names no image, and no series is of its study or patient; add the series")
  }

  private func named(_ references: MaskReferences) -> PairingOutcome {
    let drawn = Set(references.instances.compactMap { byInstance[$0] })
    // The images say more than the series, of which a mask may name several.
    if drawn.count == 1, let image = drawn.first { return .image(image) }
    let found = positions(of: references.series, in: bySeries)
    return only(
      drawn.isEmpty ? found : drawn.sorted(),
      ambiguity:
        "it was drawn on several of the series that are here; keep one of them, or write the row by hand",
      absence: "the series that it was drawn on is not here; add it to the scanned folders")
  }

  /// Refused where the image lies in another room than the mask: its voxels would be elsewhere in the patient.
  private func inFrame(of references: MaskReferences, _ outcome: PairingOutcome) -> PairingOutcome {
    guard case .image(let position) = outcome, let frame = images[position].series?.frame, !frame.isEmpty,
      !references.frames.isEmpty, !references.frames.contains(frame)
    else { return outcome }
    return .none(
      .otherFrame,
      "its frame of reference is not that of the image that it names; give the image that it was drawn on, or register "
        + "them first")
  }

  private func positions(of uids: Set<String>, in index: [String: [Int]]) -> [Int] {
    Set(uids.flatMap { index[$0] ?? [] }).sorted()
  }
}
