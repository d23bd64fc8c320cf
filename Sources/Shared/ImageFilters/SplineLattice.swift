import Volumes

/// Weights of cubic B-splines for the voxels of one axis, whose first and last lie at the ends of the spans.
///
/// The last voxel is moved inwards by a thousandth of a step, as ITK does, so that it belongs to the last span.
struct SplineAxis {
  let controlPoints: Int
  /// Voxels of each span.
  let runs: [Range<Int>]
  /// Position of each voxel in its span, 0 to 1.
  let fractions: [Double]

  /// - Parameters:
  ///   - voxels: at least two.
  ///   - controlPoints: at least four.
  init(voxels: Int, controlPoints: Int) {
    let spans = controlPoints - 3
    self.controlPoints = controlPoints
    let inset = Double(spans) / Double(voxels - 1) * 1e-3
    let positions = (0..<voxels).map { voxel in
      let position = Double(spans) * Double(voxel) / Double(voxels - 1)
      return abs(position - Double(spans)) <= inset ? Double(spans) - inset : position
    }
    fractions = positions.map { $0 - Double(Int($0)) }
    var (runs, start) = ([Range<Int>](), 0)
    for span in 0..<spans {
      let end = positions[start...].firstIndex { Int($0) > span } ?? voxels
      runs.append(start..<end)
      start = end
    }
    self.runs = runs
  }

  /// Weights of the four control points around a voxel.
  func weights(_ voxel: Int) -> SIMD4<Double> {
    let t = fractions[voxel]
    let s = 1 - t
    return SIMD4(
      s * s * s / 6, (4 - 6 * t * t + 3 * t * t * t) / 6, (4 - 6 * s * s + 3 * s * s * s) / 6, t * t * t / 6)
  }

  /// For each voxel the first of its four control points.
  var firstControlPoints: [Int] { runs.enumerated().flatMap { span, run in run.map { _ in span } } }
}

/// Control points of a smooth function on a grid: a tensor product of cubic B-splines, x varying fastest.
struct SplineLattice {
  let size: GridSize
  var values: [Double]

  init(size: GridSize) {
    self.size = size
    values = [Double](repeating: 0, count: size.voxelCount)
  }

  static func += (left: inout SplineLattice, right: SplineLattice) {
    precondition(left.size == right.size, "lattices of one size")
    for i in left.values.indices { left.values[i] += right.values[i] }
  }

  /// The same function by control points half as far apart (Lane and Riesenfeld's subdivision): n become 2n - 3.
  var refined: SplineLattice {
    var lattice = self
    for axis in 0..<3 { lattice = lattice.refined(along: axis) }
    return lattice
  }

  private func refined(along axis: Int) -> SplineLattice {
    let sizes = [size.x, size.y, size.z]
    var newSizes = sizes
    newSizes[axis] = 2 * sizes[axis] - 3
    var lattice = SplineLattice(size: GridSize(x: newSizes[0], y: newSizes[1], z: newSizes[2]))
    let step = sizes[..<axis].reduce(1, *)
    let outer = sizes[(axis + 1)...].reduce(1, *)
    for block in 0..<outer {
      for inner in 0..<step {
        func old(_ i: Int) -> Double { values[(block * sizes[axis] + i) * step + inner] }
        for i in 0..<newSizes[axis] {
          let value =
            i % 2 == 0
            ? (old(i / 2) + old(i / 2 + 1)) / 2 : (old(i / 2) + 6 * old(i / 2 + 1) + old(i / 2 + 2)) / 8
          lattice.values[(block * newSizes[axis] + i) * step + inner] = value
        }
      }
    }
    return lattice
  }

  /// Evaluates the function, row by row; the time goes to one polynomial a voxel.
  /// - Parameters:
  ///   - axes: of x, y and z.
  ///   - body: takes y, z and the values of the row.
  func forEachRow(on axes: [SplineAxis], _ body: (Int, Int, UnsafeBufferPointer<Double>) -> Void) {
    var plane = [Double](repeating: 0, count: size.x * size.y)
    var points = [Double](repeating: 0, count: size.x)
    var row = [Double](repeating: 0, count: axes[0].fractions.count)
    let (firstY, firstZ) = (axes[1].firstControlPoints, axes[2].firstControlPoints)
    for z in firstZ.indices {
      let weightsZ = axes[2].weights(z)
      for i in plane.indices {
        plane[i] = Self.blend(weightsZ) { values[(firstZ[z] + $0) * plane.count + i] }
      }
      for y in firstY.indices {
        let weightsY = axes[1].weights(y)
        for i in points.indices {
          points[i] = Self.blend(weightsY) { plane[(firstY[y] + $0) * size.x + i] }
        }
        Self.evaluate(points, on: axes[0], into: &row)
        unsafe row.withUnsafeBufferPointer { row in unsafe body(y, z, row) }
      }
    }
  }

