import Digests
import Foundation

/// The bytes of an image as they lie on disk, read once, so that they can be hashed and decoded alike.
///
/// All formats but a detached NRRD header (`.nhdr`) are one file; there the data file follows in
/// `attachment`.
public struct ImageFileContents: Sendable {
  /// What messages call the image.
  public let name: String
  /// The file, or the header where the data lie in a file of their own.
  public let bytes: [UInt8]
  /// The file that a detached NRRD header names; `nil` for all other images.
  public let attachment: [UInt8]?

  /// An image in memory.
  public init(name: String, bytes: [UInt8], attachment: [UInt8]? = nil) {
    self.name = name
    self.bytes = bytes
    self.attachment = attachment
  }

  /// Reads an image file, and the data file beside it if it is a detached NRRD header.
  /// - Parameters:
  ///   - url: the file.
  ///   - name: what messages call the image; the last path component unless given.
  ///   - limits: how large a file may be.
  /// - Throws: `ImageFileError`: `notFound`, `unreadable`, `tooLarge`, and `badHeader` for an NRRD header
  ///   that cannot be understood.
  public init(
    at url: URL, name: String? = nil, limits: ImageReadLimits = ImageReadLimits()
  ) throws(ImageFileError) {
    let name = name ?? url.lastPathComponent
    do throws(ImageFileError) {
      let bytes = try readFile(path: url.path, limit: limits.fileBytes)
      var attachment: [UInt8]?
      if ImageFormat.isNRRD(bytes), let file = try NRRDHeader(bytes).dataFile {
        let beside = url.deletingLastPathComponent().appendingPathComponent(file)
        attachment = try Self.attachment(at: beside, limits: limits)
      }
      self.init(name: name, bytes: bytes, attachment: attachment)
    } catch {
      throw error.naming(name)
    }
  }

  /// The data file that a detached NRRD header names, relative to the header's folder; nil for what is no such header.
  package static func dataFile(namedBy header: URL) -> String? {
    // Larger than any header that has its data elsewhere, in bytes.
    let limit = 1 << 20
    guard let bytes = try? readFile(path: header.path, limit: limit), ImageFormat.isNRRD(bytes) else {
      return nil
    }
    // What is wrong with it is told when it is read.
    return try? NRRDHeader(bytes).dataFile
  }

  private static func attachment(
    at url: URL, limits: ImageReadLimits
  ) throws(ImageFileError) -> [UInt8] {
    do throws(ImageFileError) {
      return try readFile(path: url.path, limit: limits.fileBytes)
    } catch {
      throw ImageFileError(error.code, "the data file that the NRRD header names: \(error.message)")
    }
  }

  /// SHA-256 of the file, and of the data file of a detached header after it: 32 bytes.
  package var sha256: [UInt8] {
    var digest = Digest(.sha256)
    digest.update(bytes)
    if let attachment { digest.update(attachment) }
    return digest.finalize()
  }
}
