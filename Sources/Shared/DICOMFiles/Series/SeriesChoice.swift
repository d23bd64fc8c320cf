/// Which series is meant, where a folder holds several.
public enum SeriesChoice: Sendable, Hashable {
  /// The only one there is; several are refused with their list.
  case only
  /// The one with this Series Instance UID.
  case uid(String)
  /// The one whose Series Instance UID is among these: those that a mask names.
  case referenced(by: [String])
}

/// What is known of a series before its pixels are read; holds nothing of the patient.
public struct DICOMSeriesSummary: Sendable, Hashable {
  /// Series Instance UID.
  public let uid: String
  /// Study Instance UID; empty where the files say none.
  public let studyUID: String
  /// Modality, such as `CT`; `??` where the files say none.
  public let modality: String
  /// Number of files.
  public let fileCount: Int
  /// Whether its files have pixels of an image: structure sets, segmentations, doses and reports are none.
  public let isImage: Bool
}
