import ElementaryFunctions
import Volumes

/// An image in pieces of about equal size whose voxels lie together and are alike: simple linear iterative clustering (SLIC; Achanta et
/// al. 2012, doi:10.1109/TPAMI.2012.120) in millimetres, of the intensities within a range.
///
/// Zwanenburg et al. (2019, doi:10.1038/s41598-018-36938-4) draw contours anew by them. Sizes, weights and smoothing are those of their
/// program, MIRP.
struct Supervoxels {
  /// How far intensities may differ, as a fraction of the range, to weigh as much as the distance between two seeds.
  private static let compactness = 0.05
  private static let mostPasses = 10
  /// A piece of less than this share of the mean is given to a neighbour.
  private static let leastShare = 0.5

  /// The number of each voxel's piece, from 0 on without a gap; x varies fastest.
  private(set) var labels: [Int]
  private(set) var count: Int

  private let size: GridSize
  private let spacing: SIMD3<Double>
  /// Smoothed intensities over `compactness` times their range.
  private let values: [Double]

  /// Pieces of `voxelsWanted` voxels on average; of 500 mm³, and at least 20 voxels, unless said otherwise.
  /// - Parameter range: intensities outside are taken for its ends.
  init(_ image: Volume, within range: ClosedRange<Double>, voxelsWanted: Double? = nil) {
    size = image.geometry.size
    spacing = image.geometry.spacingInMillimetres
    values = Self.scaled(image, range)
    let voxelVolume = spacing[0] * spacing[1] * spacing[2]
    let wanted = max(1, voxelsWanted ?? max(20, 500 / voxelVolume))
    labels = [Int](repeating: -1, count: size.voxelCount)
    count = 0
    var seeds = seeds(voxelsEach: wanted)
    let step = step(voxelsEach: wanted)
    for _ in 0..<Self.mostPasses {
      guard assign(seeds, step) else { break }
      seeds = moved(seeds)
    }
    connect(least: Int((Self.leastShare * Double(labels.count) / Double(seeds.count)).rounded(.up)))
  }

  /// Intensities in units of what weighs as much as a step, smoothed by a Gaussian as wide as the smallest spacing.
  private static func scaled(_ image: Volume, _ range: ClosedRange<Double>) -> [Double] {
    let width = range.upperBound - range.lowerBound
    guard width > 0, width.isFinite else { return [Double](repeating: 0, count: image.voxels.count) }
    var scaled = image
    scaled.voxels = image.voxels.map {
      // A voxel that is no number is as dark as can be.
      (max(range.lowerBound, min($0, range.upperBound)) - range.lowerBound) / (width * compactness)
    }
    let spacing = image.geometry.spacingInMillimetres
    let axes = Array(0..<image.geometry.dimension)
    let kernels = axes.map { LineKernel.gaussian(sigma: spacing.min() / spacing[$0]) }
    return SeparableFilter(kernels, along: axes)
      .apply(to: scaled, image.geometry.size.box.ranges, .nearest).values
  }
}

/// The middle of a piece, in mm from the first voxel, and its mean intensity.
private struct Seed {
  var position: SIMD3<Double>
  var value: Double
}

extension Supervoxels {
  /// The distance between two seeds of a regular grid, in mm: the side of a cube, or of a square where there is one slice.
  private func step(voxelsEach wanted: Double) -> Double {
    size.z == 1
      ? (wanted * spacing.x * spacing.y).squareRoot()
      : Elementary.exp(Elementary.log(wanted * spacing.x * spacing.y * spacing.z) / 3)
  }

  /// A regular grid in the middle of the image, one at least along each axis.
  private func seeds(voxelsEach wanted: Double) -> [Seed] {
    let step = step(voxelsEach: wanted)
    let places = (0..<3).map { axis -> [Double] in
      let extent = Double(size.extents[axis])
      let count = max(1, min(size.extents[axis], Int((extent * spacing[axis] / step).rounded())))
      return (0..<count).map { Double(2 * $0 + 1) * extent / Double(2 * count) - 0.5 }
    }
    return places[2].flatMap { z in
      places[1].flatMap { y in
        places[0].map { x in
          Seed(
            position: SIMD3(x, y, z) * spacing,
            value: values[size.offset(x: Int(x + 0.5), y: Int(y + 0.5), z: Int(z + 0.5))])
        }
      }
    }
  }

