import Volumes

/// Grey level ranks on a padded grid, 0 outside the region, in the smallest number type that holds them.
struct LevelVolume {
  enum Storage {
    case bytes([UInt8])
    case words([UInt16])
    case longs([UInt32])
  }

  let storage: Storage
  let grid: PaddedGrid
  /// Region voxels, as ranges of positions in the storage.
  let runs: [Range<Int>]
  /// Number of ranks, with 0.
  let rankCount: Int
  /// Level of each rank.
  let levels: [Int]
  /// Whether ranks and levels are the same.
  var ranksAreLevels: Bool { maximumLevel == rankCount - 1 }
  let maximumLevel: Int
  let voxelCount: Int

  init(_ region: RegionOfInterest, _ discretised: DiscretisedRegion, margin: GridSize) {
    self.init(
      runs: region.runs, box: region.box.size, ranks: discretised.ranks[...], levels: discretised.levels,
      margin: margin)
  }

  /// A part of a region.
  /// - Parameters:
  ///   - voxels: the part's voxels.
  ///   - ranks: their ranks in scan order.
  ///   - levels: level of each rank; the same for all parts of a region.
  init(runs voxels: [VoxelRun], box: GridSize, ranks: ArraySlice<Int32>, levels: [Int], margin: GridSize) {
    let grid = PaddedGrid(box, margin: margin)
    self.grid = grid
    runs = voxels.map { run in
      let start = grid.start(of: run)
      return start..<start + Int(run.count)
    }
    rankCount = levels.count
    self.levels = levels
    maximumLevel = levels[levels.count - 1]
    voxelCount = ranks.count
    // Vectors that begin in the grid may reach past its end.
    let count = grid.size.voxelCount + VoxelVector.scalarCount
    storage =
      switch rankCount {
      case ...256: .bytes(Self.scatter(ranks, to: runs, count: count))
      case ...65_536: .words(Self.scatter(ranks, to: runs, count: count))
      default: .longs(Self.scatter(ranks, to: runs, count: count))
      }
  }

  @inline(__always)
  private static func scatter<Rank: FixedWidthInteger>(
    _ ranks: ArraySlice<Int32>, to runs: [Range<Int>], count: Int
  ) -> [Rank] {
    var volume = [Rank](repeating: 0, count: count)
    var next = ranks.startIndex
    for run in runs {
      for position in run {
        volume[position] = Rank(truncatingIfNeeded: ranks[next])
        next += 1
      }
    }
    return volume
  }
}
