import CFilterKernels
import ElementaryFunctions

/// Order of the derivative that a recursive Gaussian takes.
enum GaussianOrder {
  /// Smoothing.
  case zero
  /// Second derivative, times σ² in mm² ("normalised across scale").
  case second
}

/// Gaussian smoothing, or its second derivative, by a recursive filter of fourth order (ITK's
/// `RecursiveGaussianImageFilter`).
///
/// Method: Deriche, "Recursively implementing the Gaussian and its derivatives", INRIA RR-1893, 1993;
/// normalised as in Farnebäck and Westin, J Math Imaging Vis 2006. The outermost voxels are taken to continue
/// for ever. Lines need at least four voxels.
struct RecursiveGaussian: LineFilter {
  private let recursion: filter_recursion
  private static let kernels = unsafe filter_kernels_of(filter_best_path()).pointee

  /// - Parameters:
  ///   - sigma: standard deviation in mm.
  ///   - spacing: distance of voxels along the line in mm.
  init(sigma: Double, spacing: Double, order: GaussianOrder) {
    let terms = ExponentialTerms(sigmaInVoxels: sigma / spacing)
    let d = terms.recursion
    let sums = (1 + d[0] + d[1] + d[2] + d[3], Self.moment(d, 1), Self.moment(d, 2))
    var n: [Double]
    switch order {
    case .zero:
      n = terms.input(a1: 1.3530, b1: 1.8151, a2: -0.3531, b2: 0.0902)
      let gain = 2 * Self.sum(n) / sums.0 - n[0]
      n = n.map { $0 * (1 / gain) }
    case .second:
      n = terms.secondDerivative(recursionSums: sums, scale: sigma * sigma)
    }
    let m = [n[1] - d[0] * n[0], n[2] - d[1] * n[0], n[3] - d[2] * n[0], -d[3] * n[0]]
    let (inputSum, reverseSum) = (Self.sum(n), Self.sum(m))
    func four(_ values: [Double]) -> (Double, Double, Double, Double) {
      (values[0], values[1], values[2], values[3])
    }
    recursion = filter_recursion(
      n: four(n), m: four(m), d: four(d), causal_border: four(d.map { $0 * inputSum / sums.0 }),
      anticausal_border: four(d.map { $0 * reverseSum / sums.0 }))
  }

  /// How many voxels beyond those that are wanted count; four at least, which a line needs.
  ///
  /// Both oscillations decay by 1.3732 / σ a voxel or faster. At 28 such decays 2⁻⁴⁰ is left of a voxel, which is 2⁻¹⁶ of
  /// the last bit of the single precision that a pass is rounded to.
  static func reach(sigma: Double, spacing: Double) -> Int {
    max(4, Int(min((28 / ExponentialTerms.slowestDecay * (sigma / spacing)).rounded(.up), 1e9)))
  }

  fileprivate static func sum(_ terms: [Double]) -> Double { terms[0] + terms[1] + terms[2] + terms[3] }

  /// `Σ kᵖ d[k]` with `k` from 1.
  private static func moment(_ d: [Double], _ power: Int) -> Double {
    power == 1 ? d[0] + 2 * d[1] + 3 * d[2] + 4 * d[3] : d[0] + 4 * d[1] + 9 * d[2] + 16 * d[3]
  }

  func apply(to line: LineBuffer) {
    precondition(line.count >= 4, "a recursive Gaussian needs lines of four voxels")
    var recursion = recursion
    unsafe Self.kernels.recursive(
      &recursion, UnsafeMutableRawPointer(line.values).assumingMemoryBound(to: Double.self),
      UnsafeMutableRawPointer(line.scratch).assumingMemoryBound(to: Double.self), line.count,
      line.keep.lowerBound, line.keep.upperBound)
  }
}

/// The two damped oscillations whose sum approximates a Gaussian, sampled at voxels.
private struct ExponentialTerms {
  private let sine: (Double, Double)
  private let cosine: (Double, Double)
  private let decay: (Double, Double)

  static let slowestDecay = 1.3732

  /// Frequencies 0.6681 and 2.0787, decays -1.3932 and -1.3732 (Farnebäck and Westin 2006).
  init(sigmaInVoxels sigma: Double) {
    sine = (Elementary.sin(0.6681 / sigma), Elementary.sin(2.0787 / sigma))
    cosine = (Elementary.cos(0.6681 / sigma), Elementary.cos(2.0787 / sigma))
    decay = (Elementary.exp(-1.3932 / sigma), Elementary.exp(-1.3732 / sigma))
  }

  var recursion: [Double] {
    let (e1, e2) = decay
    let d4 = e1 * e1 * e2 * e2
    var d3 = -2 * cosine.0 * e1 * e2 * e2
    d3 += -2 * cosine.1 * e2 * e1 * e1
    var d2 = 4 * cosine.1 * cosine.0 * e1 * e2
    d2 += e1 * e1 + e2 * e2
    return [-2 * (e2 * cosine.1 + e1 * cosine.0), d2, d3, d4]
  }

  func input(a1: Double, b1: Double, a2: Double, b2: Double) -> [Double] {
    let (e1, e2) = decay
    var n1 = e2 * (b2 * sine.1 - (a2 + 2 * a1) * cosine.1)
    n1 += e1 * (b1 * sine.0 - (a1 + 2 * a2) * cosine.0)
    var n2 = (a1 + a2) * cosine.1 * cosine.0
    n2 -= b1 * cosine.1 * sine.0 + b2 * cosine.0 * sine.1
    n2 *= 2 * e1 * e2
    n2 += a2 * e1 * e1 + a1 * e2 * e2
    var n3 = e2 * e1 * e1 * (b2 * sine.1 - a2 * cosine.1)
    n3 += e1 * e2 * e2 * (b1 * sine.0 - a1 * cosine.0)
    return [a1 + a2, n1, n2, n3]
  }

  /// Input coefficients that give 0 for a constant and `scale · 2` for `x²`.
  func secondDerivative(recursionSums: (Double, Double, Double), scale: Double) -> [Double] {
    let (sd, dd, ed) = recursionSums
    let smooth = input(a1: 1.3530, b1: 1.8151, a2: -0.3531, b2: 0.0902)
    let curved = input(a1: -1.3563, b1: 5.2318, a2: 0.3446, b2: -2.2355)
    let beta =
      -(2 * RecursiveGaussian.sum(curved) - sd * curved[0])
      / (2 * RecursiveGaussian.sum(smooth) - sd * smooth[0])
    func combined(_ moment: ([Double]) -> Double) -> Double { moment(curved) + beta * moment(smooth) }
    let sn = combined(RecursiveGaussian.sum)
    let dn = combined { $0[1] + 2 * $0[2] + 3 * $0[3] }
    let en = combined { $0[1] + 4 * $0[2] + 9 * $0[3] }
    var gain = en * sd * sd - ed * sn * sd - 2 * dn * dd * sd + 2 * dd * dd * sn
    gain /= sd * sd * sd
    return (0..<4).map { (curved[$0] + beta * smooth[$0]) * (scale / gain) }
  }
}
