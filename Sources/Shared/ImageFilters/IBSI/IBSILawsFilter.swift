import Volumes

/// Laws kernels, pooled over orientations where that is wished, and their energy images (IBSI reference manual, part 2,
/// section 4.3, filter JTXT).
public struct IBSILawsFilter: IBSIFilter {
  public static let name = "IBSILaws"
  public static let settingNames = IBSIFilterSettings.names(.lawsKernels, .pooling, .lawsEnergyDistance)
  public var settings = IBSIFilterSettings()

  /// No kernel, and so no image.
  public init() {}

  public var missingSetting: String? {
    settings.lawsKernels.isEmpty
      ? "needs ibsiLawsKernels, a list of kernels for each axis, as IBSILaws: {ibsiLawsKernels: [L5E5E5]}."
      : nil
  }

  public func forEachImage(
    of prepared: PreparedImage, planes: FilterPlanes, _ body: (DerivedImage) throws -> Void
  ) throws {
    let source = try self.source(prepared, planes)
    for name in settings.lawsKernels {
      let kernels = try LawsKernel.kernels(named: name, source.axes.count)
      let filters = RotatedFilters(kernels.map { [$0] }, along: source.axes, pooling: settings.pooling)
      try body(source.derived("laws-\(name)\(nameOfEnergy)", response(of: filters, to: source)))
    }
  }

  private var nameOfEnergy: String { settings.lawsEnergyDistance.map { "-energy-\($0)" } ?? "" }

  /// The response to a kernel, or its energy where that is wished.
  private func response(of filters: RotatedFilters, to source: FilteredSource) -> ImageBlock {
    guard let distance = settings.lawsEnergyDistance else {
      return filters.apply(to: source.image, source.box, settings.boundary)
    }
    let energy = LineKernel.mean(2 * distance + 1)
    let extents = source.image.geometry.size.extents
    var wanted = source.box
    for axis in source.axes { wanted[axis] = energy.support(of: wanted[axis], in: extents[axis]) }
    var response = filters.apply(to: source.image, wanted, settings.boundary)
    response.values = response.values.map { abs($0) }
    for axis in source.axes {
      response = response.convolved(
        along: axis, with: energy, keeping: source.box[axis], settings.boundary)
    }
    return response
  }
}

/// Kernels of Laws (1980), normalised to length 1 as table 6 of the IBSI reference manual, part 2, has them.
enum LawsKernel {
  private static let weights: [String: [Double]] = [
    "L3": [1, 2, 1], "E3": [-1, 0, 1], "S3": [-1, 2, -1],
    "L5": [1, 4, 6, 4, 1], "E5": [-1, -2, 0, 2, 1], "S5": [-1, 0, 2, 0, -1], "W5": [-1, 2, 0, -2, 1],
    "R5": [1, -4, 6, -4, 1],
  ]

  /// The kernel of a name, as `L5`.
  static func kernel(named name: String) -> LineKernel? {
    guard let weights = weights[name] else { return nil }
    let length = weights.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return LineKernel(weights.map { $0 / length })
  }

  /// The kernels of a name, as `L5E5`.
  /// - Throws: `invalidSetting`.
  static func kernels(named name: String, _ count: Int) throws(ImageFilterError) -> [LineKernel] {
    let letters = Array(name)
    var kernels: [LineKernel] = []
    for start in stride(from: 0, to: letters.count, by: 2) where start + 1 < letters.count {
      if let kernel = kernel(named: String(letters[start...start + 1])) { kernels.append(kernel) }
    }
    try require(
      letters.count == 2 * count && kernels.count == count,
      "ibsiLawsKernels has \(name); expected \(count) of \(weights.keys.sorted().joined(separator: ", ")), as "
        + (count == 2 ? "L5E5" : "L5E5E5"))
    return kernels
  }
}
