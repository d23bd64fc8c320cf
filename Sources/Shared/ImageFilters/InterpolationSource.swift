import Volumes

/// Values or coefficients that an interpolator combines.
struct InterpolationSource {
  /// How the products with weights are summed; each order is ITK's, to the last bit.
  private enum Combination {
    /// `Σ (wx wy wz) c`
    case spline
    /// `Σ ((v wx) wy) wz`
    case sinc
    /// Linear along x, then y, then z.
    case linear
    /// `Σ v w / Σ w`
    case weightedMean
    /// The value with the largest sum of weights, the first to reach it.
    case mostLikelyLabel
    case nearest
  }

  private let combination: Combination
  private let values: [Double]
  private let box: VoxelBox

  /// For a B-spline, prepares the coefficients that the grid needs; else takes the image as it is.
  init(_ image: StoredVolume, for grid: GridGeometry, _ interpolator: Interpolator) throws(ImageFilterError) {
    guard interpolator == .bSpline else {
      values = image.converted.voxels
      box = image.geometry.size.box
      switch interpolator {
      case .nearestNeighbour: combination = .nearest
      case .linear: combination = .linear
      case .gaussian: combination = .weightedMean
      case .labelGaussian: combination = .mostLikelyLabel
      default: combination = .sinc
      }
      return
    }
    combination = .spline
    try image.checkFinite(for: "resampling by B-spline")
    let coefficients = SplineCoefficients(
      of: image, within: Self.support(of: grid, in: image.geometry), convention: .itk)
    values = coefficients.values
    box = coefficients.box
  }

  /// Box of the image around all voxels of the grid, with the reach of a cubic spline.
  private static func support(of grid: GridGeometry, in image: GridGeometry) -> VoxelBox {
    let mapping = IndexMapping(from: grid, to: image)
    var lower = SIMD3<Double>(repeating: .infinity)
    var upper = -lower
    for corner in 0..<8 {
      let extents = grid.size.extents
      let index = (0..<3).map { corner >> $0 & 1 == 0 ? 0 : Double(extents[$0]) }
      let place = mapping(SIMD3(index[0], index[1], index[2]))
      lower = pointwiseMin(lower, place)
      upper = pointwiseMax(upper, place)
    }
    return VoxelBox(
      (0..<3).map { axis in
        let extent = Double(image.size.extents[axis])
        let first = Int(max(0, min(extent - 1, lower[axis].rounded(.down) - 4)))
        let last = Int(max(0, min(extent - 1, upper[axis].rounded(.up) + 4)))
        return first..<last + 1
      })
  }

  /// Calls `body` with the number of each row of a grid that lies inside the image, and at least as many values as it has: those
  /// of a B-spline on a grid whose axes run along the image's.
  /// - Returns: whether they do, and this is a B-spline; else nothing was called.
  func forEachRow(
    of grid: GridGeometry, in image: GridGeometry, _ body: (Int, ParallelGrid, [Double]) -> Void
  ) -> Bool {
    guard case .spline = combination,
      let parallel = ParallelGrid(from: grid, to: image, kernel: InterpolationKernel(.bSpline))
    else { return false }
    ParallelSpline(parallel, box: box).forEachRow(of: values) { body($0, parallel, $1) }
    return true
  }

  /// Calls `body` with a function that gives the value at a place.
  func withValues(_ body: ((SamplingPlace) -> Double) -> Void) {
    unsafe values.withUnsafeBufferPointer { values in
      guard let base = values.baseAddress else { return }
      let corner = box.size.offset(x: box.x.lowerBound, y: box.y.lowerBound, z: box.z.lowerBound)
      let (size, combination) = (box.size, combination)
      body { place in
        let samples = unsafe PlacedSamples(place: place, size: size, origin: base - corner)
        return switch combination {
        case .spline: samples.spline()
        case .nearest: samples[0, 0, 0]
        case .linear: samples.linear()
        case .sinc: samples.sinc()
        case .weightedMean: samples.weightedMean()
        case .mostLikelyLabel: samples.mostLikelyLabel()
        }
      }
    }
  }
}

/// The voxels that take part in one value.
@safe private struct PlacedSamples {
  let place: SamplingPlace
  let size: GridSize
  /// Where voxel (0, 0, 0) of the whole image would lie.
  let origin: UnsafePointer<Double>

  subscript(x: Int, y: Int, z: Int) -> Double { unsafe row(y, z)[place.x.indices[x]] }

  @inline(__always)
  private func row(_ y: Int, _ z: Int) -> UnsafePointer<Double> {
    unsafe origin + (place.z.indices[z] &* size.y &+ place.y.indices[y]) &* size.x
  }

  func spline() -> Double {
    let (indices, weights) = unsafe (place.x.indices, place.x.weights)
    let alongX = unsafe SIMD4(weights[0], weights[1], weights[2], weights[3])
    let isContiguous = unsafe indices[3] &- indices[0] == 3 && indices[2] &- indices[1] == 1
    var products = InlineArray<4, SIMD4<Double>>(repeating: alongX)
    for y in 0..<4 { products[y] *= unsafe place.y.weights[y] }
    var sum = 0.0
    for z in 0..<place.z.count {
      let depth = unsafe place.z.weights[z]
      for y in 0..<4 {
        let row = unsafe row(y, z)
        let values =
          isContiguous
          ? unsafe UnsafeRawPointer(row + indices[0]).loadUnaligned(as: SIMD4<Double>.self)
          : unsafe SIMD4(row[indices[0]], row[indices[1]], row[indices[2]], row[indices[3]])
        let terms = products[y] * depth * values
        sum += terms[0]
        sum += terms[1]
        sum += terms[2]
        sum += terms[3]
      }
    }
    return sum
  }

  func sinc() -> Double {
    var sum = 0.0
    for z in 0..<place.z.count {
      let depth = unsafe place.z.weights[z]
      for y in 0..<place.y.count {
        let height = unsafe place.y.weights[y]
        let row = unsafe row(y, z)
        for x in 0..<place.x.count {
          sum += unsafe row[place.x.indices[x]] * place.x.weights[x] * height * depth
        }
      }
    }
    return sum
  }

  func linear() -> Double {
    func alongX(_ y: Int, _ z: Int) -> Double {
      let first = self[0, y, z]
      return unsafe first + (self[1, y, z] - first) * place.x.weights[1]
    }
    func alongY(_ z: Int) -> Double {
      let first = alongX(0, z)
      return unsafe first + (alongX(1, z) - first) * place.y.weights[1]
    }
    let first = alongY(0)
    guard place.z.count == 2 else { return first }
    return unsafe first + (alongY(1) - first) * place.z.weights[1]
  }

  /// Calls `body` with each value and the product of its weights.
  private func forEachWeight(_ body: (Double, Double) -> Void) {
    for z in 0..<place.z.count {
      for y in 0..<place.y.count {
        for x in 0..<place.x.count {
          body(self[x, y, z], unsafe place.x.weights[x] * place.y.weights[y] * place.z.weights[z])
        }
      }
    }
  }

  func weightedMean() -> Double {
    var sum = 0.0
    var total = 0.0
    forEachWeight { value, weight in
      sum += value * weight
      total += weight
    }
    return sum / total
  }

  func mostLikelyLabel() -> Double {
    var sums: [Double: Double] = [:]
    var best = (weight: 0.0, value: 0.0)
    forEachWeight { value, weight in
      let sum = (sums[value] ?? 0) + weight
      sums[value] = sum
      if sum > best.weight { best = (sum, value) }
    }
    return best.value
  }
}
