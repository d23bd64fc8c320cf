import Digests
import Foundation
import Volumes

/// Reads an image from a file: NIfTI-1 and -2 (`.nii`, `.nii.gz`, `.hdr` with `.img`), NRRD (`.nrrd`, `.nhdr`), MetaImage
/// (`.mha`, `.mhd`), PNG.
///
/// The format is told by the content. Geometry is in millimetres in DICOM's LPS coordinates and voxel values
/// are those SimpleITK reports, with its sample type. A colour PNG becomes luminance (`luminance(of:)`).
/// - Throws: `ImageFileError`, naming the last path component.
public func readVolume(
  at url: URL, limits: ImageReadLimits = ImageReadLimits()
) throws(ImageFileError) -> Volume {
  try readVolume(ImageFileContents(at: url, limits: limits), limits: limits)
}

/// Reads an image from the bytes of its file. One of several files needs `ImageFileContents`.
/// - Parameters:
///   - bytes: the whole file.
///   - name: what messages call the image.
///   - limits: how large an image may be.
/// - Throws: `ImageFileError`, naming the image.
public func readVolume(
  bytes: [UInt8], name: String, limits: ImageReadLimits = ImageReadLimits()
) throws(ImageFileError) -> Volume {
  try readVolume(ImageFileContents(name: name, bytes: bytes), limits: limits)
}

/// Reads an image from contents that are already in memory.
/// - Throws: `ImageFileError`, naming the image.
public func readVolume(
  _ contents: ImageFileContents, limits: ImageReadLimits = ImageReadLimits()
) throws(ImageFileError) -> Volume {
  try readStoredVolume(contents, limits: limits).volume
}

/// Reads an image whose voxels become `Double` where they are asked for.
/// - Throws: as `readVolume(_:limits:)`, naming the image.
public func readStoredVolume(
  _ contents: ImageFileContents, limits: ImageReadLimits = ImageReadLimits()
) throws(ImageFileError) -> StoredVolume {
  do throws(ImageFileError) {
    switch try ImageFormat(of: contents.bytes) {
    case .png: return StoredVolume(try PNGRaster(contents.bytes, limits: limits).luminanceVolume())
    case .nrrd: return try readNRRD(contents, limits: limits).image()
    case .metaImage: return try readMetaImage(contents, limits: limits).image()
    case .nifti: return try readNIfTI(contents, limits: limits).image()
    }
  } catch {
    throw error.naming(contents.name)
  }
}

/// The bytes of an image as they lie on disk, read once, so that they can be hashed and decoded alike.
///
/// Most images are one file. Of a detached NRRD header (`.nhdr`), a MetaImage header (`.mhd`) and a two-file NIfTI (`.hdr` and
/// `.img`) the file with the voxels is the `attachment`.
public struct ImageFileContents: Sendable {
  /// What messages call the image.
  public let name: String
  /// The file, or the header where the data lie in a file of their own.
  public let bytes: [UInt8]
  /// The file with the voxels where the header lies alone; `nil` for all other images.
  public let attachment: [UInt8]?

  /// An image in memory.
  public init(name: String, bytes: [UInt8], attachment: [UInt8]? = nil) {
    self.name = name
    self.bytes = bytes
    self.attachment = attachment
  }

  /// Reads an image file, and the file beside it that it needs: the data of a header, or the header of an `.img`.
  /// - Parameters:
  ///   - url: the file.
  ///   - name: what messages call the image; the last path component unless given.
  ///   - limits: how large a file may be.
  /// - Throws: `ImageFileError`: `notFound`, `unreadable`, `tooLarge`, and `badHeader` for a header that names a data file and
  ///   cannot be understood.
  public init(
    at url: URL, name: String? = nil, limits: ImageReadLimits = ImageReadLimits()
  ) throws(ImageFileError) {
    let name = name ?? url.lastPathComponent
    do throws(ImageFileError) {
      let bytes = try readFile(path: url.path, limit: limits.fileBytes)
      if let header = NIfTIPair.header(ofVoxels: bytes, at: url) {
        let header = try readFile(path: header.path, limit: limits.fileBytes)
        self.init(name: name, bytes: header, attachment: bytes)
        return
      }
      var attachment: [UInt8]?
      if let file = try Self.dataFile(of: bytes, at: url) {
        let beside = url.deletingLastPathComponent().appendingPathComponent(file)
        attachment = try Self.attachment(at: beside, limits: limits)
      }
      self.init(name: name, bytes: bytes, attachment: attachment)
    } catch {
      throw error.naming(name)
    }
  }

  /// The file that belongs to one file of an image, relative to its folder: the data of a detached header, the header of an
  /// `.img`; nil for what is whole.
  package static func dataFile(namedBy file: URL) -> String? {
    if NIfTIPair.isVoxels(file) {
      // An image of one file may be called so, too.
      let start = try? readFile(path: file.path, limit: .max, beginning: 4)
      let isWhole = start.map { NIfTIHeader.version(of: $0) != nil } ?? true
      return isWhole ? nil : NIfTIPair.partners(of: file.lastPathComponent).first
    }
    // Larger than any header that has its data elsewhere, in bytes.
    let limit = 1 << 20
    guard let bytes = try? readFile(path: file.path, limit: limit) else { return nil }
    // What is wrong with it is told when it is read.
    return try? dataFile(of: bytes, at: file)
  }

  /// The data file of a header that lies alone, relative to its folder.
  private static func dataFile(of bytes: [UInt8], at url: URL) throws(ImageFileError) -> String? {
    if ImageFormat.isNRRD(bytes) { return try NRRDHeader(bytes).dataFile }
    if MetaImageFields.begin(bytes) { return try MetaImageHeader(bytes).dataFile }
    return NIfTIPair.voxels(ofHeader: bytes, at: url)
  }

  private static func attachment(
    at url: URL, limits: ImageReadLimits
  ) throws(ImageFileError) -> [UInt8] {
    do throws(ImageFileError) {
      return try readFile(path: url.path, limit: limits.fileBytes)
    } catch {
      throw ImageFileError(error.code, "the data file of the header: \(error.message)")
    }
  }

  /// Whether the content is of a format that is read here, as far as its beginning tells.
  package var hasImageFormat: Bool { (try? ImageFormat(of: bytes)) != nil }

  /// Whether this is a PNG whose pixels have three channels, or a palette; readers make one value a pixel of them.
  /// - Throws: `truncated`, `badHeader`, `corrupt` of a PNG that cannot be read.
  package func isColourPicture() throws(ImageFileError) -> Bool {
    guard bytes.starts(with: PNGChunks.signature) else { return false }
    return [.rgb, .palette, .rgbAlpha].contains(try PNGChunks(bytes).colourType)
  }

  /// SHA-256 of the file, and of the data file of a header after it: 32 bytes.
  package var sha256: [UInt8] {
    var digest = Digest(.sha256)
    digest.update(bytes)
    if let attachment { digest.update(attachment) }
    return digest.finalize()
  }
}
