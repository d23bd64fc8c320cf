import ImageFiles

/// One picture of a segmentation.
struct SegmentationFrame: Sendable {
  /// Its place among the frames of the file.
  var index: Int
  /// The segment that it shows; `nil` for a picture of all, whose pixels are their numbers.
  var segment: Int?
  /// Centre of the first pixel, in millimetres.
  var position: SIMD3<Double>
  /// Cosines of a row and of a column.
  var orientation: [Double]
  /// Distance of pixels from row to row and from column to column, in millimetres.
  var pixelSpacing: [Double]
  /// Which slice of the grid it is.
  var slice = 0

  /// - Throws: `badHeader`, `unsupported`, `segmentEmpty`, `truncated`.
  static func all(
    of file: DICOMDataSet, kind: Segmentation.Kind
  ) throws(ImageFileError) -> [SegmentationFrame] {
    let groups = try file.items(.perFrameFunctionalGroupsSequence)
    let count = file.integer(.numberOfFrames) ?? groups.count
    guard !groups.isEmpty else {
      throw ImageFileError(.segmentEmpty, "the segmentation has no frame: it is empty; draw the region")
    }
    guard count == groups.count else {
      throw ImageFileError(
        .badHeader,
        "the segmentation has \(count) frames, but describes \(groups.count); export it again")
    }
    let shared = try file.item(.sharedFunctionalGroupsSequence)
    var frames: [SegmentationFrame] = []
    for (index, own) in groups.enumerated() {
      frames.append(try SegmentationFrame(index, own: own, shared: shared, kind: kind))
    }
    return frames
  }

  private init(
    _ index: Int, own: DICOMDataSet, shared: DICOMDataSet?, kind: Segmentation.Kind
  ) throws(ImageFileError) {
    func group(_ tag: DICOMTag) throws(ImageFileError) -> DICOMDataSet? {
      if let item = try own.item(tag) { return item }
      return try shared?.item(tag)
    }
    self.index = index
    segment =
      kind == .labels ? nil : try group(.segmentIdentificationSequence)?.integer(.referencedSegmentNumber)
    guard kind == .labels || segment != nil else {
      throw ImageFileError(
        .badHeader, "frame \(index + 1) of the segmentation does not say which segment it shows")
    }
    let position = try group(.planePositionSequence)?.numbers(.imagePositionPatient) ?? []
    let orientation = try group(.planeOrientationSequence)?.numbers(.imageOrientationPatient) ?? []
    let spacing = try group(.pixelMeasuresSequence)?.numbers(.pixelSpacing) ?? []
    guard position.count == 3, orientation.count == 6, spacing.count == 2 else {
      throw ImageFileError(
        .unsupported,
        "frame \(index + 1) of the segmentation does not say where in the patient it lies (position, orientation, "
          + "spacing); save the mask as NIfTI or NRRD")
    }
    self.position = SIMD3(position[0], position[1], position[2])
    (self.orientation, pixelSpacing) = (orientation, spacing)
  }
}

extension DICOMDataSet {
  /// Distance of the slices of a segmentation as its header has it, and their thickness.
  /// - Throws: `truncated`.
  func sliceMeasures() throws(ImageFileError) -> (distance: Double?, thickness: Double?) {
    let shared = try item(.sharedFunctionalGroupsSequence)?.item(.pixelMeasuresSequence)
    let own = try items(.perFrameFunctionalGroupsSequence).first?.item(.pixelMeasuresSequence)
    func number(_ tag: DICOMTag) -> Double? {
      (shared?.number(tag) ?? own?.number(tag)).flatMap { $0 > 0 ? $0 : nil }
    }
    return (number(.spacingBetweenSlices), number(.sliceThickness))
  }
}
