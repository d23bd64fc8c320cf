import Digests
import Foundation
import ImageFiles
import StudyPlan
import Volumes

/// The files of one region of interest: read once, hashed, then decoded.
package struct RegionFiles: Sendable {
  private let image: ImageFileContents
  private let mask: ImageFileContents
  let label: UInt32
  /// SHA-256 of the image's file (and of the data file of a detached header).
  package let imageSHA256: [UInt8]
  package let maskSHA256: [UInt8]

  /// Reads both files below a worker's root.
  package init(_ payload: ExtractPayload, below root: URL) throws(StudyTaskError) {
    try self.init(
      image: root.appendingPathComponent(payload.image), mask: root.appendingPathComponent(payload.mask),
      label: payload.label)
  }

  /// Reads both files. Messages call them "image" and "mask", whatever their paths.
  package init(image imageURL: URL, mask maskURL: URL, label: UInt32) throws(StudyTaskError) {
    image = try Self.read(imageURL, as: "image")
    mask = try Self.read(maskURL, as: "mask")
    self.label = label
    imageSHA256 = Self.digest(of: image)
    maskSHA256 = Self.digest(of: mask)
  }

  private static func read(_ url: URL, as name: String) throws(StudyTaskError) -> ImageFileContents {
    do throws(ImageFileError) {
      return try ImageFileContents(at: url, name: name)
    } catch {
      throw StudyTaskError(error)
    }
  }

  private static func digest(of contents: ImageFileContents) -> [UInt8] {
    var digest = Digest(.sha256)
    digest.update(contents.bytes)
    if let attachment = contents.attachment { digest.update(attachment) }
    return digest.finalize()
  }

  /// Digest of an image or mask file as feature keys use it; nil where this machine cannot read the file.
  package static func digest(ofFileAt url: URL) -> [UInt8]? {
    // A file that cannot be read here is the worker's business; the submission goes on without its digest.
    guard let contents = try? ImageFileContents(at: url) else { return nil }
    return digest(of: contents)
  }

  /// Decodes image and labels.
  func decoded(labelChannel: Int) throws(ImageFileError) -> (Volume, LabelMap) {
    (try readVolume(image), try readLabelMap(mask, channel: labelChannel))
  }
}
