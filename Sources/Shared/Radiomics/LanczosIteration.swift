/// Finds the largest eigenvalue of a symmetric operator from its products with vectors (Lanczos 1950).
///
/// The space is the complement of one known eigenvector. Each new vector is made orthogonal to all earlier
/// ones, so that the result does not drift; the start is a fixed sequence, so that it is always the same.
struct LanczosIteration {
  private let avoided: [Double]
  private var basis: [[Double]] = []

  private static let longest = 300
  /// Steps between two looks at the eigenvalue.
  private static let interval = 10
  private static let tolerance = 1e-13

  /// - Parameter avoided: a vector of length 1.
  init(avoiding avoided: [Double]) { self.avoided = avoided }

  /// The largest eigenvalue of `apply`, once ten more steps no longer change it.
  mutating func largestEigenvalue(of apply: ([Double]) -> [Double]) -> Double {
    var vector = Self.start(count: avoided.count)
    var projected = SymmetricTridiagonal(diagonal: [], offDiagonal: [])
    var estimate = -Double.infinity
    for step in 1...Self.longest {
      let length = orthogonalise(&vector)
      guard length > Self.tolerance else { break }
      if step > 1 { projected.offDiagonal.append(length) }
      for i in vector.indices { vector[i] /= length }
      basis.append(vector)
      let image = apply(vector)
      projected.diagonal.append(Self.dot(image, vector))
      vector = image
      if step % Self.interval == 0 {
        let next = projected.eigenvalue(fromLargest: 0)
        if abs(next - estimate) <= Self.tolerance { return next }
        estimate = next
      }
    }
    return projected.diagonal.isEmpty ? 0 : projected.eigenvalue(fromLargest: 0)
  }

  /// Takes out what lies along earlier vectors; returns the length of what is left.
  private func orthogonalise(_ vector: inout [Double]) -> Double {
    for recent in basis.suffix(2) { Self.remove(recent, from: &vector) }
    Self.remove(avoided, from: &vector)
    for earlier in basis { Self.remove(earlier, from: &vector) }
    return Self.dot(vector, vector).squareRoot()
  }

  private static func remove(_ direction: [Double], from vector: inout [Double]) {
    let share = dot(direction, vector)
    let direction = direction.span
    var rest = vector.mutableSpan
    for i in direction.indices { unsafe rest[unchecked: i] -= share * direction[unchecked: i] }
  }

  /// The scalar product, in four interleaved sums, whose order is always the same.
  private static func dot(_ a: [Double], _ b: [Double]) -> Double {
    let whole = a.count / 4 * 4
    var sums = SIMD4<Double>(repeating: 0)
    for i in stride(from: 0, to: whole, by: 4) {
      let left = SIMD4<Double>(a[i], a[i + 1], a[i + 2], a[i + 3])
      let right = SIMD4<Double>(b[i], b[i + 1], b[i + 2], b[i + 3])
      sums += left * right
    }
    var sum = (sums.x + sums.y) + (sums.z + sums.w)
    for i in whole..<a.count { sum += a[i] * b[i] }
    return sum
  }

  /// Numbers without a pattern that a symmetry of the operator could share (Weyl's sequence of √2).
  private static func start(count: Int) -> [Double] {
    (1...count).map { index in
      let turns = Double(index) * 2.0.squareRoot()
      return turns - turns.rounded(.down) - 0.5
    }
  }
}
