import Volumes

/// Counts zones, connected voxels of one grey level, by their smallest distance to the region's edge (IBSI
/// VMDZ).
struct DistanceZones {
  let volume: LevelVolume
  /// Distance of each voxel of the volume in scan order.
  let distances: ArraySlice<Int32>
  let neighbours: [VoxelOffset]

  /// Rows: levels; columns: distances.
  func matrix() -> TextureMatrix {
    switch volume.storage {
    case .bytes(let ranks): matrix(ranks)
    case .words(let ranks): matrix(ranks)
    case .longs(let ranks): matrix(ranks)
    }
  }

  private func matrix<Rank: FixedWidthInteger>(_ ranks: [Rank]) -> TextureMatrix {
    var tally = SizeTally(rankCount: volume.rankCount, largest: 255)
    let places = placesByVoxel()
    let steps = neighbours.map(volume.grid.step)
    var remaining = ranks
    var pending: [Int] = []
    for run in volume.runs {
      for seed in run where remaining[seed] != 0 {
        let rank = remaining[seed]
        var nearest = Int32.max
        remaining[seed] = 0
        pending.append(seed)
        while let voxel = pending.popLast() {
          nearest = min(nearest, places[voxel])
          for step in steps where remaining[voxel + step] == rank {
            remaining[voxel + step] = 0
            pending.append(voxel + step)
          }
        }
        tally.add(rank: Int(rank), size: Int(nearest))
      }
    }
    return tally.matrix()
  }

  /// The distances on the volume's grid.
  private func placesByVoxel() -> [Int32] {
    var places = [Int32](repeating: 0, count: volume.grid.size.voxelCount)
    var next = distances.startIndex
    for run in volume.runs {
      for voxel in run {
        places[voxel] = distances[next]
        next += 1
      }
    }
    return places
  }
}

/// How many steps between face neighbours it takes to leave a region: 1 for voxels at its edge.
///
/// This is the Manhattan distance to the nearest voxel outside, found in one pass forwards and one backwards
/// (Rosenfeld & Pfaltz, Journal of the ACM 13(4), 1966). Beyond the image's border everything is outside.
struct EdgeDistance {
  private let grid: PaddedGrid
  private var distances: [Int32]

  /// - Parameter isPlanar: whether steps are taken within a slice only.
  init(_ region: RegionOfInterest, isPlanar: Bool) {
    grid = PaddedGrid(region.box.size, margin: GridSize(x: 1, y: 1, z: 1))
    distances = [Int32](repeating: 0, count: grid.size.voxelCount)
    let voxels = region.runs.map { run in
      let start = grid.start(of: run)
      return start..<start + Int(run.count)
    }
    for run in voxels {
      for voxel in run { distances[voxel] = .max }
    }
    let row = grid.size.x
    let slice = grid.size.x * grid.size.y
    for run in voxels {
      for voxel in run { relax(voxel, from: -1, -row, isPlanar ? -1 : -slice) }
    }
    for run in voxels.reversed() {
      for voxel in run.reversed() { relax(voxel, from: 1, row, isPlanar ? 1 : slice) }
    }
  }

  private mutating func relax(_ voxel: Int, from a: Int, _ b: Int, _ c: Int) {
    let nearest = min(distances[voxel + a], distances[voxel + b], distances[voxel + c])
    if nearest < distances[voxel] { distances[voxel] = nearest + 1 }
  }

  /// Distances of a part of the region in scan order.
  /// - Parameter part: in the box of the region.
  func values(of part: RegionOfInterest) -> [Int32] {
    part.runs.flatMap { run in
      let start = grid.start(of: run)
      return distances[start..<start + Int(run.count)]
    }
  }
}
