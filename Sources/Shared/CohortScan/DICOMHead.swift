import DICOMFiles
import ImageFiles

/// What a mask of DICOM says of the images that it was drawn on.
struct MaskReferences: Equatable, Sendable {
  /// Series Instance UIDs.
  var series: Set<String> = []
  /// SOP Instance UIDs.
  var instances: Set<String> = []
  /// Frame of Reference UIDs.
  var frames: Set<String> = []

  /// Whether images are named, not only the room that they lie in.
  var nameImages: Bool { !series.isEmpty || !instances.isEmpty }
}

/// What the header of one DICOM file says of what it is and whom it belongs to.
struct DICOMHead: Equatable, Sendable {
  enum Content: Equatable, Sendable {
    case image(columns: Int, rows: Int, frames: Int)
    case mask(MaskReferences, segments: [NamedSegment], empty: Set<Int>)
    /// The index of a medium.
    case directory
    /// Plans, doses, reports and the like.
    case other
  }

  var content: Content
  var patient: String
  var study: String
  var series: String
  var instance: String
  var frame: String
  /// Whether it only shows where others lie (PS3.3, C.7.6.1.1.2 and its like of each modality).
  var isLocalizer: Bool

  /// Modalities whose pixels are no image to compute features of.
  private static let derived: Set<String> = [
    "SEG", "RTDOSE", "PR", "KO", "SR", "REG", "RTSTRUCT", "RTPLAN", "M3D",
  ]
  private static let structureSet = "1.2.840.10008.5.1.4.1.1.481.3"
  /// Of bits or fractions, and of labels.
  private static let segmentations = ["1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7"]

  private init(_ content: Content, of data: DICOMDataSet) {
    self.content = content
    patient = data.string(.patientID) ?? ""
    study = data.string(.studyInstanceUID) ?? ""
    series = data.string(.seriesInstanceUID) ?? ""
    instance = data.string(.sopInstanceUID) ?? ""
    frame = data.string(.frameOfReferenceUID) ?? ""
    isLocalizer = data.strings(.imageType).contains("LOCALIZER")
  }

  /// - Parameter source: the file; masks are read further than images.
  /// - Returns: `nil` for what only looks like DICOM.
  /// - Throws: `ImageFileError` for a damaged file.
  init?(_ source: inout HeadSource) throws(ImageFileError) {
    let beforeWindow = DICOMTag(0x0028, 0x0012)
    let data = try source.dataSet(before: beforeWindow) { $0.contains(.rows) }
    let kind = data.string(.sopClassUID)
    if data.contains(.directoryRecordSequence) {
      self.init(.directory, of: data)
    } else if kind == Self.structureSet || data.string(.modality) == "RTSTRUCT" {
      self.init(try Self.structures(try source.dataSet(before: nil) { _ in true }), of: data)
    } else if Self.segmentations.contains(kind ?? "") {
      self.init(
        try Self.segments(
          try source.dataSet(before: .pixelData) { $0.contains(.perFrameFunctionalGroupsSequence) }), of: data
      )
    } else if data.string(.sopInstanceUID) == nil && data.string(.seriesInstanceUID) == nil {
      return nil
    } else {
      self.init(Self.image(data), of: data)
    }
  }

  private static func image(_ data: DICOMDataSet) -> Content {
    guard let rows = data.integer(.rows), let columns = data.integer(.columns), rows > 0, columns > 0,
      !derived.contains(data.string(.modality) ?? "")
    else { return .other }
    return .image(columns: columns, rows: rows, frames: max(data.integer(.numberOfFrames) ?? 1, 1))
  }

