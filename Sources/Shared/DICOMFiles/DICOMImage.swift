import Volumes

/// An image of a DICOM series, with what its files say of it.
public struct DICOMImage: Sendable {
  /// The voxels on their grid, in LPS coordinates, with the number type that SimpleITK gives; they become `Double` where they are asked
  /// for, and stay in the memory of their files until then.
  public let stored: StoredVolume
  /// How the image was made.
  public let facts: DICOMFacts
  /// What a reader of results should know, one sentence each; names no file and nothing of the patient.
  public let warnings: [String]

  /// All values as `Double`. They are converted once, and stay.
  public var volume: Volume { stored.volume }
}
