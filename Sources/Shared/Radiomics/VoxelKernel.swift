import Volumes

/// What a kernel holds around one voxel: a region of its own, with the grey levels of the whole region.
///
/// Levels that no voxel of the kernel has take no room; the highest of the whole region stays, because it stands in
/// formulas (`Ng`), with a count of 0.
struct VoxelKernel {
  /// What all kernels of an image share.
  let shared: VoxelFeatures
  /// Intensities in scan order.
  let intensities: [Double]
  /// Ranks of grey levels among those of the kernel.
  let discretised: DiscretisedRegion
  /// The ranks on the kernel's box.
  let volume: LevelVolume
}

/// Gathers kernels one after the other.
struct KernelGatherer {
  private let shared: VoxelFeatures
  /// Rank in the kernel of each rank of the region, while a kernel is gathered; else 0.
  private var rankInKernel: [Int32]

  init(_ shared: VoxelFeatures) {
    self.shared = shared
    rankInKernel = [Int32](repeating: 0, count: shared.levels.count)
  }

  /// The kernel around a voxel of the region.
  mutating func kernel(around centre: Int) -> VoxelKernel {
    let box = shared.kernelBox(around: centre)
    let size = shared.grid
    var (runs, ranks, intensities) = ([VoxelRun](), [Int32](), [Double]())
    var present: [Int32] = []
    for z in box.z {
      for y in box.y {
        let row = size.offset(x: 0, y: y, z: z)
        var previous = false
        for x in box.x {
          let rank = shared.ranks[row + x]
          guard rank > 0 else {
            previous = false
            continue
          }
          if previous {
            runs[runs.count - 1].count += 1
          } else {
            runs.append(
              VoxelRun(
                x: Int32(x - box.x.lowerBound), y: Int32(y - box.y.lowerBound),
                z: Int32(z - box.z.lowerBound), count: 1))
          }
          previous = true
          ranks.append(rank)
          intensities.append(shared.intensities[row + x])
          if rankInKernel[Int(rank)] == 0 {
            rankInKernel[Int(rank)] = 1
            present.append(rank)
          }
        }
      }
    }
    let levels = compress(&ranks, present)
    let discretised = DiscretisedRegion(ranks: ranks, levels: levels)
    return VoxelKernel(
      shared: shared, intensities: intensities, discretised: discretised,
      volume: LevelVolume(runs: runs, box: box.size, ranks: ranks[...], levels: levels, margin: shared.margin)
    )
  }

  /// Replaces the region's ranks by those of the kernel.
  /// - Returns: the level of each.
  private mutating func compress(_ ranks: inout [Int32], _ present: [Int32]) -> [Int] {
    var levels = [0]
    for rank in present.sorted() {
      rankInKernel[Int(rank)] = Int32(levels.count)
      levels.append(shared.levels[Int(rank)])
    }
    for index in ranks.indices { ranks[index] = rankInKernel[Int(ranks[index])] }
    for rank in present { rankInKernel[Int(rank)] = 0 }
    if levels[levels.count - 1] < shared.maximumLevel { levels.append(shared.maximumLevel) }
    return levels
  }
}
