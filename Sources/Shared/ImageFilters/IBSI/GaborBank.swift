import ElementaryFunctions
import Volumes

/// Gabor filters of one width in the planes across one axis, in one or several orientations.
///
/// `g(k) = exp(-(k₁² + γ² k₂²) / (2σ²) + 2πi k₁ / λ)`, where `k₁` and `k₂` are `k` turned by the orientation `θ` from the first axis of
/// the plane to the second. The envelope is cut off at seven standard deviations of its longer axis.
struct GaborBank {
  private static let reachInDeviations = 7.0
  /// Voxels of a plane with what lies around it.
  private static let planeLimit = 1 << 24

  private let axes: [Int]
  private let normal: Int
  private let radii: [Int]
  private let kernel: (Double, SIMD2<Int>) -> (Double, Double)
  private let angles: [Double]

  /// - Throws: `invalidSetting` for filters that reach too far.
  init(
    _ scale: FilterScale, wavelength: Double, _ settings: IBSIFilterSettings, across normal: Int,
    spacing: SIMD3<Double>
  ) throws(ImageFilterError) {
    self.normal = normal
    // In the order in which one follows the other around the normal, but for the plane of x and z.
    let axes = (0..<3).filter { $0 != normal }
    self.axes = axes
    let (sigma, aspect) = (scale.millimetres, settings.gaborAspect)
    let reach = Self.reachInDeviations * sigma * max(1, 1 / aspect)
    var radii: [Int] = []
    for axis in axes {
      let radius = (reach / spacing[axis]).rounded(.up)
      try require(
        radius <= Double(SampledLaplacian.largestRadius),
        "ibsiSigma \(scale.literal) mm with ibsiGaborAspect \(aspect) reaches \(radius) voxels; expected up to "
          + "\(SampledLaplacian.largestRadius)")
      radii.append(Int(radius))
    }
    self.radii = radii
    kernel = { angle, offset in
      let (a, b) = (Double(offset.x) * spacing[axes[0]], Double(offset.y) * spacing[axes[1]])
      let (c, s) = (Elementary.cos(angle), Elementary.sin(angle))
      let (along, across) = (a * c + b * s, b * c - a * s)
      let envelope = Elementary.exp(
        -(along * along + aspect * aspect * across * across) / (2 * sigma * sigma))
      let phase = 2 * Double.pi * along / wavelength
      return (envelope * Elementary.cos(phase), envelope * Elementary.sin(phase))
    }
    angles = Self.angles(settings)
  }

  /// Orientations in radians. Those of the second half circle give the same moduli as those of the first.
  private static func angles(_ settings: IBSIFilterSettings) -> [Double] {
    let turns = settings.gaborAngleStep.map { Int((360 / $0).rounded()) } ?? 1
    let count = turns % 2 == 0 ? turns / 2 : turns
    return (0..<count).map {
      (settings.gaborAngle + Double($0) * 360 / Double(turns)) * Double.pi / 180
    }
  }

  /// The mean modulus over orientations, of a box.
  func apply(
    to image: Volume, _ ranges: [Range<Int>], _ boundary: BoundaryCondition
  ) throws(ImageFilterError) -> ImageBlock {
    var continued = ranges
    for (axis, radius) in zip(axes, radii) {
      let count = LineTransform.powerOfTwo(from: ranges[axis].count + 2 * radius)
      let first = ranges[axis].lowerBound - radius
      continued[axis] = first..<first + count
    }
    let voxels = axes.map { continued[$0].count }.reduce(1, *)
    try SpectralMemory.check(
      voxels <= Self.planeLimit,
      "a plane with what a Gabor filter needs around it has \(voxels) voxels; expected up to \(Self.planeLimit): take a "
        + "smaller ibsiSigma, or resample the image")
    continued[normal] = 0..<1
    let transfers = angles.map { transfer($0, continued.map(\.count)) }
    var kept = zip(ranges, continued).map { $0.shifted(by: -$1.lowerBound) }
    kept[normal] = 0..<1
    var slices: [[Double]] = []
    for slice in ranges[normal] {
      continued[normal] = slice..<slice + 1
      var spectrum = SpectralImage(image, continued, boundary)
      spectrum.transform()
      var sum = [Double](repeating: 0, count: kept.map(\.count).reduce(1, *))
      for transfer in transfers {
        var response = spectrum
        response.values = spectrum.values.multiplied(by: transfer)
        response.transformBack()
        let moduli = response.voxels(kept) { ($0 * $0 + $1 * $1).squareRoot() }
        for place in sum.indices { sum[place] += moduli[place] }
      }
      slices.append(sum.map { $0 / Double(angles.count) })
    }
    return ImageBlock(
      slices: slices, across: normal, ranges: ranges, extents: image.geometry.size.extents)
  }

  /// The spectrum of the filter of an orientation.
  private func transfer(_ angle: Double, _ counts: [Int]) -> ComplexNumbers {
    var kernel = SpectralImage(counts: counts)
    let steps = [1, counts[0], counts[0] * counts[1]]
    for b in -radii[1]...radii[1] {
      for a in -radii[0]...radii[0] {
        let (i, j) = ((a + counts[axes[0]]) % counts[axes[0]], (b + counts[axes[1]]) % counts[axes[1]])
        let place = i * steps[axes[0]] + j * steps[axes[1]]
        let (real, imaginary) = self.kernel(angle, [a, b])
        kernel.values.real[place] += real
        kernel.values.imaginary[place] += imaginary
      }
    }
    kernel.transform()
    return kernel.values
  }
}
