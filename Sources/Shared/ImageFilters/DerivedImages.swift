import Volumes

extension PreparedImage {
  /// Calls `body` with every image of a type, in PyRadiomics' order, one at a time.
  ///
  /// Each is cropped to `box`. Filters see all of `image`, though only what the box depends on is computed. A
  /// filter that does not apply to this image is passed on as skipped, with the reason.
  /// - Throws: `ImageFilterError` for settings outside their range and for voxels that are not numbers where
  ///   the whole image counts; whatever `body` throws.
  public func forEachImage(
    of type: ImageType, settings: FilterSettings = .init(), _ body: (DerivedImage) throws -> Void
  ) throws {
    try settings.validate()
    try settings.filter(of: type).forEachImage(of: self, planes: settings.planes, body)
  }

  /// Calls `body` with every image that one filter makes, one at a time, cropped to `box`.
  /// - Throws: as `forEachImage(of:settings:_:)`.
  public func forEachImage(
    by filter: some ImageFilter, planes: FilterPlanes = .init(), _ body: (DerivedImage) throws -> Void
  ) throws {
    try filter.validate()
    try planes.validate()
    try filter.forEachImage(of: self, planes: planes, body)
  }

  /// Refuses at once what a filter would refuse: voxels that are not numbers where the whole image counts.
  /// - Throws: `nonFiniteVoxel`.
  public func checkVoxels(for type: ImageType) throws(ImageFilterError) {
    if type.filter.dependsOnWholeImage { try checkFinite(for: type.rawValue) }
  }
}

/// The prepared image as it is.
public struct OriginalImage: ImageFilter {
  public static let name = "Original"

  /// The filter that changes nothing.
  public init() {}

  public func forEachImage(
    of prepared: PreparedImage, planes: FilterPlanes, _ body: (DerivedImage) throws -> Void
  ) throws {
    try body(DerivedImage("original", prepared.stored.cropped(to: prepared.box)))
  }
}

extension ImageType {
  /// The prepared image as it is.
  public static let original = ImageType(OriginalImage.self)
}
