import ImageFiles

/// Regions of a DICOM structure set (RTSTRUCT): closed lines in planes.
struct StructureSet: Sendable {
  /// One region, as the file names it.
  struct Region: Sendable {
    let number: Int
    let name: String
    /// UID of the coordinates of its contours; `nil` where the file says none.
    let frameOfReference: String?
  }

  static let sopClass = "1.2.840.10008.5.1.4.1.1.481.3"

  let regions: [Region]
  /// Series Instance UIDs of the images that it was drawn on.
  let referencedSeries: [String]
  private let file: DICOMDataSet

  /// - Throws: `badHeader` for a region without a number, or two with one; `truncated`.
  init(_ file: DICOMDataSet) throws(ImageFileError) {
    self.file = file
    let frames = try file.items(.referencedFrameOfReferenceSequence)
    var series: [String] = []
    for frame in frames {
      for study in try frame.items(.rtReferencedStudySequence) {
        series += try study.items(.rtReferencedSeriesSequence).compactMap { $0.string(.seriesInstanceUID) }
      }
    }
    referencedSeries = series
    let onlyFrame = frames.count == 1 ? frames[0].string(.frameOfReferenceUID) : nil
    var regions: [Region] = []
    for item in try file.items(.structureSetROISequence) {
      guard let number = item.integer(.roiNumber), !regions.contains(where: { $0.number == number }) else {
        throw ImageFileError(
          .badHeader, "a region of the structure set has no number, or that of another; export it again")
      }
      regions.append(
        Region(
          number: number, name: item.string(.roiName) ?? "",
          frameOfReference: item.string(.referencedFrameOfReferenceUID) ?? onlyFrame))
    }
    self.regions = regions
  }

  /// What is drawn of a region.
  struct Drawing {
    /// Corners of each closed line, in millimetres.
    var contours: [[SIMD3<Double>]] = []
    /// Lines of fewer than three points.
    var degenerate = 0
    /// Points and open lines, which enclose nothing.
    var open = 0
  }

  /// - Throws: `badHeader` for coordinates that are no numbers, or not three a point; `truncated`.
  func drawing(of region: Region) throws(ImageFileError) -> Drawing {
    var drawing = Drawing()
    for group in try file.items(.roiContourSequence)
    where group.integer(.referencedROINumber) == region.number {
      for contour in try group.items(.contourSequence) {
        try drawing.add(contour)
      }
    }
    return drawing
  }
}

extension StructureSet.Drawing {
  fileprivate mutating func add(_ contour: DICOMDataSet) throws(ImageFileError) {
    let kind = contour.string(.contourGeometricType) ?? "CLOSED_PLANAR"
    guard kind == "CLOSED_PLANAR" || kind == "CLOSEDPLANAR_XOR" else {
      open += 1
      return
    }
    let numbers = contour.numbers(.contourData)
    let isThere = contour.bytes(.contourData).map { !$0.isEmpty } ?? false
    guard numbers.count.isMultiple(of: 3), !isThere || !numbers.isEmpty else {
      throw ImageFileError(
        .badHeader,
        "a contour's coordinates are not three numbers for each point; export the structure set again")
    }
    let points = stride(from: 0, to: numbers.count, by: 3).map {
      SIMD3(numbers[$0], numbers[$0 + 1], numbers[$0 + 2])
    }
    if let promised = contour.integer(.numberOfContourPoints), promised != points.count {
      throw ImageFileError(
        .badHeader,
        "a contour promises \(promised) points and has \(points.count); export the structure set again")
    }
    if points.count < 3 { degenerate += 1 } else { contours.append(points) }
  }
}
