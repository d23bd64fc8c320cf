/// What a voxel's whole neighbourhood tells, found in one pass: dependences and grey tone differences.
///
/// The fast path takes sixteen voxels of a row at a time through their neighbours, with the tallies in registers:
/// `VoxelSurroundings`.
struct NeighbourhoodMatrices {
  /// Rows: levels; columns: 1 + number of dependent neighbours.
  private(set) var dependence: TextureMatrix = []
  /// For each rank, `Σ |level - mean level of the voxel's neighbours|` over its voxels. A voxel without
  /// neighbours in the region adds 0.
  private(set) var toneDifference: [Double]
  /// Number of voxels of each rank that have no neighbour in the region.
  private(set) var isolatedCounts: [Int]

  /// - Parameter alpha: largest difference of levels at which a neighbour is dependent.
  init(_ volume: LevelVolume, neighbours: [VoxelOffset], alpha: Int) {
    toneDifference = [Double](repeating: 0, count: volume.rankCount)
    isolatedCounts = [Int](repeating: 0, count: volume.rankCount)
    let steps = neighbours.map(volume.grid.step)
    switch volume.storage {
    case .bytes(let ranks) where volume.ranksAreLevels && steps.count <= 255:
      visitRuns(ranks, of: volume, steps, UInt8(clamping: alpha))
    case .bytes(let ranks): visit(ranks, of: volume, steps, alpha)
    case .words(let ranks): visit(ranks, of: volume, steps, alpha)
    case .longs(let ranks): visit(ranks, of: volume, steps, alpha)
    }
  }

  /// For levels up to 255: no more than 255 neighbours and a sum of levels below 65,536.
  private mutating func visitRuns(
    _ levels: [UInt8], of volume: LevelVolume, _ steps: [Int], _ alpha: UInt8
  ) {
    var tally = SizeTally(rankCount: volume.rankCount, largest: steps.count + 1)
    let (levels, steps) = (levels.span, steps.span)
    for run in volume.runs {
      for start in stride(from: run.lowerBound, to: run.upperBound, by: VoxelVector.scalarCount) {
        let surroundings = VoxelSurroundings(of: start, in: levels, steps, alpha: alpha)
        for lane in 0..<min(VoxelVector.scalarCount, run.upperBound - start) {
          let level = Int(levels[start + lane])
          let count = surroundings.counts[lane]
          if count > 0 {
            toneDifference[level] += abs(Double(level) - Double(surroundings.sum(lane)) / Double(count))
          } else {
            isolatedCounts[level] += 1
          }
          tally.add(rank: level, size: Int(surroundings.dependent[lane]) + 1)
        }
      }
    }
    dependence = tally.matrix()
  }

  private mutating func visit<Rank: FixedWidthInteger>(
    _ ranks: [Rank], of volume: LevelVolume, _ steps: [Int], _ alpha: Int
  ) {
    var tally = SizeTally(rankCount: volume.rankCount, largest: steps.count + 1)
    let levels = volume.levels
    for run in volume.runs {
      for voxel in run {
        let rank = Int(ranks[voxel])
        var (dependent, count, sum) = (0, 0, 0)
        for step in steps {
          let neighbour = Int(ranks[voxel + step])
          if neighbour == 0 { continue }
          count += 1
          sum += levels[neighbour]
          if abs(levels[rank] - levels[neighbour]) <= alpha { dependent += 1 }
        }
        if count > 0 {
          toneDifference[rank] += abs(Double(levels[rank]) - Double(sum) / Double(count))
        } else {
          isolatedCounts[rank] += 1
        }
        tally.add(rank: rank, size: dependent + 1)
      }
    }
    dependence = tally.matrix()
  }
}
