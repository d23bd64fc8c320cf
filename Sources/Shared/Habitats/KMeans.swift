import ElementaryFunctions
import LinearAlgebra

/// Points divided among centres, each point at the nearest.
struct KMeans: Sendable {
  /// The centres, in ascending order of their first coordinates.
  private(set) var centres: PointTable
  /// The centre of each point.
  private(set) var assignment: [Int]
  /// Sum of squared distances of points and their centres.
  private(set) var withinSumOfSquares: Double

  private static let mostRounds = 300
  /// Seeds are chosen on at most so many of the points; the last rounds see all of them.
  private static let mostPointsOfStarts = 50_000

  /// The best of several starts by k-means++ (Arthur and Vassilvitskii 2007), each followed by Lloyd's rounds (1982,
  /// doi:10.1109/TIT.1982.1056489) until no point changes its centre.
  /// - Parameter furtherStarts: beside the first, 0 or more.
  init(_ points: PointTable, clusters: Int, seed: UInt64, furtherStarts: Int = 9) {
    let some = points.thinned(to: Self.mostPointsOfStarts)
    func found(from start: Int) -> KMeans {
      var random = RandomStream(
        seed: seed, purpose: .clusters, replicate: start, stratum: clusters)
      return KMeans(some, from: Self.scattered(some, clusters, &random))
    }
    var best = found(from: 0)
    for start in 0..<furtherStarts {
      let next = found(from: start + 1)
      if next.withinSumOfSquares < best.withinSumOfSquares { best = next }
    }
    self = KMeans(points, from: best.centres)
    sortCentres()
  }

  /// Lloyd's rounds from given centres.
  private init(_ points: PointTable, from centres: PointTable) {
    self.init(points, at: centres)
    for _ in 0..<Self.mostRounds {
      let next = KMeans(points, at: means(points))
      let isSettled = next.assignment == assignment
      self = next
      if isSettled { return }
    }
  }

  /// Each point at the nearest of given centres, the first of several; centres stay where they are.
  init(_ points: PointTable, at centres: PointTable) {
    self.centres = centres
    assignment = []
    assignment.reserveCapacity(points.count)
    withinSumOfSquares = 0
    for point in 0..<points.count {
      var (nearest, least) = (0, Double.infinity)
      for centre in 0..<centres.count {
        let distance = points.squaredDistance(point, to: centres, centre)
        if distance < least { (nearest, least) = (centre, distance) }
      }
      assignment.append(nearest)
      withinSumOfSquares += least
    }
  }

  /// Number of points at each centre.
  var sizes: [Int] {
    var sizes = [Int](repeating: 0, count: centres.count)
    for centre in assignment { sizes[centre] += 1 }
    return sizes
  }

  /// The mean of each centre's points; a centre without points stays.
  private func means(_ points: PointTable) -> PointTable {
    let dimension = points.dimension
    var sums = [Double](repeating: 0, count: centres.coordinates.count)
    for (point, centre) in assignment.enumerated() {
      for index in 0..<dimension {
        sums[centre * dimension + index] += points.coordinates[point * dimension + index]
      }
    }
    let sizes = sizes
    for index in sums.indices {
      let size = sizes[index / dimension]
      sums[index] = size == 0 ? centres.coordinates[index] : sums[index] / Double(size)
    }
    return PointTable(dimension: dimension, coordinates: sums)
  }

  /// First centres: each a point, drawn by its squared distance from those before it.
  private static func scattered(
    _ points: PointTable, _ clusters: Int, _ random: inout RandomStream
  ) -> PointTable {
    var chosen = PointTable(dimension: points.dimension)
    var next = random.index(below: points.count)
    var distances = [Double](repeating: .infinity, count: points.count)
    for _ in 0..<clusters {
      chosen.append(Array(points.coordinates[points.range(of: next)]))
      var total = 0.0
      for point in distances.indices {
        distances[point] = min(distances[point], points.squaredDistance(point, to: chosen, chosen.count - 1))
        total += distances[point]
      }
      var left = random.uniform() * total
      next = distances.lastIndex { $0 > 0 } ?? 0
      for point in distances.indices {
        left -= distances[point]
        if left < 0 {
          next = point
          break
        }
      }
    }
    return chosen
  }

  /// Names centres by their first coordinate, then the next, so that equal clusters have equal numbers.
  private mutating func sortCentres() {
    let (old, dimension) = (centres, centres.dimension)
    let order = (0..<old.count).sorted {
      old.coordinates[old.range(of: $0)].lexicographicallyPrecedes(old.coordinates[old.range(of: $1)])
    }
    centres = PointTable(
      dimension: dimension, coordinates: order.flatMap { old.coordinates[old.range(of: $0)] })
    var place = [Int](repeating: 0, count: order.count)
    for (new, old) in order.enumerated() { place[old] = new }
    assignment = assignment.map { place[$0] }
  }

  /// Bayesian information criterion under spheres of one variance, larger where clusters describe the points better
  /// (Pelleg and Moore 2000, "X-means", section 3.2: `log L - p/2 log n`, with `p = K (d + 1)` numbers to be found).
  var information: Double {
    let (n, d, k) = (Double(assignment.count), Double(centres.dimension), Double(centres.count))
    guard n > k else { return -.infinity }
    // Points that lie on their centres would have a likelihood without bound.
    let variance = max(withinSumOfSquares / (d * (n - k)), 1e-12)
    var likelihood = -n * d / 2 * Elementary.log(2 * .pi * variance) - d * (n - k) / 2
    for size in sizes where size > 0 {
      likelihood += Double(size) * Elementary.log(Double(size) / n)
    }
    return likelihood - k * (d + 1) / 2 * Elementary.log(n)
  }
}