  private static func blend(_ weights: SIMD4<Double>, _ value: (Int) -> Double) -> Double {
    (weights[0] * value(0) + weights[1] * value(1)) + (weights[2] * value(2) + weights[3] * value(3))
  }

  private static func evaluate(_ points: [Double], on axis: SplineAxis, into row: inout [Double]) {
    unsafe row.withUnsafeMutableBufferPointer { row in
      unsafe axis.fractions.withUnsafeBufferPointer { fractions in
        for (span, run) in axis.runs.enumerated() {
          let p = (points[span], points[span + 1], points[span + 2], points[span + 3])
          let a = (p.0 + 4 * p.1 + p.2) / 6
          let b = (p.2 - p.0) / 2
          let c = (p.0 - 2 * p.1 + p.2) / 2
          let d = ((p.3 - p.0) + 3 * (p.1 - p.2)) / 6
          for x in run {
            let t = unsafe fractions[x]
            unsafe row[x] = ((d * t + c) * t + b) * t + a
          }
        }
      }
    }
  }
}

/// Approximation of scattered values by a lattice, one level of Lee, Wolberg and Shin (IEEE Trans Vis Comput Graph 1997): each
/// control point is the mean of what the values around it ask of it, weighted by the squares of their splines.
///
/// The values lie on a grid, so sums over three axes are taken one after another: about four multiplications a voxel, where a
/// sum over 64 control points a value takes 192.
struct SplineFit {
  private let axes: [SplineAxis]
  private let squares: [[SIMD4<Double>]]
  private let shares: [[SIMD4<Double>]]
  /// For each control point the sum of squares of splines over the voxels that count.
  private let total: SplineLattice

  /// Below this sum a control point is left at 0: ITK's, which computes in single precision.
  private static let negligible = 0.1 * Double(Float.ulpOfOne)

  /// - Parameters:
  ///   - axes: of x, y and z.
  ///   - inside: 1 for voxels that count, else 0.
  init(axes: [SplineAxis], inside: [Double]) {
    self.axes = axes
    let weights = axes.map { axis in axis.fractions.indices.map(axis.weights) }
    squares = weights.map { $0.map { $0 * $0 } }
    shares = weights.map { $0.map { $0 * $0 * $0 / ($0 * $0).sumOfFour } }
    total = Self.sums(of: inside, weights: squares, axes: axes)
  }

  /// The lattice that approximates values, which are 0 where they do not count.
  func lattice(of values: [Double]) -> SplineLattice {
    var lattice = Self.sums(of: values, weights: shares, axes: axes)
    for i in lattice.values.indices {
      lattice.values[i] =
        total.values[i] <= Self.negligible ? 0 : lattice.values[i] / total.values[i]
    }
    return lattice
  }

  /// For each control point the sum of values times weights.
  private static func sums(
    of values: [Double], weights: [[SIMD4<Double>]], axes: [SplineAxis]
  ) -> SplineLattice {
    let size = GridSize(x: axes[0].controlPoints, y: axes[1].controlPoints, z: axes[2].controlPoints)
    var lattice = SplineLattice(size: size)
    let (width, firstY, firstZ) = (
      axes[0].fractions.count, axes[1].firstControlPoints, axes[2].firstControlPoints
    )
    for z in firstZ.indices {
      var plane = [Double](repeating: 0, count: size.x * size.y)
      for y in firstY.indices {
        let row = sums(of: values, from: (z * firstY.count + y) * width, weights[0], axes[0])
        for k in 0..<4 {
          for i in row.indices { plane[(firstY[y] + k) * size.x + i] += weights[1][y][k] * row[i] }
        }
      }
      for k in 0..<4 {
        for i in plane.indices {
          lattice.values[(firstZ[z] + k) * plane.count + i] += weights[2][z][k] * plane[i]
        }
      }
    }
    return lattice
  }

  /// The same of one row.
  private static func sums(
    of values: [Double], from start: Int, _ weights: [SIMD4<Double>], _ axis: SplineAxis
  ) -> [Double] {
    var row = [Double](repeating: 0, count: axis.controlPoints)
    unsafe values.withUnsafeBufferPointer { values in
      unsafe weights.withUnsafeBufferPointer { weights in
        for (span, run) in axis.runs.enumerated() {
          var sum = SIMD4<Double>.zero
          for x in run { unsafe sum += weights[x] * values[start + x] }
          for k in 0..<4 { row[span + k] += sum[k] }
        }
      }
    }
    return row
  }
}

extension SIMD4<Double> {
  /// Sum of the four numbers in a fixed order.
  fileprivate var sumOfFour: Double { (self[0] + self[1]) + (self[2] + self[3]) }
}
