/// Counts zones: connected voxels of one grey level (26 neighbours in 3D, 8 in a plane).
struct SizeZones {
  let volume: LevelVolume
  let neighbours: [VoxelOffset]

  /// Rows: levels; columns: number of voxels in a zone.
  func matrix() -> TextureMatrix {
    var tally = SizeTally(rankCount: volume.rankCount, largest: 255)
    let steps = neighbours.map(volume.grid.step)
    switch volume.storage {
    case .bytes(let ranks): flood(ranks, steps, &tally)
    case .words(let ranks): flood(ranks, steps, &tally)
    case .longs(let ranks): flood(ranks, steps, &tally)
    }
    return tally.matrix()
  }

  /// Fills zone after zone; a voxel that has been counted is cleared in the copy.
  ///
  /// Each voxel waits once at most, so that what waits needs no room to grow.
  private func flood<Rank: FixedWidthInteger>(_ ranks: [Rank], _ steps: [Int], _ tally: inout SizeTally) {
    unsafe withUnsafeTemporaryAllocation(of: Int.self, capacity: max(1, volume.voxelCount)) { pending in
      var remaining = ranks
      var left = remaining.mutableSpan
      let steps = steps.span
      for run in volume.runs {
        for seed in run {
          let rank = unsafe left[unchecked: seed]
          if rank == 0 { continue }
          unsafe left[unchecked: seed] = 0
          unsafe pending[0] = seed
          var (waiting, size) = (1, 0)
          while waiting > 0 {
            waiting &-= 1
            let voxel = unsafe pending[waiting]
            size &+= 1
            for index in steps.indices {
              let next = unsafe voxel &+ steps[unchecked: index]
              if unsafe left[unchecked: next] == rank {
                unsafe left[unchecked: next] = 0
                unsafe pending[waiting] = next
                waiting &+= 1
              }
            }
          }
          tally.add(rank: Int(truncatingIfNeeded: rank), size: size)
        }
      }
    }
  }
}
