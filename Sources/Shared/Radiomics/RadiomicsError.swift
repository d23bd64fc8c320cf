/// Why features of a region cannot be computed.
public struct RadiomicsError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What kind of input was refused.
  public enum Code: String, Sendable, CaseIterable {
    /// A setting outside its range.
    case invalidSetting
    /// A feature that its class does not have.
    case unknownFeature
    /// Image and mask have different numbers of voxels along an axis.
    case sizeMismatch
    /// The mask holds no voxel.
    case emptyRegion
    /// The region has fewer voxels or dimensions than asked for.
    case regionTooSmall
    /// A voxel of the region is NaN or infinite.
    case nonFiniteVoxel
    /// Discretisation gives more grey levels than can be tabulated.
    case tooManyLevels
    /// The region has no neighbours at the distances asked for.
    case noNeighbours
    /// A class that does not apply to this kind of region.
    case classNotAvailable
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
