/// Why an image or mask could not be read or written.
///
/// The message says what was tried, what was found and what to do. It names the file only by the label that
/// the caller passed in, and holds no other text of the file than header values.
public struct ImageFileError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What kind of file or value was refused.
  public enum Code: String, Sendable, CaseIterable {
    /// There is no file of this name.
    case notFound
    /// The file exists, but the system does not hand out its bytes (rights, a folder, an I/O error).
    case unreadable
    /// The content is not one of the image formats that are read here.
    case notAnImage
    /// The file ends before the data its header promises.
    case truncated
    /// A checksum or the compression does not hold: the bytes changed after they were written.
    case corrupt
    /// A valid file of a kind that is not read here: colour volumes, time series, bzip2, …
    case unsupported
    /// A header value that contradicts the format, the data or itself.
    case badHeader
    /// Several images or regions where one is asked for; the message lists them.
    case ambiguous
    /// Slices that make no regular grid: one is missing or there twice, they are unevenly spaced, sheared or turned.
    case irregularGrid
    /// More voxels or bytes than the limits of the reader allow.
    case tooLarge
    /// A voxel of a mask is no number, or above 4,294,967,295.
    case badLabel
    /// The mask has several named regions that could be meant.
    case segmentNotNamed
    /// The mask has no region of the name that was asked for, or none at all.
    case segmentAbsent
    /// The region that was asked for has no voxel in the image.
    case segmentEmpty
    /// Mask and image give their places in different coordinates.
    case otherFrameOfReference
    /// The system does not let the file be written.
    case unwritable
    /// A value to be written that the sample type of the file cannot hold.
    case valueOutOfRange
  }

  /// What kind of file or value was refused.
  public let code: Code
  /// What the caller calls the file; empty where no file is concerned.
  public let file: String
  /// What was tried, what was found, and what to do.
  public let message: String

  /// An error about a file, or about none yet.
  public init(_ code: Code, _ message: String, file: String = "") {
    self.code = code
    self.file = file
    self.message = message
  }

  public var description: String { file.isEmpty ? message : "\(file): \(message)" }

  /// The same error, about a named file.
  package func naming(_ file: String) -> ImageFileError {
    self.file.isEmpty ? ImageFileError(code, message, file: file) : self
  }
}

/// Header text in quotation marks, fit for one line of a message: at most 60 characters, none of them a
/// control.
package func quoted(_ text: some StringProtocol) -> String {
  let shown = text.unicodeScalars.prefix(60).map { scalar in
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .unassigned: "?"
    default: String(scalar)
    }
  }
  return "\"" + shown.joined() + (text.unicodeScalars.count > 60 ? "…" : "") + "\""
}
