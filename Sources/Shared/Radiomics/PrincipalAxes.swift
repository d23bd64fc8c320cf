import Volumes

/// Lengths of the axes of the ellipsoid that has the region's covariance: `4 √λ` of each eigenvalue.
struct PrincipalAxes {
  /// In millimetres, the longest first.
  let lengths: [Double]

  /// - Parameter isUnbiased: whether the covariance of voxel centres is divided by N - 1 (IBSI) or by N
  ///   (PyRadiomics). Of a single voxel the former is not a number.
  init(_ region: RegionOfInterest, isUnbiased: Bool = false) {
    let moments = VoxelMoments(region)
    var covariance = moments.covariance
    let spacing = region.spacingInMillimetres
    for i in 0..<3 {
      for j in 0..<3 { covariance[i][j] *= spacing[i] * spacing[j] }
    }
    let eigenvalues = Self.eigenvalues(covariance).sorted(by: >)
    let count = Double(region.voxelCount)
    let correction = isUnbiased ? (count / (count - 1)).squareRoot() : 1
    // What rounding leaves of an eigenvalue 0 would be a length of 1e-7.
    lengths = eigenvalues.map {
      $0 > 16 * .ulpOfOne * eigenvalues[0] ? 4 * $0.squareRoot() * correction : 0 * correction
    }
  }

  /// Eigenvalues of a symmetric matrix of three rows, in no order.
  ///
  /// Jacobi's method: rotations clear one off-diagonal element after the other, in fixed order. A row of
  /// zeros stays one, so that a flat region has an axis of length 0.
  static func eigenvalues(_ matrix: [[Double]]) -> [Double] {
    var a = matrix
    for _ in 0..<50 {
      if a[0][1] == 0 && a[0][2] == 0 && a[1][2] == 0 { break }
      for (p, q) in [(0, 1), (0, 2), (1, 2)] where a[p][q] != 0 { rotate(&a, p, q) }
    }
    return [a[0][0], a[1][1], a[2][2]]
  }

  private static func rotate(_ a: inout [[Double]], _ p: Int, _ q: Int) {
    let r = 3 - p - q
    let ratio = (a[q][q] - a[p][p]) / (2 * a[p][q])
    let magnitude = 1 / (abs(ratio) + (ratio * ratio + 1).squareRoot())
    let tangent = ratio < 0 ? -magnitude : magnitude
    let cosine = 1 / (tangent * tangent + 1).squareRoot()
    let sine = tangent * cosine
    let (apr, aqr) = (a[p][r], a[q][r])
    a[p][p] -= tangent * a[p][q]
    a[q][q] += tangent * a[p][q]
    a[p][q] = 0
    a[q][p] = 0
    a[p][r] = cosine * apr - sine * aqr
    a[q][r] = sine * apr + cosine * aqr
    a[r][p] = a[p][r]
    a[r][q] = a[q][r]
  }
}

/// Covariance of voxel indices, from sums in whole numbers.
private struct VoxelMoments {
  /// By x, y, z.
  let covariance: [[Double]]

  init(_ region: RegionOfInterest) {
    // Sums about a voxel near the middle stay small, and differences of them exact.
    let size = region.box.size
    let middle = [size.x / 2, size.y / 2, size.z / 2]
    var first = [0, 0, 0]
    var second = [[0, 0, 0], [0, 0, 0], [0, 0, 0]]
    for run in region.runs {
      let n = Int(run.count)
      let (y, z) = (Int(run.y) - middle[1], Int(run.z) - middle[2])
      let start = Int(run.x) - middle[0]
      let sumOfX = n * start + n * (n - 1) / 2
      let sumOfSquares = n * start * start + start * n * (n - 1) + (n - 1) * n * (2 * n - 1) / 6
      first[0] += sumOfX
      first[1] += n * y
      first[2] += n * z
      second[0][0] += sumOfSquares
      second[0][1] += sumOfX * y
      second[0][2] += sumOfX * z
      second[1][1] += n * y * y
      second[1][2] += n * y * z
      second[2][2] += n * z * z
    }
    let count = Double(region.voxelCount)
    covariance = (0..<3).map { i in
      (0..<3).map { j in
        let sum = Double(second[min(i, j)][max(i, j)])
        return sum / count - Double(first[i]) / count * (Double(first[j]) / count)
      }
    }
  }
}
