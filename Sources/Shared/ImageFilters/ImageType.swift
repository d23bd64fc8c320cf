import Volumes

/// A type of images that features are computed of, by PyRadiomics' name: a filter without its settings.
public struct ImageType: RawRepresentable, Hashable, Codable, Sendable, CaseIterable {
  /// Every filter that a parameter file may name, in PyRadiomics' order of computation, which is the order of
  /// columns; then those of the IBSI manual. A new filter is a line here; its settings come into canonical parameters only where they are not the
  /// defaults, so that keys of stored rows stay.
  private static let filters: [any ImageFilter.Type] = [
    OriginalImage.self,
    WaveletFilter.self,
    LaplacianOfGaussianFilter.self,
    SquareFilter.self,
    SquareRootFilter.self,
    LogarithmFilter.self,
    ExponentialFilter.self,
    GradientFilter.self,
    LocalBinaryPattern2DFilter.self,
    LocalBinaryPattern3DFilter.self,
    IBSIMeanFilter.self,
    IBSILaplacianOfGaussianFilter.self,
    IBSILawsFilter.self,
    IBSIGaborFilter.self,
    IBSISeparableWaveletFilter.self,
    IBSINonSeparableWaveletFilter.self,
    IBSIRieszLaplacianFilter.self,
    IBSIRieszWaveletFilter.self,
  ]

  /// Every type that a parameter file may name, in order of computation.
  public static let allCases = filters.map { ImageType($0) }

  /// The key under `imageType` of a parameter file.
  public let rawValue: String
  /// The filter that makes these images.
  public let filter: any ImageFilter.Type

  /// The type of a filter, whether or not parameter files know it.
  public init(_ filter: any ImageFilter.Type) {
    rawValue = filter.name
    self.filter = filter
  }

  /// The type of a name in a parameter file; `nil` for an unknown one.
  public init?(rawValue: String) {
    guard let known = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
    self = known
  }

  public static func == (one: ImageType, other: ImageType) -> Bool { one.rawValue == other.rawValue }

  public func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }
}

/// One image made of the prepared image, cropped to the bounding box of the region.
public struct DerivedImage: Sendable {
  /// The image, or why there is none.
  public enum Content: Sendable {
    /// Filtered voxels, on the grid of the region's bounding box.
    case image(Volume)
    /// The filter does not apply to this image; features of it are absent.
    case skipped(reason: String)
  }

  /// The prefix of its features, as `wavelet-LLH` or `log-sigma-1-0-mm-3D`.
  public let name: String
  /// The image, or why there is none.
  public let content: Content

  /// An image under its name, or the reason why it does not exist.
  public init(name: String, content: Content) {
    self.name = name
    self.content = content
  }

  init(_ name: String, _ image: Volume) {
    self.init(name: name, content: .image(image))
  }
}
