import Volumes

/// Pairs of levels in a kernel, by direction, kept up to date while the kernel moves along a row.
///
/// A step takes out the pairs that end in the plane that is left, and counts those that end in the plane that is reached;
/// counts are whole numbers, so that how a kernel was come to does not matter.
struct SlidingPairs {
  /// Ranks of the region's levels on the grid of the image, 0 outside; there are at most 255.
  private let ranks: [UInt8]
  private let shared: VoxelFeatures
  private let isSymmetrical: Bool
  private let hasMatrices: Bool
  private let directions: [VoxelOffset]
  /// Ranks of a row of a matrix take `wordsOfRow` words of bits, and 64 counts a word.
  private let wordsOfRow: Int
  private let widthOfRow: Int
  private let sizeOfMatrix: Int
  /// A matrix for each direction.
  private var matrices: SparseCounts
  /// Number of pairs in each direction, twice where matrices are symmetrical.
  private(set) var totals: [Int]
  /// In each direction, the sum over its pairs, counted as above, of the product of their levels.
  private(set) var products: [Int]
  /// Number of the kernel's voxels of each rank.
  private var voxelCounts: [Int32]
  private var centre: Int?
  private var box = VoxelBox(x: 0..<0, y: 0..<0, z: 0..<0)

  /// Puts the ranks that the kernel holds in place of others, in ascending order.
  func presentRanks(_ found: inout [Int]) {
    found.removeAll(keepingCapacity: true)
    for rank in voxelCounts.indices where voxelCounts[rank] > 0 { found.append(rank) }
  }

  /// - Parameter hasMatrices: false where totals and products are enough, which takes half of the time.
  /// - Returns: nil where there are more levels than a byte tells apart.
  init?(_ shared: VoxelFeatures, isSymmetrical: Bool, hasMatrices: Bool) {
    guard let ranks = shared.byteRanks else { return nil }
    self.shared = shared
    self.isSymmetrical = isSymmetrical
    self.hasMatrices = hasMatrices
    self.ranks = ranks
    directions = shared.neighbours.directions
    wordsOfRow = (shared.levels.count + 63) / 64
    widthOfRow = 64 * wordsOfRow
    sizeOfMatrix = hasMatrices ? shared.levels.count * widthOfRow : 0
    let size = directions.count * sizeOfMatrix
    matrices = SparseCounts(
      counts: [Int32](repeating: 0, count: size), occupied: [UInt64](repeating: 0, count: size / 64))
    totals = [Int](repeating: 0, count: directions.count)
    products = totals
    voxelCounts = [Int32](repeating: 0, count: shared.levels.count)
  }

  private func start(of direction: Int) -> Int { direction * sizeOfMatrix }

  /// Puts the entries of a direction's matrix in place of others, by row, then column.
  /// - Parameters:
  ///   - present: the ranks that the kernel holds, in ascending order; rows are named by their place.
  ///   - placeOfRank: the places.
  func cells(_ direction: Int, present: [Int], placeOfRank: [Int32], _ cells: inout [MatrixCell]) {
    cells.removeAll(keepingCapacity: true)
    let start = start(of: direction)
    let (counts, occupied) = (matrices.counts.span, matrices.occupied.span)
    for rank in present {
      let startOfRow = start &+ rank &* widthOfRow
      let row = placeOfRank[rank]
      for word in 0..<wordsOfRow {
        for bit in SetBits(occupied[startOfRow &>> 6 &+ word]) {
          let column = word &* 64 &+ bit
          cells.append(
            MatrixCell(row: row, column: placeOfRank[column], count: counts[startOfRow &+ column]))
        }
      }
    }
  }

  /// Moves the kernel to a voxel.
  mutating func move(to position: Int) {
    let next = shared.kernelBox(around: position)
    if let centre, position >= centre, position / shared.grid.x == centre / shared.grid.x,
      next.x.lowerBound <= box.x.upperBound
    {
      for step in centre..<position { slide(to: shared.kernelBox(around: step + 1)) }
    } else {
      if centre != nil { change(allOf: box, by: -1) }
      change(allOf: next, by: 1)
      box = next
    }
    centre = position
  }

  /// One voxel on along x.
  private mutating func slide(to next: VoxelBox) {
    if next.x.lowerBound > box.x.lowerBound {
      change(planeAt: box.x.lowerBound, isFirst: true, of: box, by: -1)
    }
    let rest = VoxelBox(x: next.x.lowerBound..<box.x.upperBound, y: box.y, z: box.z)
    box = next
    if next.x.upperBound > rest.x.upperBound {
      change(planeAt: rest.x.upperBound, isFirst: false, of: next, by: 1)
    }
  }

