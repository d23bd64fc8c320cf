import ElementaryFunctions
import Volumes

/// Laplacian of Gaussian by its sampled kernel, cut off at some standard deviations (IBSI reference manual, part 2,
/// section 4.2, filter L6PA). PyRadiomics' `LoG` is a recursive approximation with another scale.
public struct IBSILaplacianOfGaussianFilter: IBSIFilter {
  public static let name = "IBSILoG"
  public static let settingNames = IBSIFilterSettings.names(.sigma, .truncation)
  public var settings = IBSIFilterSettings()

  /// No width, and so no image.
  public init() {}

  public var missingSetting: String? {
    settings.sigma.isEmpty ? "needs ibsiSigma, a list of widths in mm, as IBSILoG: {ibsiSigma: [1.5]}." : nil
  }

  public func forEachImage(
    of prepared: PreparedImage, planes: FilterPlanes, _ body: (DerivedImage) throws -> Void
  ) throws {
    let source = try self.source(prepared, planes)
    for scale in settings.sigma {
      let kernel = try SampledLaplacian(
        scale, along: source.axes, of: source.image.geometry, truncation: settings.truncation)
      try body(
        source.derived(
          "log-sigma-\(scale.name)-mm", kernel.apply(to: source.image, source.box, settings.boundary)))
    }
  }
}

/// The kernel of a Laplacian of Gaussian: for each axis its second derivative, times Gaussians along the others.
///
/// `-1/σ² (1/(√(2π) σ))ᴰ (D - |k|²/σ²) exp(-|k|²/(2σ²))` with `k` and `σ` in voxels, over `1 + 2⌊dσ + 0.5⌋` voxels along
/// each axis, is a sum of such products, one for each axis, so no kernel of three dimensions is needed. Where spacings
/// differ, so do the σ of axes.
struct SampledLaplacian {
  /// Voxels beside the middle of the longest kernel.
  static let largestRadius = 4_096

  let axes: [Int]
  /// For each axis.
  let gaussians: [LineKernel]
  let derivatives: [LineKernel]

  /// - Throws: `invalidSetting` for a kernel that is too long.
  init(
    _ scale: FilterScale, along axes: [Int], of geometry: GridGeometry, truncation: Double
  ) throws(ImageFilterError) {
    self.axes = axes
    var (gaussians, derivatives) = ([LineKernel](), [LineKernel]())
    for axis in axes {
      let sigma = scale.millimetres / geometry.spacingInMillimetres[axis]
      let radius = (truncation * sigma + 0.5).rounded(.down)
      try require(
        radius <= Double(Self.largestRadius),
        "ibsiSigma \(scale.literal) mm is \(sigma) voxels, and the kernel would reach \(radius) voxels; expected up to "
          + "\(Self.largestRadius)")
      let places = (-Int(radius)...Int(radius)).map(Double.init)
      let gaussian = places.map {
        Elementary.exp(-$0 * $0 / (2 * sigma * sigma)) / ((2 * Double.pi).squareRoot() * sigma)
      }
      gaussians.append(LineKernel(gaussian))
      derivatives.append(
        LineKernel(
          zip(places, gaussian).map { ($0 * $0 / (sigma * sigma) - 1) / (sigma * sigma) * $1 }))
    }
    (self.gaussians, self.derivatives) = (gaussians, derivatives)
  }

  func apply(to image: Volume, _ ranges: [Range<Int>], _ boundary: BoundaryCondition) -> ImageBlock {
    let extents = image.geometry.size.extents
    var wanted = ranges
    for (axis, kernel) in zip(axes, gaussians) {
      wanted[axis] = kernel.support(of: ranges[axis], in: extents[axis])
    }
    var smooth = ImageBlock(image, wanted)
    var sum: ImageBlock?
    for (place, axis) in axes.enumerated() {
      func pass(_ block: ImageBlock, _ kernel: LineKernel) -> ImageBlock {
        block.convolved(along: axis, with: kernel, keeping: ranges[axis], boundary)
      }
      let curved = pass(smooth, derivatives[place])
      sum = sum.map { pass($0, gaussians[place]).combined(with: curved, +) } ?? curved
      if place < axes.count - 1 { smooth = pass(smooth, gaussians[place]) }
    }
    return sum ?? smooth
  }
}
