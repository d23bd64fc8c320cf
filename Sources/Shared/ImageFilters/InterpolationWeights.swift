import ElementaryFunctions

/// The voxels along one axis that take part in a value between voxel centres, and their weights.
struct AxisWeights {
  /// Index along the axis of each voxel, always inside the image.
  var indices: [Int]
  var weights: [Double]
}

/// How one interpolator weighs the voxels along one axis; weights along the axes multiply.
struct InterpolationKernel {
  /// What separates the windowed sinc interpolators.
  typealias Window = @Sendable (Double) -> Double

  private enum Form {
    case nearest, linear, cubicSpline
    /// Difference of error functions over each voxel; deviation and reach in voxels.
    case gaussian(deviation: Double, reach: Double)
    case windowedSinc(Window)
  }

  /// Voxels on each side that a windowed sinc uses (SimpleITK's choice).
  private static let sincRadius = 5

  /// Number of voxels along an axis that take part, the same everywhere.
  let taps: Int
  private let form: Form

  init(_ interpolator: Interpolator) {
    switch interpolator {
    case .nearestNeighbour: (taps, form) = (1, .nearest)
    case .linear: (taps, form) = (2, .linear)
    case .bSpline: (taps, form) = (4, .cubicSpline)
    case .gaussian: (taps, form) = (9, .gaussian(deviation: 0.8, reach: 0.8 * 4))
    case .labelGaussian: (taps, form) = (4, .gaussian(deviation: 1, reach: 1))
    default: (taps, form) = (2 * Self.sincRadius, .windowedSinc(Self.window(interpolator)))
    }
  }

  /// Windows over `-5...5` voxels, as in ITK's `WindowedSincInterpolateImageFunction`.
  private static func window(_ interpolator: Interpolator) -> Window {
    let radius = Double(sincRadius)
    switch interpolator {
    case .cosineWindowedSinc: return { Elementary.cos($0 * (.pi / (2 * radius))) }
    case .welchWindowedSinc: return { 1 - $0 * (1 / (radius * radius)) * $0 }
    case .lanczosWindowedSinc:
      return { $0 == 0 ? 1 : Elementary.sin($0 * (.pi / radius)) / ($0 * (.pi / radius)) }
    case .blackmanWindowedSinc:
      return {
        0.42 + 0.5 * Elementary.cos($0 * (.pi / radius)) + 0.08 * Elementary.cos($0 * (2 * .pi / radius))
      }
    default: return { 0.54 + 0.46 * Elementary.cos($0 * (.pi / radius)) }
    }
  }

  /// Weights at a continuous index inside `-0.5 ..< count - 0.5`, for an axis of `count` voxels.
  func weights(at position: Double, count: Int) -> AxisWeights {
    switch form {
    case .nearest:
      return AxisWeights(indices: [Int((position + 0.5).rounded(.down))], weights: [1])
    case .linear:
      let lower = max(Int(position.rounded(.down)), 0)
      let fraction = max(position - Double(lower), 0)
      return AxisWeights(indices: [lower, min(lower + 1, count - 1)], weights: [1 - fraction, fraction])
    case .cubicSpline: return Self.cubicSpline(at: position, count: count)
    case .gaussian(let deviation, let reach):
      return gaussian(at: position, count: count, deviation: deviation, reach: reach)
    case .windowedSinc(let window): return Self.windowedSinc(at: position, count: count, window)
    }
  }

  /// Cubic B-spline on the four nearest coefficients, mirrored at the borders. The support is found in single
  /// precision, as in ITK.
  private static func cubicSpline(at position: Double, count: Int) -> AxisWeights {
    let first = Int(Float(position).rounded(.down)) - 1
    let w = position - Double(first + 1)
    let last = (1.0 / 6) * w * w * w
    let before = (1.0 / 6) + 0.5 * w * (w - 1) - last
    let after = w + before - 2 * last
    let indices = (first..<first + 4).map { mirrored($0, count: count) }
    return AxisWeights(indices: indices, weights: [before, 1 - before - after - last, after, last])
  }

  /// Voxels beyond the reach and outside the image weigh 0.
  private func gaussian(at position: Double, count: Int, deviation: Double, reach: Double) -> AxisWeights {
    // Not `Elementary.erf`: that is rounded once, this twice, and resampled intensities keep the bits that they have.
    func erf(_ x: Double) -> Double { x < 0 ? Elementary.erfc(-x) - 1 : 1 - Elementary.erfc(x) }
    let begin = max(0, Int((position + 0.5 - reach).rounded(.down)))
    let end = min(count, Int((position + 0.5 + reach).rounded(.up)))
    let scale = 1 / (2.0.squareRoot() * deviation)
    var edge = (-0.5 - position + Double(begin)) * scale
    var previous = erf(edge)
    var result = AxisWeights(
      indices: [Int](repeating: begin, count: taps), weights: [Double](repeating: 0, count: taps))
    for tap in 0..<(end - begin) {
      edge += scale
      let current = erf(edge)
      result.indices[tap] = begin + tap
      result.weights[tap] = current - previous
      previous = current
    }
    return result
  }

  /// Beyond the image the outermost voxel continues.
  private static func windowedSinc(at position: Double, count: Int, _ window: Window) -> AxisWeights {
    let base = Int(position.rounded(.down))
    let distance = position - Double(base)
    func weight(_ tap: Int) -> Double {
      if distance == 0 { return tap == sincRadius - 1 ? 1 : 0 }
      let x = distance + Double(sincRadius - 1 - tap)
      let angle = Double.pi * x
      return window(x) * (x == 0 ? 1 : Elementary.sin(angle) / angle)
    }
    let taps = 0..<2 * sincRadius
    return AxisWeights(
      indices: taps.map { max(0, min(count - 1, base + $0 - sincRadius + 1)) }, weights: taps.map(weight))
  }
}