  private mutating func change(allOf box: VoxelBox, by sign: Int32) {
    for (direction, offset) in directions.enumerated() {
      change(direction, offset, firstOf: box.firsts(of: offset), by: sign)
    }
    countVoxels(of: box, by: sign)
  }

  /// Takes in or out what a kernel's first or last plane across x adds to it.
  private mutating func change(planeAt x: Int, isFirst: Bool, of box: VoxelBox, by sign: Int32) {
    for (direction, offset) in directions.enumerated() {
      var firsts = box.firsts(of: offset)
      // The end of a pair that lies in the plane is the first where the offset leads away from it.
      let at = isFirst == (offset.x >= 0) || offset.x == 0 ? x : x - offset.x
      firsts.x = firsts.x.contains(at) ? at..<at + 1 : at..<at
      change(direction, offset, firstOf: firsts, by: sign)
    }
    countVoxels(of: VoxelBox(x: x..<x + 1, y: box.y, z: box.z), by: sign)
  }

  private mutating func countVoxels(of box: VoxelBox, by sign: Int32) {
    for z in box.z {
      for y in box.y {
        let row = shared.grid.offset(x: 0, y: y, z: z)
        for x in box.x { voxelCounts[Int(ranks[row + x])] += ranks[row + x] == 0 ? 0 : sign }
      }
    }
  }

  /// Counts the pairs of one direction that begin in a box, or takes them out.
  private mutating func change(
    _ direction: Int, _ offset: VoxelOffset, firstOf firsts: VoxelBox, by sign: Int32
  ) {
    guard !firsts.x.isEmpty else { return }
    let step = shared.grid.step(offset)
    let start = start(of: direction)
    var found = PairSums()
    for z in firsts.z {
      for y in firsts.y {
        let row = shared.grid.offset(x: firsts.x.lowerBound, y: y, z: z)
        let voxels = row..<row + firsts.x.count
        found.add(ranks, shared.levels, voxels, step)
        if hasMatrices {
          matrices.change(
            ranks, voxels, step, start: start, width: widthOfRow, isSymmetrical: isSymmetrical, by: sign)
        }
      }
    }
    let times = Int(sign) * (isSymmetrical ? 2 : 1)
    totals[direction] += times * found.count
    products[direction] += times * found.product
  }
}

private struct PairSums {
  var count = 0
  var product = 0

  /// Adds the pairs of a row's voxels and those `step` on, where both have a rank.
  mutating func add(_ ranks: [UInt8], _ levels: [Int], _ row: Range<Int>, _ step: Int) {
    for voxel in row {
      let (one, other) = (Int(ranks[voxel]), Int(ranks[voxel &+ step]))
      if one == 0 || other == 0 { continue }
      count &+= 1
      product &+= levels[one] &* levels[other]
    }
  }
}

/// Matrices of counts one after the other, with a bit for each count that is not 0.
private struct SparseCounts {
  var counts: [Int32]
  var occupied: [UInt64]

  /// Adds `sign` for each voxel of a row and the one `step` on, where both have a rank.
  mutating func change(
    _ ranks: [UInt8], _ row: Range<Int>, _ step: Int, start: Int, width: Int, isSymmetrical: Bool,
    by sign: Int32
  ) {
    for voxel in row {
      let (one, other) = (Int(ranks[voxel]), Int(ranks[voxel &+ step]))
      if one == 0 || other == 0 { continue }
      change(start &+ one &* width &+ other, by: sign)
      if isSymmetrical { change(start &+ other &* width &+ one, by: sign) }
    }
  }

  @inline(__always)
  private mutating func change(_ cell: Int, by sign: Int32) {
    let count = counts[cell] &+ sign
    counts[cell] = count
    let bit = 1 &<< UInt64(truncatingIfNeeded: cell & 63)
    if count == 0 { occupied[cell &>> 6] &= ~bit } else { occupied[cell &>> 6] |= bit }
  }
}

extension VoxelBox {
  /// Where pairs of voxels begin that both lie in the box.
  fileprivate func firsts(of offset: VoxelOffset) -> VoxelBox {
    func range(_ extent: Range<Int>, _ offset: Int) -> Range<Int> {
      let lower = max(extent.lowerBound, extent.lowerBound - offset)
      return lower..<max(lower, min(extent.upperBound, extent.upperBound - offset))
    }
    return VoxelBox(x: range(x, offset.x), y: range(y, offset.y), z: range(z, offset.z))
  }
}

extension GridSize {
  /// How far apart two voxels lie in scan order.
  fileprivate func step(_ offset: VoxelOffset) -> Int {
    offset.x + x * (offset.y + y * offset.z)
  }
}
