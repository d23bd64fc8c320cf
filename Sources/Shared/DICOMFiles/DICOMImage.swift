import Volumes

/// An image of a DICOM series, with what its files say of it.
public struct DICOMImage: Sendable {
  /// Values on their grid, in LPS coordinates, with the number type that SimpleITK gives.
  public let volume: Volume
  /// How the image was made.
  public let facts: DICOMFacts
  /// What a reader of results should know, one sentence each; names no file and nothing of the patient.
  public let warnings: [String]
}
