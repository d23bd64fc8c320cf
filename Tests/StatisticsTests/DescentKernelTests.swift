import CDescentKernels
import LinearAlgebra
import Testing

/// A weighted least-squares problem of a few columns.
private struct DescentProblem {
  static let stride = 48
  static let columns = 9
  var x: [Double]
  let weights: [Double]
  var residual: [Double]
  let curvature: [Double]
  var coefficients: [Double]

  init(seed: UInt64) {
    var stream = RandomStream(seed: seed, purpose: .synthesis)
    x = (0..<Self.stride * Self.columns).map { _ in stream.normal() }
    weights = (0..<Self.stride).map { _ in stream.uniform() / Double(Self.stride) }
    residual = weights.map { $0 * stream.normal() }
    let (x, weights) = (x, weights)
    curvature = (0..<Self.columns).map { column in
      (0..<Self.stride).reduce(0) {
        $0 + weights[$1] * x[column * Self.stride + $1] * x[column * Self.stride + $1]
      }
    }
    coefficients = (0..<Self.columns).map { $0 % 3 == 0 ? 0.1 * stream.normal() : 0 }
  }

  /// The problem after a pass of a path, and the largest change that it names.
  func passed(_ kernels: descent_kernels, _ columns: [Int], l1: Double, l2: Double) -> (Self, Double) {
    var copy = self
    let largest = unsafe copy.x.withUnsafeBufferPointer { x in
      unsafe weights.withUnsafeBufferPointer { weights in
        unsafe copy.residual.withUnsafeMutableBufferPointer { residual in
          unsafe curvature.withUnsafeBufferPointer { curvature in
            unsafe copy.coefficients.withUnsafeMutableBufferPointer { beta in
              var problem = unsafe descent_problem(
                stride: Self.stride, x: x.baseAddress, weights: weights.baseAddress,
                residual: residual.baseAddress, curvature: curvature.baseAddress,
                coefficients: beta.baseAddress, l1: l1, l2: l2)
              return unsafe kernels.pass(&problem, columns, columns.count)
            }
          }
        }
      }
    }
    return (copy, largest)
  }

  /// The same one element after the other, in lanes only where sums are concerned.
  func passedSlowly(_ columns: [Int], l1: Double, l2: Double) -> (Self, Double) {
    var (copy, largest) = (self, 0.0)
    for column in columns {
      let values = Array(x[column * Self.stride..<(column + 1) * Self.stride])
      let pull = laneSum(zip(values, copy.residual).map(*)) + curvature[column] * copy.coefficients[column]
      let size = abs(pull) - l1
      let new = size > 0 ? (pull < 0 ? -size : size) / (curvature[column] + l2) : 0
      let change = new - copy.coefficients[column]
      if change == 0 { continue }
      copy.coefficients[column] = new
      largest = max(largest, curvature[column] * change * change)
      for row in values.indices { copy.residual[row] -= change * (weights[row] * values[row]) }
    }
    return (copy, largest)
  }
}

/// Sixteen lanes, then halves onto halves.
private func laneSum(_ terms: [Double]) -> Double {
  var lanes = [Double](repeating: 0, count: 16)
  for (place, term) in terms.enumerated() { lanes[place % 16] += term }
  while lanes.count > 1 {
    let half = lanes.count / 2
    lanes = (0..<half).map { lanes[$0] + lanes[$0 + half] }
  }
  return lanes[0]
}

@Suite struct `Loops of coordinate descent` {
  /// Every instruction set that this processor has.
  private static let paths = (0...descent_best_path().rawValue).map { descent_path(rawValue: $0) }

  private static var kernels: [descent_kernels] {
    paths.map { path in unsafe descent_kernels_of(path).pointee }
  }

  @Test(arguments: 0..<20) func `give the same bits on every instruction set, and those of a slow loop`(
    seed: UInt64
  ) {
    let problem = DescentProblem(seed: seed)
    let columns = [0, 1, 2, 4, 7, 8, 3]
    let (expected, change) = problem.passedSlowly(columns, l1: 0.01, l2: 0.002)
    #expect(expected.coefficients != problem.coefficients)
    for kernels in Self.kernels {
      let (found, largest) = problem.passed(kernels, columns, l1: 0.01, l2: 0.002)
      #expect(found.coefficients == expected.coefficients && found.residual == expected.residual)
      #expect(largest == change)
      let dot = unsafe kernels.dot(problem.x, problem.weights, DescentProblem.stride)
      #expect(dot == laneSum(zip(problem.x.prefix(48), problem.weights).map(*)))
      let squares = unsafe kernels.weighted_squares(problem.x, problem.weights, DescentProblem.stride)
      #expect(squares == laneSum(zip(problem.x.prefix(48), problem.weights).map { $1 * $0 * $0 }))
    }
  }

  @Test func `a pass over no column changes nothing`() {
    let problem = DescentProblem(seed: 1)
    for kernels in Self.kernels {
      let (found, largest) = problem.passed(kernels, [], l1: 0.01, l2: 0)
      #expect(largest == 0 && found.residual == problem.residual)
    }
  }
}
