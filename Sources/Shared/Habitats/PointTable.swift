/// Points, one after the other.
struct PointTable: Sendable {
  /// Number of coordinates of a point.
  let dimension: Int
  private(set) var coordinates: [Double] = []
  var count: Int { coordinates.count / dimension }

  init(dimension: Int) { self.dimension = dimension }

  init(dimension: Int, coordinates: [Double]) {
    precondition(coordinates.count % dimension == 0, "a point has all of its coordinates")
    (self.dimension, self.coordinates) = (dimension, coordinates)
  }

  /// Where a point's coordinates lie.
  func range(of point: Int) -> Range<Int> { point * dimension..<(point + 1) * dimension }

  /// Squared distance between a point and another table's.
  func squaredDistance(_ point: Int, to other: PointTable, _ otherPoint: Int) -> Double {
    let (one, two) = (point * dimension, otherPoint * dimension)
    var sum = 0.0
    for index in 0..<dimension {
      let difference = coordinates[one + index] - other.coordinates[two + index]
      sum += difference * difference
    }
    return sum
  }

  mutating func append(_ point: [Double]) { coordinates += point }

  /// At most so many of the points, evenly spread over the table.
  func thinned(to most: Int) -> PointTable {
    guard count > most else { return self }
    var kept = PointTable(dimension: dimension)
    for index in 0..<most {
      let point = index * count / most * dimension
      kept.coordinates += coordinates[point..<point + dimension]
    }
    return kept
  }
}
