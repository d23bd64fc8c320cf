/// The convex hull of points in space with whole-number coordinates.
///
/// Points are added one by one: the facets that a new point sees are replaced by those that join it to their
/// outline (Preparata & Hong, Communications of the ACM 20(2), 1977). In whole numbers it is always certain
/// which facets those are, so that flat parts of a surface, of which voxels make many, do no harm.
struct ConvexHull {
  /// A triangle, its corners anticlockwise as seen from outside.
  struct Facet {
    let a: Int
    let b: Int
    let c: Int
    /// Points outwards, of twice the triangle's area.
    let normal: SIMD3<Int>
    /// Scalar product of the normal and any point of the triangle.
    let offset: Int
  }

  private let points: [SIMD3<Int>]
  private(set) var facets: [Facet] = []

  /// - Parameter points: different ones, not all in one plane; coordinates below 2¹⁶ in size, so that no
  ///   product overflows.
  init(_ points: [SIMD3<Int>]) {
    self.points = points
    let simplex = Self.simplex(of: points)
    for (corner, opposite) in [(0, 1, 2), (0, 3, 1), (0, 2, 3), (1, 3, 2)].map({
      ([$0, $1, $2], 6 - $0 - $1 - $2)
    }) {
      let face = facet(simplex[corner[0]], simplex[corner[1]], simplex[corner[2]])
      let isOutward = dot(face.normal, points[simplex[opposite]]) < face.offset
      facets.append(isOutward ? face : facet(face.a, face.c, face.b))
    }
    for point in points.indices where !simplex.contains(point) { add(point) }
  }

  /// Four points that are not in one plane, each as far from the ones before as can be.
  private static func simplex(of points: [SIMD3<Int>]) -> [Int] {
    func farthest(_ distance: (SIMD3<Int>) -> Double) -> Int {
      let distances = points.map(distance)
      return distances.indices.reduce(0) { distances[$1] > distances[$0] ? $1 : $0 }
    }
    let second = farthest { length($0 &- points[0]) }
    let edge = points[second] &- points[0]
    let third = farthest { length(cross(edge, $0 &- points[0])) }
    let normal = cross(edge, points[third] &- points[0])
    let fourth = farthest { abs(Double(dot(normal, $0 &- points[0]))) }
    precondition(dot(normal, points[fourth] &- points[0]) != 0, "points in one plane have no hull in space")
    return [0, second, third, fourth]
  }

  private static func length(_ vector: SIMD3<Int>) -> Double {
    let vector = SIMD3<Double>(vector)
    return (vector * vector).sum()
  }

  private func facet(_ a: Int, _ b: Int, _ c: Int) -> Facet {
    let normal = cross(points[b] &- points[a], points[c] &- points[a])
    return Facet(a: a, b: b, c: c, normal: normal, offset: dot(normal, points[a]))
  }

  private mutating func add(_ point: Int) {
    let position = points[point]
    let visible = facets.indices.filter { dot(facets[$0].normal, position) > facets[$0].offset }
    guard !visible.isEmpty else { return }
    let edges = visible.flatMap { index in
      let facet = facets[index]
      return [SIMD2(facet.a, facet.b), SIMD2(facet.b, facet.c), SIMD2(facet.c, facet.a)]
    }
    // An edge between two visible facets occurs in both directions; the outline's edges in one.
    let seen = Set(edges)
    var free = visible[...]
    for edge in edges where !seen.contains(SIMD2(edge.y, edge.x)) {
      let new = facet(edge.x, edge.y, point)
      if let index = free.popFirst() { facets[index] = new } else { facets.append(new) }
    }
    for index in free.reversed() { facets.remove(at: index) }
  }

  /// Corners of the hull; a few may lie on a flat part of its surface.
  var vertices: [SIMD3<Int>] {
    var isCorner = [Bool](repeating: false, count: points.count)
    for facet in facets {
      for index in [facet.a, facet.b, facet.c] { isCorner[index] = true }
    }
    return points.indices.filter { isCorner[$0] }.map { points[$0] }
  }

  /// Six times the volume, in units of the coordinates.
  var sixfoldVolume: Int {
    facets.reduce(0) { $0 + $1.offset - dot($1.normal, points[0]) }
  }

  /// Outward normal of a facet whose length is the facet's area, once coordinates are scaled.
  func areaNormal(of facet: Facet, scale: SIMD3<Double>) -> SIMD3<Double> {
    SIMD3<Double>(facet.normal) * SIMD3(scale.y * scale.z, scale.z * scale.x, scale.x * scale.y) / 2
  }
}

private func cross(_ a: SIMD3<Int>, _ b: SIMD3<Int>) -> SIMD3<Int> {
  SIMD3(a.y &* b.z &- a.z &* b.y, a.z &* b.x &- a.x &* b.z, a.x &* b.y &- a.y &* b.x)
}

private func dot(_ a: SIMD3<Int>, _ b: SIMD3<Int>) -> Int { a.x &* b.x &+ a.y &* b.y &+ a.z &* b.z }
