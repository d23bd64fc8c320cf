import ImageFiles

/// An image that a mask may belong to: a file, or a series of DICOM files.
struct ImageCandidate: Equatable, Sendable {
  struct Series: Equatable, Sendable {
    var uid: String
    var study: String
    var patient: String
    var frame: String
    /// Whether it only shows where other images lie.
    var isLocalizer: Bool
    /// SOP Instance UIDs.
    var instances: Set<String>
  }

  /// Position of the scanned folder.
  var folder: Int
  /// Relative to the scanned folder; empty for that folder itself.
  var path: String
  var naming: FileNaming
  /// Sizes of its grid; empty where its header does not tell.
  var sizes: [Int]
  /// `nil` for the formats of researchers.
  var series: Series?
  /// Whether its folder holds other series too, so that the path does not say which one is meant.
  var sharesFolder = false
}

/// A file with regions.
struct MaskCandidate: Equatable, Sendable {
  struct DICOM: Equatable, Sendable {
    var references: MaskReferences
    var study: String
    var patient: String
    var instance: String
  }

  var folder: Int
  var path: String
  var naming: FileNaming
  /// Sizes of its grid; empty for DICOM's, whose grid need not be the image's.
  var sizes: [Int]
  /// Regions that it names; empty where numbers tell them apart.
  var segments: [NamedSegment]
  /// Numbers of segments that nothing was drawn of.
  var emptySegments: Set<Int> = []
  /// `nil` for the formats of researchers.
  var dicom: DICOM?
}

/// What the folders hold.
struct FoundFiles: Sendable {
  var images: [ImageCandidate] = []
  var masks: [MaskCandidate] = []
  var findings: [ScanFinding] = []
  /// Files that are neither image nor mask.
  var others = 0
}
