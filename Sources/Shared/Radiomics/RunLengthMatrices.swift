import Volumes

/// Counts runs of voxels of one grey level in all directions.
///
/// Runs are not followed, which would mispredict a branch at each end. Each voxel's place in its run is that
/// of its predecessor plus one, or one; a run of `n` voxels has one voxel at each place up to `n`, so that
/// counts of places give counts of lengths: 8 ms for 13 directions of half a million voxels, 23 when
/// following.
struct RunLengthMatrices {
  let volume: LevelVolume
  let directions: [VoxelOffset]
  /// Whether a direction along which no line holds two voxels of the region has a matrix all the same, of runs
  /// of one voxel (IBSI), or an empty one (PyRadiomics).
  var keepsLonelyVoxels = false

  /// Calls `body` with each direction's matrix (rows: levels, columns: lengths), in order.
  ///
  func forEach(_ body: (VoxelOffset, TextureMatrix) -> Void) {
    var places = [UInt32](repeating: 1, count: volume.grid.size.voxelCount)
    let longest = max(volume.grid.size.x, volume.grid.size.y, volume.grid.size.z)
    for direction in directions {
      var tally = SizeTally(rankCount: volume.rankCount, largest: longest)
      let hasNeighbours = count(step: volume.grid.step(direction), &places, into: &tally)
      let isUsable = keepsLonelyVoxels || hasNeighbours || hasSharedLine(direction)
      body(direction, isUsable ? Self.lengths(fromPlaces: tally.matrix()) : [])
    }
  }

  /// Runs of exactly `n` voxels: those that reach place `n` without those that reach the next.
  private static func lengths(fromPlaces places: TextureMatrix) -> TextureMatrix {
    var lengths: TextureMatrix = []
    for (index, var entry) in places.enumerated() {
      if index + 1 < places.count, places[index + 1].row == entry.row {
        entry.weight -= places[index + 1].weight
      }
      if entry.weight > 0 { lengths.append(entry) }
    }
    return lengths
  }

  /// Returns whether any two voxels of the region follow each other.
  private func count(step: Int, _ places: inout [UInt32], into tally: inout SizeTally) -> Bool {
    switch volume.storage {
    case .bytes(let ranks): count(ranks, step, &places, &tally)
    case .words(let ranks): count(ranks, step, &places, &tally)
    case .longs(let ranks): count(ranks, step, &places, &tally)
    }
  }

  private func count<Rank: FixedWidthInteger>(
    _ ranks: [Rank], _ step: Int, _ places: inout [UInt32], _ tally: inout SizeTally
  ) -> Bool {
    var neighbours: Rank = 0
    var large: [UInt64] = []
    let (width, ranks) = (tally.width, ranks.span)
    var table = tally.table.mutableSpan
    var places = places.mutableSpan
    for run in volume.runs {
      for voxel in run {
        let before = unsafe ranks[unchecked: voxel &- step]
        let place = unsafe places[unchecked: voxel &- step] &+ 1
        unsafe places[unchecked: voxel] = before == ranks[unchecked: voxel] ? place : 1
        neighbours |= before
      }
      for voxel in run {
        let rank = unsafe ranks[unchecked: voxel]
        let place = unsafe Int(places[unchecked: voxel])
        if place < width {
          unsafe table[unchecked: Int(truncatingIfNeeded: rank) &* width &+ place] &+= 1
        } else {
          large.append(UInt64(rank) << 32 | UInt64(place))
        }
      }
    }
    tally.large = large
    return neighbours != 0
  }

  /// Whether some line along the direction holds two voxels of the region, with others between them.
  func hasSharedLine(_ direction: VoxelOffset) -> Bool {
    let size = volume.grid.size
    let step = volume.grid.step(direction)
    var lines: [Int] = []
    for run in volume.runs {
      for voxel in run {
        let x = voxel % size.x
        let y = voxel / size.x % size.y
        let z = voxel / (size.x * size.y)
        let back = min(
          Self.stepsBack(x, direction.x, size.x), Self.stepsBack(y, direction.y, size.y),
          Self.stepsBack(z, direction.z, size.z))
        lines.append(voxel - back * step)
      }
    }
    lines.sort()
    return zip(lines, lines.dropFirst()).contains { $0 == $1 }
  }

  /// Steps from a coordinate back to where lines along an axis begin.
  private static func stepsBack(_ coordinate: Int, _ step: Int, _ extent: Int) -> Int {
    step == 0 ? .max : step > 0 ? coordinate : extent - 1 - coordinate
  }
}
