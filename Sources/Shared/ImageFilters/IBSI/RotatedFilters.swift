import Volumes

/// How responses to a filter in several orientations become one (IBSI reference manual, part 2, section 3.4).
public enum OrientationPooling: String, Codable, CaseIterable, Sendable {
  /// One orientation only.
  case none
  /// The mean of all orientations.
  case average
  /// The largest of all orientations.
  case max
}

/// A separable filter in all orientations that turns by right angles give it: 24 in three dimensions, 4 in a plane.
///
/// Turned, a filter exchanges its kernels between axes and reverses some. A kernel that is even or odd is its own reverse
/// but for the sign, so that few filters are computed; those that begin alike share their first passes.
struct RotatedFilters {
  /// A filter with how often it stands among the orientations as it is, and with the opposite sign.
  private struct Orientation {
    let filter: SeparableFilter
    var plain = 0
    var negated = 0
  }

  private var orientations: [Orientation] = []
  private let pooling: OrientationPooling

  /// - Parameters:
  ///   - kernels: for each of the axes those that pass along it.
  ///   - axes: two or three axes of the image.
  init(_ kernels: [[LineKernel]], along axes: [Int], pooling: OrientationPooling) {
    self.pooling = pooling
    let rotations =
      pooling == .none
      ? [(axes: Array(axes.indices), flips: axes.map { _ in false })] : Self.rotations(axes.count)
    for rotation in rotations {
      var isNegated = false
      let turned = zip(rotation.axes, rotation.flips).map { source, isFlipped in
        isFlipped ? kernels[source].map { $0.turned(&isNegated) } : kernels[source]
      }
      add(SeparableFilter(turned, along: axes), isNegated)
    }
  }

  private mutating func add(_ filter: SeparableFilter, _ isNegated: Bool) {
    let known = orientations.firstIndex { $0.filter == filter }
    let place = known ?? orientations.count
    if known == nil { orientations.append(Orientation(filter: filter)) }
    if isNegated { orientations[place].negated += 1 } else { orientations[place].plain += 1 }
  }

  /// Turns by right angles: which axis each takes its kernel from, and whether that is reversed.
  private static func rotations(_ count: Int) -> [(axes: [Int], flips: [Bool])] {
    let orders =
      count == 2
      ? [[0, 1], [1, 0]] : [[0, 1, 2], [1, 2, 0], [2, 0, 1], [0, 2, 1], [1, 0, 2], [2, 1, 0]]
    var rotations: [(axes: [Int], flips: [Bool])] = []
    for (number, order) in orders.enumerated() {
      // The second half of the orders exchanges two axes, which a turn does only with an odd number of reversals.
      let isOdd = number >= orders.count / 2
      for bits in 0..<1 << count where (bits.nonzeroBitCount % 2 == 1) == isOdd {
        rotations.append((order, (0..<count).map { bits >> $0 & 1 == 1 }))
      }
    }
    return rotations
  }

  /// The pooled response of the voxels of a box.
  func apply(to image: Volume, _ ranges: [Range<Int>], _ boundary: BoundaryCondition) -> ImageBlock {
    let extents = image.geometry.size.extents
    let wanted = (0..<3).map { axis in
      let supports = orientations.map { $0.filter.support(of: ranges[axis], along: axis, in: extents[axis]) }
      return supports.dropFirst().reduce(supports[0]) {
        min($0.lowerBound, $1.lowerBound)..<max($0.upperBound, $1.upperBound)
      }
    }
    var pool = ResponsePool(pooling)
    pass(orientations, 0, ImageBlock(image, wanted), ranges, boundary, &pool)
    return pool.result
  }

  /// Filters along an axis and, for each result, along those that follow.
  private func pass(
    _ group: [Orientation], _ axis: Int, _ block: ImageBlock, _ ranges: [Range<Int>],
    _ boundary: BoundaryCondition, _ pool: inout ResponsePool
  ) {
    guard axis < 3 else {
      for one in group { pool.add(block, plain: one.plain, negated: one.negated) }
      return
    }
    var seen: [[LineKernel]] = []
    for one in group where !seen.contains(one.filter.kernels[axis]) {
      let kernels = one.filter.kernels[axis]
      seen.append(kernels)
      let filtered = block.filtered(along: axis, with: kernels, keeping: ranges[axis], boundary)
      pass(group.filter { $0.filter.kernels[axis] == kernels }, axis + 1, filtered, ranges, boundary, &pool)
    }
  }
}

extension LineKernel {
  /// The kernel turned by 180 degrees; one that changes only its sign stays, and the sign goes into `isNegated`.
  fileprivate func turned(_ isNegated: inout Bool) -> LineKernel {
    let reversed = reversed
    guard reversed != self, reversed == negated else { return reversed }
    isNegated.toggle()
    return self
  }
}

/// Responses as they are pooled, voxel by voxel.
struct ResponsePool {
  private let pooling: OrientationPooling
  private var sum: ImageBlock?
  private var count = 0

  init(_ pooling: OrientationPooling) { self.pooling = pooling }

  /// Adds a response that stands for `plain` orientations, and for `negated` ones with the opposite sign.
  mutating func add(_ response: ImageBlock, plain: Int = 1, negated: Int = 0) {
    count += plain + negated
    var own = response
    if pooling == .max {
      if plain == 0 { own.values = own.values.map { -$0 } }
      if plain > 0, negated > 0 { own.values = own.values.map { abs($0) } }
      sum = sum.map { $0.combined(with: own) { Swift.max($0, $1) } } ?? own
    } else {
      let weight = Double(plain - negated)
      if weight != 1 { own.values = own.values.map { $0 * weight } }
      sum = sum.map { $0.combined(with: own, +) } ?? own
    }
  }

  /// What was pooled; asked of an empty pool it is a programming error.
  var result: ImageBlock {
    guard var result = sum else { preconditionFailure("nothing was pooled") }
    if pooling == .average {
      let count = Double(count)
      result.values = result.values.map { $0 / count }
    }
    return result
  }
}
