import Cancellation
import Foundation
import ImageFiles
import ImageFilters

extension ResponseMaps {
  /// What became of an image.
  package enum Written: Sendable {
    /// The name of its file.
    case file(String)
    /// The filter does not apply.
    case skipped(name: String, reason: String)
  }

  /// Writes every image as `NAME.nii.gz` into a folder that is there.
  /// - Parameter told: hears of each as it was written.
  /// - Throws: `StudyTaskError` for what is wrong with the region or a filter; `ImageFileError` where a file cannot be written;
  ///   whatever `told` throws.
  package func write(
    of files: RegionFiles, to folder: URL, _ cancellation: CancellationToken = CancellationToken(),
    _ told: (Written) throws -> Void
  ) throws {
    try forEach(of: files, cancellation) { derived in
      switch derived.content {
      case .image(let image):
        let file = "\(derived.name).nii.gz"
        try writeVolume(image, to: folder.appendingPathComponent(file))
        try told(.file(file))
      case .skipped(let reason): try told(.skipped(name: derived.name, reason: reason))
      }
    }
  }
}
