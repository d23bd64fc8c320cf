import DICOMFiles
import ImageFiles

/// The beginning of a file, of which more is read when it is asked for.
struct HeadSource {
  /// Bytes in which most headers lie.
  private static let usual = 1 << 14
  /// Bytes of a file of which all may be read: a structure set, a segmentation up to its pixels.
  private static let largest = 1 << 30

  private let path: String
  private(set) var bytes: [UInt8]
  private(set) var isWhole: Bool

  /// - Throws: `notFound`, `unreadable`.
  init(path: String) throws(ImageFileError) {
    self.path = path
    bytes = try readFile(path: path, limit: .max, beginning: Self.usual)
    isWhole = bytes.count < Self.usual
  }

  /// Reads up to a number of bytes.
  private mutating func read(_ count: Int) throws(ImageFileError) {
    bytes = try readFile(path: path, limit: .max, beginning: count)
    isWhole = bytes.count < count
  }

  /// What an image file's beginning says; `nil` for what is none.
  mutating func outline() throws(ImageFileError) -> ImageOutline? {
    for length in [ImageOutline.usualLength, ImageOutline.longestLength] {
      if let outline = try? ImageOutline(beginning: bytes, isWhole: isWhole) { return outline }
      if isWhole { break }
      try read(length)
    }
    return try ImageOutline(beginning: bytes, isWhole: isWhole)
  }

  /// The elements of a DICOM file before one.
  /// - Parameters:
  ///   - stop: `nil`: all.
  ///   - isEnough: whether a part of the file that seems to end between two elements says what is sought.
  mutating func dataSet(
    before stop: DICOMTag?, isEnough: (DICOMDataSet) -> Bool
  ) throws(ImageFileError) -> DICOMDataSet {
    let limits = ImageReadLimits(fileBytes: Self.largest)
    var length = bytes.count
    while !isWhole && length < Self.largest {
      if stop != nil || isWhole, let data = try? DICOMDataSet(bytes: bytes, before: stop, limits: limits),
        isEnough(data)
      {
        return data
      }
      length = length < 1 << 20 ? 1 << 20 : Self.largest
      try read(length)
    }
    return try DICOMDataSet(bytes: bytes, before: stop, limits: limits)
  }
}
