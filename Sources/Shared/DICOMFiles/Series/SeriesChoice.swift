/// Which series is meant, where a folder holds several.
public enum SeriesChoice: Sendable, Hashable {
  /// The only one there is; several are refused with their list.
  case only
  /// The one with this Series Instance UID.
  case uid(String)
  /// The one whose Series Instance UID is among these: those that a mask names. Where there is one series alone it is taken: copies
  /// and anonymised images have new UIDs, and whether image and mask fit is for their grids to say.
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
  /// Pixels of a row and rows of its first picture; `nil` where it has none.
  public let size: SIMD2<Int>?
}

extension DICOMSeriesSummary: CustomStringConvertible {
  /// What it is, without its UID, which would tell whose it is: `CT, 80 files of 512 × 512`.
  public var description: String {
    // A modality is a code of letters (PS3.5, CS); whatever else a file has there is not repeated.
    let isCode = modality.utf8.count <= 16 && modality.utf8.allSatisfy { (65...90).contains($0) }
    return "\(isCode ? modality : "??"), \(fileCount) file\(fileCount == 1 ? "" : "s")"
      + (size.map { " of \($0.x) × \($0.y)" } ?? "")
  }
}
