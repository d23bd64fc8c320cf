/// The image formats that are read, told apart by their content and not by their name.
enum ImageFormat {
  case png, nrrd, metaImage, nifti

  /// - Throws: `truncated` for an empty file, `unsupported` for a format that is known but not read,
  ///   `notAnImage` for anything else; both say how to convert it.
  init(of bytes: [UInt8]) throws(ImageFileError) {
    guard !bytes.isEmpty else {
      throw ImageFileError(.truncated, "the file is empty; copy it again from its source")
    }
    if bytes.starts(with: PNGChunks.signature) {
      self = .png
    } else if Self.isNRRD(bytes) {
      self = .nrrd
    } else if MetaImageFields.begin(bytes) {
      self = .metaImage
    } else if isGzip(bytes) || NIfTIHeader.version(of: bytes) != nil {
      self = .nifti
    } else {
      throw Self.refusal(of: bytes)
    }
  }

  /// Whether the bytes begin as every NRRD header does.
  static func isNRRD(_ bytes: [UInt8]) -> Bool { bytes.starts(with: "NRRD".utf8) }

  private static func refusal(of bytes: [UInt8]) -> ImageFileError {
    func holds(_ text: String, at offset: Int = 0) -> Bool { bytes.dropFirst(offset).starts(with: text.utf8) }
    if holds("DICM", at: 128) {
      return ImageFileError(
        .unsupported, "this is a DICOM file; convert the series to NIfTI first (dcm2niix does it)")
    }
    if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
      return ImageFileError(
        .unsupported, "this is a JPEG, whose compression alters textures; use the original PNG or volume")
    }
    if holds("II*\0") || holds("MM\0*") {
      return ImageFileError(.unsupported, "this is a TIFF; save it as PNG (2D) or NIfTI (3D)")
    }
    if holds("version https://git-lfs") {
      return ImageFileError(.notAnImage, "this is a Git LFS pointer, not the image; run git lfs pull")
    }
    if holds("IHDR", at: 12) || holds("PNG", at: 1) {
      return ImageFileError(
        .corrupt, "this looks like a PNG with a damaged signature (copied as text?); copy it again as binary")
    }
    if holds("PK") {
      return ImageFileError(.notAnImage, "this is a zip archive; unpack it and give what is in it")
    }
    return ImageFileError(
      .notAnImage,
      "this is none of NIfTI, NRRD, MetaImage, PNG and DICOM; check that it is the image, and give the header where voxels lie "
        + "in a file of their own (.mhd, .nhdr, .hdr)")
  }
}