  /// Gives each voxel to the nearest seed among those within two steps along each axis.
  /// - Returns: whether a voxel changed its piece.
  private mutating func assign(_ seeds: [Seed], _ step: Double) -> Bool {
    var nearest = [Double](repeating: .infinity, count: labels.count)
    var found = labels
    let weight = 1 / (step * step)
    for (number, seed) in seeds.enumerated() {
      let box = (0..<3).map { axis -> Range<Int> in
        let (low, high) = (seed.position[axis] - 2 * step, seed.position[axis] + 2 * step)
        let first = max(0, Int((low / spacing[axis]).rounded(.up)))
        return first..<max(first, min(size.extents[axis], Int((high / spacing[axis]).rounded(.down)) + 1))
      }
      for z in box[2] {
        let far = Double(z) * spacing.z - seed.position.z
        for y in box[1] {
          let side = Double(y) * spacing.y - seed.position.y
          let row = size.offset(x: 0, y: y, z: z)
          for x in box[0] {
            let along = Double(x) * spacing.x - seed.position.x
            let difference = values[row + x] - seed.value
            let distance = (far * far + side * side + along * along) * weight + difference * difference
            if distance < nearest[row + x] { (nearest[row + x], found[row + x]) = (distance, number) }
          }
        }
      }
    }
    defer { labels = found }
    return found != labels
  }

  /// Each seed in the middle of its voxels; one without any stays.
  private func moved(_ seeds: [Seed]) -> [Seed] {
    var sums = seeds.map { _ in (Seed(position: .zero, value: 0), 0.0) }
    var place = 0
    for z in 0..<size.z {
      for y in 0..<size.y {
        for x in 0..<size.x {
          let label = labels[place]
          if label >= 0 {
            sums[label].0.position += SIMD3(Double(x), Double(y), Double(z)) * spacing
            sums[label].0.value += values[place]
            sums[label].1 += 1
          }
          place += 1
        }
      }
    }
    return zip(sums, seeds).map { sum, seed in
      sum.1 == 0 ? seed : Seed(position: sum.0.position / sum.1, value: sum.0.value / sum.1)
    }
  }
}

extension Supervoxels {
  /// Makes each piece connected (by faces): pieces of fewer voxels than `least`, and voxels of none, join the one beside their first
  /// voxel in memory order, as Achanta et al. do.
  private mutating func connect(least: Int) {
    var connected = [Int](repeating: -1, count: labels.count)
    var next = 0
    for start in labels.indices where connected[start] < 0 {
      var piece = [start]
      connected[start] = next
      var reached = 0
      while reached < piece.count {
        forEachNeighbour(of: piece[reached]) { place in
          guard connected[place] < 0, labels[place] == labels[start] else { return }
          connected[place] = next
          piece.append(place)
        }
        reached += 1
      }
      var beside: Int?
      forEachNeighbour(of: start) { place in
        if connected[place] >= 0, connected[place] != next { beside = beside ?? connected[place] }
      }
      if let beside, piece.count < least || labels[start] < 0 {
        for place in piece { connected[place] = beside }
      } else {
        next += 1
      }
    }
    (labels, count) = (connected, next)
  }

  private func forEachNeighbour(of place: Int, _ body: (Int) -> Void) {
    let (x, rest) = (place % size.x, place / size.x)
    let (y, z) = (rest % size.y, rest / size.y)
    if x > 0 { body(place - 1) }
    if x + 1 < size.x { body(place + 1) }
    if y > 0 { body(place - size.x) }
    if y + 1 < size.y { body(place + size.x) }
    if z > 0 { body(place - size.x * size.y) }
    if z + 1 < size.z { body(place + size.x * size.y) }
  }
}

extension LineKernel {
  /// A sampled Gaussian of sum 1, cut off at four standard deviations.
  fileprivate static func gaussian(sigma: Double) -> LineKernel {
    let radius = Int((4 * sigma + 0.5).rounded(.down))
    let taps = (-radius...radius).map { Elementary.exp(-0.5 * Double($0 * $0) / (sigma * sigma)) }
    let sum = taps.reduce(0, +)
    return LineKernel(taps.map { $0 / sum })
  }
}
