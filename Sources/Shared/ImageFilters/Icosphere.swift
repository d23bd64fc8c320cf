/// Points spread evenly over a sphere: an icosahedron whose faces are divided in four again and again, new
/// corners moved out to the sphere. Order and rounding are those of trimesh's `icosphere`.
struct Icosphere {
  /// Corners, each within `radius` of the origin.
  let vertices: [SIMD3<Double>]

  init(subdivisions: Int, radius: Double) {
    var vertices = Self.corners
    var faces = Self.faces
    for _ in 0..<subdivisions {
      (vertices, faces) = Self.subdivided(vertices, faces)
      vertices = vertices.map { Self.moved($0, to: radius) }
    }
    self.vertices = subdivisions > 0 ? vertices : vertices.map { Self.moved($0, to: radius) }
  }

  private static func moved(_ vertex: SIMD3<Double>, to radius: Double) -> SIMD3<Double> {
    let squares = vertex * vertex
    let length = (squares.x + squares.y + squares.z).squareRoot()
    return vertex + vertex / length * (radius - length)
  }

  /// New corners lie at the middle of edges, in the order of (larger, smaller) corner.
  private static func subdivided(
    _ vertices: [SIMD3<Double>], _ faces: [SIMD3<Int>]
  ) -> ([SIMD3<Double>], [SIMD3<Int>]) {
    func key(_ a: Int, _ b: Int) -> Int { max(a, b) << 32 | min(a, b) }
    let edges = faces.flatMap { [key($0.x, $0.y), key($0.y, $0.z), key($0.z, $0.x)] }
    let unique = Set(edges).sorted()
    let numbers = Dictionary(
      uniqueKeysWithValues: unique.enumerated().map { ($0.element, $0.offset + vertices.count) })
    let middles = unique.map { (vertices[$0 & 0xFFFF_FFFF] + vertices[$0 >> 32]) / 2 }
    let divided = faces.flatMap { face -> [SIMD3<Int>] in
      func middle(_ a: Int, _ b: Int) -> Int { numbers[key(a, b)] ?? 0 }
      let (ab, bc, ca) = (middle(face.x, face.y), middle(face.y, face.z), middle(face.z, face.x))
      return [[face.x, ab, ca], [ab, face.y, bc], [ca, bc, face.z], [ab, bc, ca]]
    }
    return (vertices + middles, divided)
  }

  /// `1 / √(1 + φ²)` and `φ / √(1 + φ²)` with the golden ratio φ.
  private static let (short, long) = (0.5257311121191336, 0.85065080835204)

  private static let corners: [SIMD3<Double>] = [
    [-short, long, 0], [short, long, 0], [-short, -long, 0], [short, -long, 0],
    [0, -short, long], [0, short, long], [0, -short, -long], [0, short, -long],
    [long, 0, -short], [long, 0, short], [-long, 0, -short], [-long, 0, short],
  ]

  private static let faces: [SIMD3<Int>] = [
    [0, 11, 5], [0, 5, 1], [0, 1, 7], [0, 7, 10], [0, 10, 11], [1, 5, 9], [5, 11, 4], [11, 10, 2],
    [10, 7, 6],
    [7, 1, 8], [3, 9, 4], [3, 4, 2], [3, 2, 6], [3, 6, 8], [3, 8, 9], [4, 9, 5], [2, 4, 11], [6, 2, 10],
    [8, 6, 7],
    [9, 8, 1],
  ]
}
