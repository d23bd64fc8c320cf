/// Corners of the convex hull of points in a plane (Andrew's monotone chain, 1979), in whole numbers.
struct PlanarHull {
  struct Corner: Equatable {
    var line: Int
    var position: Int
  }

  /// Corners without those on a straight edge.
  let corners: [Corner]

  /// - Parameter lines: the first and last point of each line, in order.
  init(lines: [MeshVertices.Ends]) {
    var lower: [Corner] = []
    var upper: [Corner] = []
    for (line, ends) in lines.enumerated() where ends.first <= ends.last {
      Self.extend(&lower, by: Corner(line: line, position: Int(ends.first)), turning: 1)
      Self.extend(&upper, by: Corner(line: line, position: Int(ends.last)), turning: -1)
    }
    corners = lower + upper.filter { !lower.contains($0) }
  }

  /// Adds a point of the next line, and drops points that now lie within.
  private static func extend(_ chain: inout [Corner], by point: Corner, turning side: Int) {
    while chain.count > 1 {
      let (a, b) = (chain[chain.count - 2], chain[chain.count - 1])
      let turn =
        (b.line - a.line) * (point.position - a.position) - (b.position - a.position) * (point.line - a.line)
      if turn * side > 0 { break }
      chain.removeLast()
    }
    chain.append(point)
  }

  /// Largest distance between two corners.
  /// - Parameters:
  ///   - lineSpacing: distance from one line to the next.
  ///   - positionSpacing: distance from one position on a line to the next.
  func diameter(_ lineSpacing: Double, _ positionSpacing: Double) -> Double {
    var largest = 0.0
    for i in corners.indices.dropFirst() {
      for j in 0..<i {
        let u = Double(corners[i].line - corners[j].line) * lineSpacing
        let v = Double(corners[i].position - corners[j].position) * positionSpacing
        largest = max(largest, u * u + v * v)
      }
    }
    return largest.squareRoot()
  }
}

/// The two farthest of a set of points.
///
/// Points are taken by falling distance from the middle of their bounding box: once two such distances
/// together are no more than the best pair found, no further pair can be better.
struct FarthestPair {
  private(set) var distance = 0.0

  init(_ points: [SIMD3<Double>]) {
    guard let first = points.first else { return }
    let lower = points.reduce(first) { pointwiseMin($0, $1) }
    let upper = points.reduce(first) { pointwiseMax($0, $1) }
    let middle = (lower + upper) / 2
    let radii = points.map { Self.length($0 - middle) }
    let order = radii.indices.sorted { (-radii[$0], $0) < (-radii[$1], $1) }
    for i in order.indices.dropFirst() {
      let (point, radius) = (points[order[i]], radii[order[i]])
      if radius + radii[order[0]] < distance * Self.caution { break }
      for j in 0..<i {
        if radius + radii[order[j]] < distance * Self.caution { break }
        distance = max(distance, Self.length(point - points[order[j]]))
      }
    }
  }

  /// Keeps rounding from ending the search too early.
  private static let caution = 1 - 1e-12

  private static func length(_ vector: SIMD3<Double>) -> Double {
    (vector.x * vector.x + vector.y * vector.y + vector.z * vector.z).squareRoot()
  }
}
