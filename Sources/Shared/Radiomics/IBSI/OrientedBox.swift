/// The smallest box around a convex hull that has one side flush with a facet of the hull (IBSI ZH1A, IQYR).
///
/// Of a box of truly smallest volume two neighbouring sides touch edges of the hull, but not always a facet
/// (O'Rourke, International Journal of Computer & Information Sciences 14(3), 1985). Taking facets only is
/// the usual approximation; the box along the axes is tried too, so that the result is never larger than
/// that.
struct OrientedBox {
  private let points: [SIMD3<Double>]
  private let areaNormals: [SIMD3<Double>]
  private var best: Cuboid

  /// - Parameter scale: millimetres of a unit of the hull's coordinates along each axis.
  static func smallest(around hull: ConvexHull, scale: SIMD3<Double>) -> Cuboid {
    var search = OrientedBox(hull, scale)
    for normal in directions(of: hull) { search.tryBox(across: SIMD3<Double>(normal) / scale) }
    return search.best
  }

  private init(_ hull: ConvexHull, _ scale: SIMD3<Double>) {
    points = hull.vertices.map { SIMD3<Double>($0) * scale }
    areaNormals = hull.facets.map { hull.areaNormal(of: $0, scale: scale) }
    let lower = points.reduce(points[0]) { pointwiseMin($0, $1) }
    let upper = points.reduce(points[0]) { pointwiseMax($0, $1) }
    best = Cuboid(edges: upper - lower)
  }

  /// Normals of the hull's facets, each line once, in the order of facets.
  private static func directions(of hull: ConvexHull) -> [SIMD3<Int>] {
    var seen: Set<SIMD3<Int>> = []
    return hull.facets.map { canonical($0.normal) }.filter { seen.insert($0).inserted }
  }

  /// The shortest whole-number vector along a line, its first component that is not 0 above 0.
  private static func canonical(_ vector: SIMD3<Int>) -> SIMD3<Int> {
    var divisor = 0
    for index in 0..<3 {
      var other = abs(vector[index])
      while other != 0 { (divisor, other) = (other, divisor % other) }
    }
    let leading = vector.x != 0 ? vector.x : vector.y != 0 ? vector.y : vector.z
    let signed = leading < 0 ? -divisor : divisor
    return SIMD3(vector.x / signed, vector.y / signed, vector.z / signed)
  }

  private mutating func tryBox(across normal: SIMD3<Double>) {
    let n = unit(normal)
    // No rectangle around the shadow is smaller than the shadow: many facets need no closer look.
    let shadow = areaNormals.reduce(0) { $0 + abs(($1 * n).sum()) } / 2
    let height = extent(along: n)
    if height * shadow >= best.volume { return }
    let helper: SIMD3<Double> = abs(n.x) < 0.6 ? [1, 0, 0] : [0, 1, 0]
    let u = unit(cross(n, helper))
    let v = cross(n, u)
    let outline = PlanarPoints(points.map { SIMD2(($0 * u).sum(), ($0 * v).sum()) }).hull
    for index in outline.indices {
      let edge = outline[(index + 1) % outline.count] - outline[index]
      let length = (edge * edge).sum().squareRoot()
      if length == 0 { continue }
      let along = edge / length
      let width = PlanarPoints.extent(of: outline, along: along)
      let depth = PlanarPoints.extent(of: outline, along: SIMD2(-along.y, along.x))
      if height * width * depth < best.volume { best = Cuboid(edges: SIMD3(height, width, depth)) }
    }
  }

  private func extent(along direction: SIMD3<Double>) -> Double {
    var (lower, upper) = (Double.infinity, -Double.infinity)
    for point in points {
      let position = (point * direction).sum()
      lower = min(lower, position)
      upper = max(upper, position)
    }
    return upper - lower
  }

  private func unit(_ vector: SIMD3<Double>) -> SIMD3<Double> {
    vector / (vector * vector).sum().squareRoot()
  }

  private func cross(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> SIMD3<Double> {
    SIMD3(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x)
  }
}

/// Points in a plane.
private struct PlanarPoints {
  private let points: [SIMD2<Double>]

  init(_ points: [SIMD2<Double>]) { self.points = points }

  /// Corners of the convex hull, anticlockwise (Andrew's monotone chain, 1979).
  var hull: [SIMD2<Double>] {
    let order = points.indices.sorted { (points[$0].x, points[$0].y, $0) < (points[$1].x, points[$1].y, $1) }
    let sorted = order.map { points[$0] }
    return Self.chain(sorted).dropLast() + Self.chain(sorted.reversed()).dropLast()
  }

  private static func chain(_ sorted: [SIMD2<Double>]) -> [SIMD2<Double>] {
    var chain: [SIMD2<Double>] = []
    for point in sorted {
      while chain.count > 1 {
        let (a, b) = (chain[chain.count - 2], chain[chain.count - 1])
        if (b.x - a.x) * (point.y - a.y) - (b.y - a.y) * (point.x - a.x) > 0 { break }
        chain.removeLast()
      }
      chain.append(point)
    }
    return chain
  }

  static func extent(of points: [SIMD2<Double>], along direction: SIMD2<Double>) -> Double {
    var (lower, upper) = (Double.infinity, -Double.infinity)
    for point in points {
      let position = (point * direction).sum()
      lower = min(lower, position)
      upper = max(upper, position)
    }
    return upper - lower
  }
}
