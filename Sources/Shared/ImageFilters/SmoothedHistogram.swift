import ElementaryFunctions

/// Density of intensities by a Gaussian kernel of Scott's bandwidth, `sd · n^(-1/5)` (Scott, Multivariate Density Estimation, 1992),
/// and its peaks.
///
/// Values are shared between the two nearest points of a grid of a sixteenth of the bandwidth, and the grid is smoothed: the peaks
/// lie where those of the exact density do to within a thousandth of the bandwidth, at a cost that hardly grows with the image.
struct SmoothedHistogram {
  private let lowest: Double
  private let step: Double
  private let density: [Double]

  /// Points to a bandwidth.
  private static let pointsPerBandwidth = 16.0
  /// The kernel ends after so many bandwidths.
  private static let reach = 6.0
  /// A grid of more points is coarsened: an outlier far from all others must not cost memory.
  private static let pointLimit = 1 << 16
  /// Peaks below this fraction of the highest are no tissue.
  private static let rarest = 0.2

  /// - Parameter sorted: at least two values, the first and the last different.
  init(ofSorted sorted: [Double]) {
    let (first, last) = (sorted[0], sorted[sorted.count - 1])
    let bandwidth = Self.bandwidth(of: sorted)
    let step = max(bandwidth / Self.pointsPerBandwidth, (last - first) / Double(Self.pointLimit - 1))
    // Margins as wide as the kernel, so that it is nowhere cut off.
    let margin = Int((Self.reach * bandwidth / step).rounded(.up)) + 1
    let count = Int((last - first) / step) + 2 + 2 * margin
    var counts = [Double](repeating: 0, count: count)
    for value in sorted {
      let position = (value - first) / step + Double(margin)
      let point = Int(position)
      counts[point] += 1 - (position - Double(point))
      counts[point + 1] += position - Double(point)
    }
    let kernel = (0..<margin).map { offset in
      let distance = Double(offset) * step / bandwidth
      return Elementary.exp(-distance * distance / 2)
    }
    density = counts.indices.map { point in
      var sum = counts[point] * kernel[0]
      for offset in 1..<margin {
        let left = point >= offset ? counts[point - offset] : 0
        let right = point + offset < count ? counts[point + offset] : 0
        sum += (left + right) * kernel[offset]
      }
      return sum
    }
    self.step = step
    lowest = first - Double(margin) * step
  }

  private static func bandwidth(of values: [Double]) -> Double {
    let count = Double(values.count)
    let mean = pairwiseSum(values[...]) / count
    let squares = values.map { ($0 - mean) * ($0 - mean) }
    return (pairwiseSum(squares[...]) / (count - 1)).squareRoot() * Elementary.pow(count, -0.2)
  }

  /// Intensity of the highest peak.
  var largestPeak: Double {
    position(density.indices.reduce(0) { density[$1] > density[$0] ? $1 : $0 })
  }

  /// Intensity of the last peak that is not rare.
  var lastPeak: Double {
    let least = Self.rarest * (density.max() ?? 0)
    let last = density.indices.dropFirst().dropLast().last {
      density[$0] >= least && density[$0] > density[$0 - 1] && density[$0] >= density[$0 + 1]
    }
    return last.map(position) ?? largestPeak
  }

  /// Top of the parabola through a point of the grid and its neighbours.
  private func position(_ point: Int) -> Double {
    guard point > 0, point < density.count - 1 else { return lowest + Double(point) * step }
    let (left, middle, right) = (density[point - 1], density[point], density[point + 1])
    let curvature = left - 2 * middle + right
    let offset = curvature == 0 ? 0 : (left - right) / (2 * curvature)
    return lowest + (Double(point) + offset) * step
  }
}
