import Volumes

/// Vertices of a mesh as far as the largest distance between two of them needs them.
///
/// Coordinates are in halves of a voxel. On any line the distance from a given point is largest at an end, so
/// that of each line along x, and of each along z, the first and the last vertex are kept.
struct MeshVertices {
  /// First and last vertex along each line; `first > last` where there is none.
  struct Ends {
    var first = Int32.max
    var last = Int32.min

    mutating func include(_ value: Int) {
      first = min(first, Int32(truncatingIfNeeded: value))
      last = max(last, Int32(truncatingIfNeeded: value))
    }
  }

  let size: GridSize
  /// Ends of lines along x, at `z·size.y + y`.
  private(set) var alongX: [Ends]
  /// Ends of lines along z, at `x·size.y + y`.
  private(set) var alongZ: [Ends]

  /// - Parameter size: number of voxels of the grid.
  init(size: GridSize) {
    let halves = GridSize(x: 2 * size.x, y: 2 * size.y, z: 2 * size.z)
    self.size = halves
    alongX = [Ends](repeating: Ends(), count: halves.y * halves.z)
    alongZ = [Ends](repeating: Ends(), count: halves.x * halves.y)
  }

  mutating func add(x: Int, y: Int, z: Int) {
    alongX[z * size.y + y].include(x)
    alongZ[x * size.y + y].include(z)
  }
}

/// Largest distances between two vertices of a mesh, in millimetres.
///
/// The farthest two points of a set are corners of its convex hull, and a corner of the hull is a corner of
/// the hull of its own plane, whichever way the plane lies. So planes are searched first (which gives the
/// three planar diameters), and only points that are corners in all three of their planes are compared in
/// space.
struct MeshDiameters {
  /// Between vertices of the same z, Maximum2DDiameterSlice.
  private(set) var slice = 0.0
  /// Of the same y, Maximum2DDiameterColumn.
  private(set) var column = 0.0
  /// Of the same x, Maximum2DDiameterRow.
  private(set) var row = 0.0
  /// Of all vertices, Maximum3DDiameter.
  private(set) var spatial = 0.0
  /// Vertices that are corners of the hulls of all their planes, in halves of a voxel: all corners of the
  /// mesh's convex hull, and few others.
  let corners: [SIMD3<Int>]

  init(_ vertices: MeshVertices, spacingInMillimetres spacing: SIMD3<Double>) {
    let half = spacing / 2
    let size = vertices.size
    var marks = CornerMarks(vertices)
    for z in 0..<size.z {
      let hull = PlanarHull(lines: (0..<size.y).map { vertices.alongX[z * size.y + $0] })
      slice = max(slice, hull.diameter(half.y, half.x))
      for corner in hull.corners { marks.inSlice.insert(x: corner.position, y: corner.line, z: z) }
    }
    for y in 0..<size.y {
      let hull = PlanarHull(lines: (0..<size.z).map { vertices.alongX[$0 * size.y + y] })
      column = max(column, hull.diameter(half.z, half.x))
      for corner in hull.corners { marks.inColumn.insert(x: corner.position, y: y, z: corner.line) }
    }
    for x in 0..<size.x {
      let hull = PlanarHull(lines: (0..<size.y).map { vertices.alongZ[x * size.y + $0] })
      row = max(row, hull.diameter(half.y, half.z))
      for corner in hull.corners { marks.collect(x: x, y: corner.line, z: corner.position) }
    }
    corners = marks.candidates
    spatial = FarthestPair(corners.map { SIMD3<Double>($0) * half }).distance
  }
}

/// Which vertices are corners of the hulls of their planes.
private struct CornerMarks {
  /// A set of vertices that are ends of lines along x.
  struct EndSet {
    let vertices: MeshVertices
    var isFirst: [Bool]
    var isLast: [Bool]

    init(_ vertices: MeshVertices) {
      self.vertices = vertices
      isFirst = [Bool](repeating: false, count: vertices.alongX.count)
      isLast = isFirst
    }

    mutating func insert(x: Int, y: Int, z: Int) {
      let line = z * vertices.size.y + y
      if x == Int(vertices.alongX[line].first) { isFirst[line] = true }
      if x == Int(vertices.alongX[line].last) { isLast[line] = true }
    }

    func contains(x: Int, y: Int, z: Int) -> Bool {
      let line = z * vertices.size.y + y
      let ends = vertices.alongX[line]
      return (x == Int(ends.first) && isFirst[line]) || (x == Int(ends.last) && isLast[line])
    }
  }

  var inSlice: EndSet
  var inColumn: EndSet
  private(set) var candidates: [SIMD3<Int>] = []

  init(_ vertices: MeshVertices) {
    inSlice = EndSet(vertices)
    inColumn = inSlice
  }

  /// Keeps a corner of a plane across x if it is one in its two other planes.
  mutating func collect(x: Int, y: Int, z: Int) {
    if inSlice.contains(x: x, y: y, z: z) && inColumn.contains(x: x, y: y, z: z) {
      candidates.append(SIMD3(x, y, z))
    }
  }
}
