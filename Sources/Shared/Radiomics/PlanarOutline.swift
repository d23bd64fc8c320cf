import Volumes

/// The outline of a region of one slice by marching squares, its vertices half-way between pixel centres.
struct PlanarOutline {
  private(set) var area = 0.0
  private(set) var perimeter = 0.0
  let diameter: Double
  let pixelArea: Double

  /// - Parameter across: the axis along which the region has one voxel: 0 (z), 1 (y) or 2 (x).
  init(_ region: RegionOfInterest, across: Int) {
    let plane = Plane(region, across: across)
    pixelArea = plane.rowSpacing * plane.columnSpacing
    var ends = [MeshVertices.Ends](repeating: .init(), count: 2 * plane.rows)
    for row in 0..<plane.rows - 1 {
      for column in 0..<plane.columns - 1 {
        let here = plane.isInside(row, column)
        if here != plane.isInside(row, column + 1) { ends[2 * row].include(2 * column + 1) }
        if here != plane.isInside(row + 1, column) { ends[2 * row + 1].include(2 * column) }
        for (a, b) in plane.segments(row, column) {
          area += (a.y * b.x - b.y * a.x) / 2
          perimeter += ((a.y - b.y) * (a.y - b.y) + (a.x - b.x) * (a.x - b.x)).squareRoot()
        }
      }
    }
    diameter = PlanarHull(lines: ends).diameter(plane.rowSpacing / 2, plane.columnSpacing / 2)
  }
}

/// The slice that holds the region, with a margin of one pixel.
private struct Plane {
  let rows: Int
  let columns: Int
  let rowSpacing: Double
  let columnSpacing: Double
  private var inside: [Bool]

  init(_ region: RegionOfInterest, across: Int) {
    let size = region.box.size
    let spacing = region.spacingInMillimetres
    rows = (across == 0 ? size.y : size.z) + 2
    columns = (across == 2 ? size.y : size.x) + 2
    rowSpacing = across == 0 ? spacing.y : spacing.z
    columnSpacing = across == 2 ? spacing.y : spacing.x
    inside = [Bool](repeating: false, count: rows * columns)
    for run in region.runs {
      for x in Int(run.x)..<Int(run.x + run.count) {
        let row = across == 0 ? Int(run.y) : Int(run.z)
        let column = across == 2 ? Int(run.y) : x
        inside[(row + 1) * columns + column + 1] = true
      }
    }
  }

  func isInside(_ row: Int, _ column: Int) -> Bool { inside[row * columns + column] }

  /// The outline within a square of four pixel centres, in millimetres.
  ///
  /// Corners are walked clockwise; a segment goes from the edge on which the walk enters the region to that
  /// on which it leaves it. Two opposite corners are thus not joined.
  func segments(_ row: Int, _ column: Int) -> [(SIMD2<Double>, SIMD2<Double>)] {
    let corners = [(0, 0), (0, 1), (1, 1), (1, 0)].map { isInside(row + $0.0, column + $0.1) }
    guard corners.contains(true), corners.contains(false) else { return [] }
    let middles: [SIMD2<Double>] = [[0.5, 0], [1, 0.5], [0.5, 1], [0, 0.5]]
    func point(_ edge: Int) -> SIMD2<Double> {
      (middles[edge] + [Double(column), Double(row)]) * [columnSpacing, rowSpacing]
    }
    return (0..<4).compactMap { corner in
      guard corners[corner], !corners[(corner + 3) % 4] else { return nil }
      var last = corner
      while corners[(last + 1) % 4] { last = (last + 1) % 4 }
      return (point((corner + 3) % 4), point(last))
    }
  }
}
