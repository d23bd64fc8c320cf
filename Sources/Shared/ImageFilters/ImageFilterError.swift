/// Why an image cannot be prepared or filtered.
public struct ImageFilterError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What kind of input was refused.
  public enum Code: String, Sendable, CaseIterable {
    /// A setting outside its range, or one that does not apply to this image.
    case invalidSetting
    /// A wavelet whose taps are not known here.
    case unknownWavelet
    /// Image and mask do not lie on the same grid.
    case geometryMismatch
    /// The mask holds no voxel, or loses its last one on the way.
    case emptyRegion
    /// The region reaches beyond the image.
    case regionOutsideImage
    /// Re-segmentation left too few voxels.
    case regionTooSmall
    /// A voxel is NaN or infinite where the result depends on the whole image.
    case nonFiniteVoxel
    /// All voxels of the image are equal, so that it has no scale.
    case constantImage
    /// The new spacing asks for more voxels than can be held.
    case gridTooLarge
  }

  /// What kind of input was refused.
  public let code: Code
  /// What was tried, what was found, and what to do.
  public let message: String

  /// An error of a kind, and its message.
  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { message }
}
