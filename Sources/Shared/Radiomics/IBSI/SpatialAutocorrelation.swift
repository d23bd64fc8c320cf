import ElementaryFunctions
import Volumes

/// How alike intensities of near voxels are: Moran's I (IBSI N365) and Geary's C (NPT7).
///
/// Both are sums over all pairs of voxels, weighted by the inverse of their distance: 10¹¹ terms for 500,000
/// voxels. But a weight depends on the displacement only, so that the sums are correlations, and those are
/// products of Fourier transforms: `Σᵢⱼ w(i-j) a(i) b(j) = 1/K Σₖ ŵ(k) â(k) b̂*(k)` on a grid of more than
/// twice the region's extent. Exact but for rounding; time grows as n log n. Along x the transform is summed
/// up directly, frequency after frequency, so that memory is that of one plane and of the weights.
struct SpatialAutocorrelation {
  /// NaN where all intensities are equal.
  let moransI: Double
  /// NaN where all intensities are equal.
  let gearysC: Double

  /// - Parameter intensities: of the region's voxels in scan order.
  init(_ region: RegionOfInterest, _ intensities: [Double]) {
    let count = Double(intensities.count)
    let mean = intensities.reduce(0, +) / count
    let deviations = intensities.map { $0 - mean }
    let total = deviations.reduce(0) { $0 + $1 * $1 }
    guard intensities.contains(where: { $0 != intensities[0] }) else {
      (moransI, gearysC) = (.nan, .nan)
      return
    }
    // Deviations of about 1 keep their squares away from the ends of the number range.
    let scale = (total / count).squareRoot()
    let sums = WeightedPairSums(region, deviations.map { $0 / scale })
    moransI = sums.products / sums.weights
    gearysC = (count - 1) / count * (sums.squares - sums.products) / sums.weights
  }
}

/// Sums over all ordered pairs of different voxels, each pair weighted by the inverse of its distance.
struct WeightedPairSums {
  /// `Σ w`.
  private(set) var weights = 0.0
  /// `Σ w x(i) x(j)`.
  private(set) var products = 0.0
  /// `Σ w x(i)²`.
  private(set) var squares = 0.0

  init(_ region: RegionOfInterest, _ values: [Double]) {
    let size = region.box.size
    let plane = FrequencyPlane(height: size.z, width: size.y)
    let kernel = InverseDistances(size, spacing: region.spacingInMillimetres)
    let period = 2 * size.x - 1
    for frequency in 0..<size.x {
      let wave = Wave(frequency: frequency, period: period, count: size.x)
      var (voxels, linear, square) = (plane.empty, plane.empty, plane.empty)
      var next = 0
      for run in region.runs {
        let place = Int(run.z) * plane.width + Int(run.y)
        for x in Int(run.x)..<Int(run.x + run.count) {
          let value = values[next]
          voxels.add(wave, x, times: 1, at: place)
          linear.add(wave, x, times: value, at: place)
          square.add(wave, x, times: value * value, at: place)
          next += 1
        }
      }
      var weight = kernel.transformedAlongX(wave, plane)
      plane.transform(&voxels, rows: size.z)
      plane.transform(&linear, rows: size.z)
      plane.transform(&square, rows: size.z)
      plane.transform(&weight, rows: plane.height)
      // A frequency and its negative give the same.
      add(weight, voxels, linear, square, times: frequency == 0 ? 1 : 2)
    }
    let cells = Double(period * plane.width * plane.height)
    (weights, products, squares) = (weights / cells, products / cells, squares / cells)
  }

  private mutating func add(
    _ weight: ComplexTable, _ voxels: ComplexTable, _ linear: ComplexTable, _ square: ComplexTable,
    times factor: Double
  ) {
    for k in weight.real.indices {
      let w = factor * weight.real[k]  // real, the kernel being even
      let (a, b) = (voxels.real[k], voxels.imaginary[k])
      weights += w * (a * a + b * b)
      products += w * (linear.real[k] * linear.real[k] + linear.imaginary[k] * linear.imaginary[k])
      squares += w * (square.real[k] * a + square.imaginary[k] * b)
    }
  }
}

/// `e^(-2πi f x / period)` for x from 0.
private struct Wave {
  private(set) var cosines: [Double] = []
  private(set) var sines: [Double] = []

  init(frequency: Int, period: Int, count: Int) {
    for x in 0..<count {
      let angle = 2 * Double.pi * Double(frequency * x % period) / Double(period)
      cosines.append(Elementary.cos(angle))
      sines.append(-Elementary.sin(angle))
    }
  }
}

extension ComplexTable {
  @inline(__always)
  fileprivate mutating func add(_ wave: Wave, _ x: Int, times factor: Double, at place: Int) {
    real[place] += wave.cosines[x] * factor
    imaginary[place] += wave.sines[x] * factor
  }
}

/// Transforms in the plane of y (along rows) and z.
private struct FrequencyPlane {
  private let alongY: FourierTransform
  private let alongZ: FourierTransform

  /// For displacements up to the extents of a region.
  init(height: Int, width: Int) {
    alongY = FourierTransform(atLeast: 2 * width - 1)
    alongZ = FourierTransform(atLeast: 2 * height - 1)
  }

  var width: Int { alongY.count }
  var height: Int { alongZ.count }
  var empty: ComplexTable { ComplexTable(count: width * height) }

  /// - Parameter rows: number of rows, from the first, that are not 0.
  func transform(_ table: inout ComplexTable, rows: Int) {
    alongZ.transformColumns(of: &table, width: width)
    table = table.transposed(width: width)
    alongY.transformColumns(of: &table, width: height)
  }
}

/// Inverse distances of two voxels by their displacement, 0 for a voxel and itself.
private struct InverseDistances {
  private let size: GridSize
  /// For displacements from 0, x fastest.
  private var weights: [Double] = []

  init(_ size: GridSize, spacing: SIMD3<Double>) {
    self.size = size
    weights.reserveCapacity(size.voxelCount)
    for z in 0..<size.z {
      for y in 0..<size.y {
        let (dy, dz) = (Double(y) * spacing.y, Double(z) * spacing.z)
        for x in 0..<size.x {
          let dx = Double(x) * spacing.x
          let square = dx * dx + dy * dy + dz * dz
          weights.append(square > 0 ? 1 / square.squareRoot() : 0)
        }
      }
    }
  }

  /// `Σ w(x) e^(-2πi f x / period)` over displacements of either sign, for each displacement in the plane.
  func transformedAlongX(_ wave: Wave, _ plane: FrequencyPlane) -> ComplexTable {
    var table = plane.empty
    for z in 0..<size.z {
      for y in 0..<size.y {
        let row = weights.span.extracting(size.offset(x: 0, y: y, z: z)..<size.offset(x: size.x, y: y, z: z))
        var sum = 0.0
        for x in 1..<max(1, size.x) { sum += row[x] * wave.cosines[x] }
        let value = row[0] + 2 * sum
        let (below, left) = ((plane.height - z) % plane.height, (plane.width - y) % plane.width)
        for line in [z, below] {
          for place in [y, left] { table.real[line * plane.width + place] = value }
        }
      }
    }
    return table
  }
}
