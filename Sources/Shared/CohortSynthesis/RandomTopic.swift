import LinearAlgebra

/// What a random number of the synthesis decides: each topic has a stream of its own, so that a change to one
/// leaves the others as they were.
enum RandomTopic: Int {
  case assignment, scanner, anatomy, struts, mottle, lesion, acquisition, survival, clinical, survivalClinic

  /// - Parameter index: number of the subject, image or site that the stream is for.
  func stream(_ seed: UInt64, _ index: Int) -> RandomStream {
    RandomStream(seed: seed, purpose: .synthesis, replicate: index, stratum: rawValue)
  }
}

extension RandomStream {
  /// Uniform in a range of numbers.
  mutating func uniform(in range: ClosedRange<Double>) -> Double {
    range.lowerBound + (range.upperBound - range.lowerBound) * uniform()
  }

  /// A random turn: the columns of the rotation matrix of a unit quaternion, uniform over all turns.
  mutating func rotation() -> [SIMD3<Double>] {
    var q = SIMD4(normal(), normal(), normal(), normal())
    q /= (q.x * q.x + q.y * q.y + q.z * q.z + q.w * q.w).squareRoot()
    let (b, c, d, a) = (q.x, q.y, q.z, q.w)
    return [
      [a * a + b * b - c * c - d * d, 2 * (b * c + a * d), 2 * (b * d - a * c)],
      [2 * (b * c - a * d), a * a + c * c - b * b - d * d, 2 * (c * d + a * b)],
      [2 * (b * d + a * c), 2 * (c * d - a * b), a * a + d * d - b * b - c * c],
    ]
  }
}

/// Sum of the products of components, in the order x, y, z.
func dot(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> Double { a.x * b.x + a.y * b.y + a.z * b.z }

func length(_ vector: SIMD3<Double>) -> Double { dot(vector, vector).squareRoot() }
