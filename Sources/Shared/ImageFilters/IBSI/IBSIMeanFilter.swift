import Volumes

/// The mean of the voxels of a square or cube (IBSI reference manual, part 2, section 4.1, filter S60F).
public struct IBSIMeanFilter: IBSIFilter {
  public static let name = "IBSIMean"
  public var settings = IBSIFilterSettings()

  /// Cubes of five voxels.
  public init() {}

  public func forEachImage(
    of prepared: PreparedImage, planes: FilterPlanes, _ body: (DerivedImage) throws -> Void
  ) throws {
    try prepared.checkFinite(for: Self.self)
    let axes = try settings.axes(of: prepared, planes)
    let kernel = LineKernel.mean(settings.meanSupport)
    let filter = SeparableFilter(axes.map { _ in kernel }, along: axes)
    let response = filter.apply(to: prepared.image, prepared.box.ranges, settings.boundary)
    try body(
      DerivedImage(
        "ibsi-mean-\(settings.meanSupport)-\(settings.suffix)", response.volume(of: prepared.image)))
  }
}

extension LineKernel {
  /// The mean of so many voxels, an odd number.
  static func mean(_ count: Int) -> LineKernel {
    LineKernel([Double](repeating: 1 / Double(count), count: count))
  }
}