  /// A structure set: PS3.3, C.8.8.5 and C.8.8.6.
  private static func structures(_ data: DICOMDataSet) throws(ImageFileError) -> Content {
    var references = MaskReferences()
    for frame in try data.items(.referencedFrameOfReferenceSequence) {
      if let uid = frame.string(.frameOfReferenceUID) { references.frames.insert(uid) }
      for study in try frame.items(.rtReferencedStudySequence) {
        for series in try study.items(.rtReferencedSeriesSequence) {
          if let uid = series.string(.seriesInstanceUID) { references.series.insert(uid) }
          try references.add(instancesOf: series.items(.contourImageSequence))
        }
      }
    }
    var drawn: Set<Int> = []
    for region in try data.items(.roiContourSequence) {
      for contour in try region.items(.contourSequence) {
        if let number = region.integer(.referencedROINumber) { drawn.insert(number) }
        try references.add(instancesOf: contour.items(.contourImageSequence))
      }
    }
    var segments: [NamedSegment] = []
    for region in try data.items(.structureSetROISequence) {
      if let uid = region.string(.referencedFrameOfReferenceUID) { references.frames.insert(uid) }
      guard let number = region.integer(.roiNumber) else { continue }
      segments.append(NamedSegment(number: number, name: region.string(.roiName) ?? ""))
    }
    return .mask(references, segments: segments, empty: Set(segments.map(\.number)).subtracting(drawn))
  }

  /// A segmentation: PS3.3, C.8.20.2.
  private static func segments(_ data: DICOMDataSet) throws(ImageFileError) -> Content {
    var references = MaskReferences()
    if let uid = data.string(.frameOfReferenceUID) { references.frames.insert(uid) }
    for series in try data.items(.referencedSeriesSequence) {
      if let uid = series.string(.seriesInstanceUID) { references.series.insert(uid) }
      try references.add(instancesOf: series.items(.referencedInstanceSequence))
    }
    for frame in try data.items(.perFrameFunctionalGroupsSequence) {
      for derivation in try frame.items(.derivationImageSequence) {
        try references.add(instancesOf: derivation.items(.sourceImageSequence))
      }
    }
    var segments: [NamedSegment] = []
    for segment in try data.items(.segmentSequence) {
      guard let number = segment.integer(.segmentNumber) else { continue }
      segments.append(NamedSegment(number: number, name: segment.string(.segmentLabel) ?? ""))
    }
    return .mask(references, segments: segments, empty: [])
  }
}

extension MaskReferences {
  fileprivate mutating func add(instancesOf items: [DICOMDataSet]) {
    for item in items { if let uid = item.string(.referencedSOPInstanceUID) { instances.insert(uid) } }
  }
}

// Keywords of PS3.6.
extension DICOMTag {
  fileprivate static let directoryRecordSequence = DICOMTag(0x0004, 0x1220)
  fileprivate static let patientID = DICOMTag(0x0010, 0x0020)
  fileprivate static let referencedFrameOfReferenceSequence = DICOMTag(0x3006, 0x0010)
  fileprivate static let rtReferencedStudySequence = DICOMTag(0x3006, 0x0012)
  fileprivate static let rtReferencedSeriesSequence = DICOMTag(0x3006, 0x0014)
  fileprivate static let contourImageSequence = DICOMTag(0x3006, 0x0016)
  fileprivate static let structureSetROISequence = DICOMTag(0x3006, 0x0020)
  fileprivate static let roiNumber = DICOMTag(0x3006, 0x0022)
  fileprivate static let referencedFrameOfReferenceUID = DICOMTag(0x3006, 0x0024)
  fileprivate static let roiName = DICOMTag(0x3006, 0x0026)
  fileprivate static let roiContourSequence = DICOMTag(0x3006, 0x0039)
  fileprivate static let contourSequence = DICOMTag(0x3006, 0x0040)
  fileprivate static let referencedROINumber = DICOMTag(0x3006, 0x0084)
  fileprivate static let referencedSeriesSequence = DICOMTag(0x0008, 0x1115)
  fileprivate static let referencedInstanceSequence = DICOMTag(0x0008, 0x114A)
  fileprivate static let derivationImageSequence = DICOMTag(0x0008, 0x9124)
  fileprivate static let sourceImageSequence = DICOMTag(0x0008, 0x2112)
  fileprivate static let segmentSequence = DICOMTag(0x0062, 0x0002)
  fileprivate static let segmentNumber = DICOMTag(0x0062, 0x0004)
  fileprivate static let segmentLabel = DICOMTag(0x0062, 0x0005)
}
