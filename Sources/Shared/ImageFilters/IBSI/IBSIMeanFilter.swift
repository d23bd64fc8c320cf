import Volumes

/// The mean of the voxels of a square or cube (IBSI reference manual, part 2, section 4.1, filter S60F).
public struct IBSIMeanFilter: IBSIFilter {
  public static let name = "IBSIMean"
  public static let settingNames = IBSIFilterSettings.names(.meanSupport)
  public var settings = IBSIFilterSettings()

  /// Cubes of five voxels.
  public init() {}

  public func forEachImage(
    of prepared: PreparedImage, planes: FilterPlanes, _ body: (DerivedImage) throws -> Void
  ) throws {
    let source = try self.source(prepared, planes)
    let kernel = LineKernel.mean(settings.meanSupport)
    let filter = SeparableFilter(source.axes.map { _ in kernel }, along: source.axes)
    try body(
      source.derived(
        "mean-\(settings.meanSupport)", filter.apply(to: source.image, source.box, settings.boundary)))
  }
}

extension LineKernel {
  /// The mean of so many voxels, an odd number.
  static func mean(_ count: Int) -> LineKernel {
    LineKernel([Double](repeating: 1 / Double(count), count: count))
  }
}
