/// Why weights cannot be used, or deep features of a region cannot be computed.
public struct NeuralNetError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What kind of input was refused.
  public enum Code: String, Sendable, CaseIterable {
    /// There is no weights file of this name.
    case notFound
    /// The file exists, but the system does not hand out its bytes.
    case unreadable
    /// More bytes than any of the networks has.
    case tooLarge
    /// The file ends before the data its header promises.
    case truncated
    /// A Python pickle, as `torch.save` writes it: it could run any program and is never opened.
    case pickle
    /// Neither safetensors nor anything known.
    case notSafetensors
    /// A safetensors header that contradicts the format, the data or itself.
    case badHeader
    /// Tensors that a network needs are missing, others are there, or shapes or types differ.
    case tensorMismatch
    /// A weight that is NaN or infinite, or a variance below zero.
    case unusableWeight
    /// A setting outside its range.
    case invalidSetting
    /// Image and mask have different numbers of voxels along an axis.
    case sizeMismatch
    /// The mask holds no voxel.
    case emptyRegion
    /// The region is a single voxel.
    case regionTooSmall
    /// The slices have fewer than three pixels along an axis.
    case sliceTooSmall
    /// Region and margin need a larger square than can be meant.
    case cropTooLarge
    /// Around the region no two intensities above 0 differ, and a network of volumes normalises by those.
    case noContrast
    /// A pixel that is NaN or infinite.
    case nonFiniteVoxel
    /// The weights are so large that a feature overflows.
    case nonFiniteFeature
    /// The system has no memory left for the network.
    case outOfMemory
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
