import ImageFiles

/// The contours of one region in one plane, and which voxels they enclose.
///
/// A voxel is inside where its centre is inside by the even-odd rule, or lies on a contour. So a contour within another is a
/// hole, whether it is one of its own or hangs on the outer one by a keyhole: lines that are drawn twice cancel, and enclose
/// nothing. The rule is the same on all sides, and so for all orientations of the grid; all of it is arithmetic of whole
/// numbers.
struct ContourPlane {
  /// A place in 4096ths of a voxel.
  typealias Point = SIMD2<Int>

  /// A line from the lower to the upper row; of two ends in one row from left to right.
  private struct Edge: Hashable {
    let start: Point
    let end: Point

    init(_ a: Point, _ b: Point) {
      (start, end) = (a.y, a.x) <= (b.y, b.x) ? (a, b) : (b, a)
    }
  }

  /// Where an edge crosses a row: the voxels whose centres lie at or behind, and at or before the crossing.
  private struct Crossing {
    let place: Double
    let ceiling: Int
    let floor: Int
  }

  /// Crossings of one plane: a contour that is drawn has some thousand, and each takes memory.
  private static let mostCrossings = 1 << 22

  private let edges: [Edge]

  /// - Parameter contours: corners of closed lines, none of which stands twice.
  init(_ contours: [[Point]]) {
    var count: [Edge: Int] = [:]
    for contour in contours {
      for (corner, next) in zip(contour, contour.dropFirst() + contour.prefix(1)) where corner != next {
        count[Edge(corner, next), default: 0] += 1
      }
    }
    edges = count.filter { !$0.value.isMultiple(of: 2) }.map(\.key)
  }

  /// Calls `body` with runs of voxels that are inside, in a row; runs may overlap.
  /// - Throws: `tooLarge` for contours that no one drew.
  func forEachRun(
    columns: Int, rows: Int, _ body: (_ row: Int, _ columns: ClosedRange<Int>) -> Void
  ) throws(ImageFileError) {
    func run(_ row: Int, _ first: Int, _ last: Int) {
      let (first, last) = (max(0, first), min(columns - 1, last))
      if first <= last, (0..<rows).contains(row) { body(row, first...last) }
    }
    var crossings = [[Crossing]](repeating: [], count: rows)
    var total = 0
    for edge in edges {
      for end in [edge.start, edge.end] {
        if let row = centre(end.y), let column = centre(end.x) { run(row, column, column) }
      }
      if edge.start.y == edge.end.y {
        if let row = centre(edge.start.y) {
          run(
            row, ceilingQuotient(edge.start.x, VoxelLattice.parts),
            floorQuotient(edge.end.x, VoxelLattice.parts))
        }
        continue
      }
      // Half-open, so that a line through a corner is crossed once: rows from the lower end on, below the upper end.
      let first = max(0, ceilingQuotient(edge.start.y, VoxelLattice.parts))
      let last = min(rows - 1, ceilingQuotient(edge.end.y, VoxelLattice.parts) - 1)
      guard first <= last else { continue }
      total += last - first + 1
      guard total <= Self.mostCrossings else {
        throw ImageFileError(
          .tooLarge,
          "the contours of one plane cross the rows of the image more than \(Self.mostCrossings) times; simplify "
            + "them")
      }
      for row in first...last { crossings[row].append(crossing(edge, row)) }
    }
    for row in 0..<rows {
      let sorted = crossings[row].sorted { $0.place < $1.place }
      for index in stride(from: 0, to: sorted.count - 1, by: 2) {
        run(row, sorted[index].ceiling, sorted[index + 1].floor)
      }
    }
  }

  /// The row or column whose centres have this coordinate; `nil` where none have.
  private func centre(_ coordinate: Int) -> Int? {
    coordinate.isMultiple(of: VoxelLattice.parts) ? coordinate / VoxelLattice.parts : nil
  }

  private func crossing(_ edge: Edge, _ row: Int) -> Crossing {
    let rise = edge.end.y - edge.start.y
    let numerator =
      edge.start.x * rise + (edge.end.x - edge.start.x) * (row * VoxelLattice.parts - edge.start.y)
    let denominator = rise * VoxelLattice.parts
    return Crossing(
      place: Double(numerator) / Double(denominator), ceiling: ceilingQuotient(numerator, denominator),
      floor: floorQuotient(numerator, denominator))
  }
}
