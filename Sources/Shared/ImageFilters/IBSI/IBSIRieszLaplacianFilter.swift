import ElementaryFunctions
import Volumes

/// The Riesz transform of a Laplacian of Gaussian (IBSI reference manual, part 2, section 4.7, filter AYRS), not aligned.
public struct IBSIRieszLaplacianFilter: IBSIFilter {
  public static let name = "IBSIRieszLoG"
  public static let settingNames = IBSIFilterSettings.names(.sigma, .truncation, .rieszOrder)
  public var settings = IBSIFilterSettings()

  /// No width, and so no image.
  public init() {}

  public var missingSetting: String? {
    guard settings.sigma.isEmpty || settings.rieszOrder.isEmpty else { return nil }
    return
      "needs ibsiSigma and ibsiRieszOrder, as IBSIRieszLoG: {ibsiSigma: [3.0], ibsiRieszOrder: [1, 0, 0]}."
  }

  public func forEachImage(
    of prepared: PreparedImage, planes: FilterPlanes, _ body: (DerivedImage) throws -> Void
  ) throws {
    let source = try self.source(prepared, planes)
    let riesz = RieszTransform(settings.rieszOrder, along: source.axes)
    for scale in settings.sigma {
      let kernel = try SampledLaplacian(
        scale, along: source.axes, of: source.image.geometry, truncation: settings.truncation)
      let filter = RieszLaplacian(kernel: kernel, riesz: riesz)
      try body(
        source.derived(
          "riesz-\(settings.rieszName)-log-sigma-\(scale.name)-mm",
          filter.apply(to: source.image, source.box, along: source.axes, settings.boundary)))
    }
  }
}

/// Both at once: the spectrum of the sampled kernel, a sum of products over axes, times the transform's factors.
struct RieszLaplacian: SpectralFilter {
  let kernel: SampledLaplacian
  let riesz: RieszTransform

  /// The kernel's reach, and some more for the transform, which falls off slowly.
  func margin(along axis: Int) -> Int {
    guard let place = kernel.axes.firstIndex(of: axis) else { return 0 }
    return kernel.gaussians[place].origin + 16
  }

  func transfer(_ counts: [Int]) -> (SIMD3<Int>) -> (real: Double, imaginary: Double) {
    let frequencies = counts.map(symmetricFrequencies)
    let gaussians = zip(kernel.axes, kernel.gaussians).map { $1.spectrum(counts[$0]) }
    let derivatives = zip(kernel.axes, kernel.derivatives).map { $1.spectrum(counts[$0]) }
    return { index in
      var sum = 0.0
      for place in kernel.axes.indices {
        var product = derivatives[place][index[kernel.axes[place]]]
        for other in kernel.axes.indices where other != place {
          product *= gaussians[other][index[kernel.axes[other]]]
        }
        sum += product
      }
      let frequency = SIMD3(
        frequencies[0][index.x], frequencies[1][index.y], frequencies[2][index.z])
      return riesz.turned(sum * riesz.magnitude(frequency))
    }
  }
}

extension LineKernel {
  /// The spectrum, in `count` frequencies, of a kernel that is even around its middle.
  fileprivate func spectrum(_ count: Int) -> [Double] {
    (0..<count).map { k in
      (1...max(1, origin)).reduce(taps[origin]) { sum, n in
        guard n <= origin else { return sum }
        let turn = Double(n % count * k % count) / Double(count)
        return sum + 2 * taps[origin + n] * Elementary.cos(2 * Double.pi * turn)
      }
    }
  }
}
