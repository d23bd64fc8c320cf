import Volumes

extension RegionOfInterest {
  /// The voxels whose intensity lies within bounds, and their intensities: the intensity mask (IBSI USB3).
  ///
  /// - Parameter intensities: of all voxels in scan order.
  /// - Throws: `emptyRegion` when no voxel is left.
  func resegmented(
    _ intensities: [Double], from lowest: Double?, to highest: Double?
  ) throws(RadiomicsError) -> (region: RegionOfInterest, intensities: [Double]) {
    if lowest == nil && highest == nil { return (self, intensities) }
    let (lower, upper) = (lowest ?? -.infinity, highest ?? .infinity)
    var kept: [VoxelRun] = []
    var values: [Double] = []
    var next = 0
    for run in runs {
      var open: VoxelRun?
      for x in run.x..<run.x + run.count {
        let value = intensities[next]
        next += 1
        if value < lower || value > upper {
          if let ended = open { kept.append(ended) }
          open = nil
        } else {
          values.append(value)
          var growing = open ?? VoxelRun(x: x, y: run.y, z: run.z, count: 0)
          growing.count += 1
          open = growing
        }
      }
      if let ended = open { kept.append(ended) }
    }
    guard !kept.isEmpty else {
      throw RadiomicsError(
        .emptyRegion,
        "no voxel of the region has an intensity from \(lower) to \(upper); widen resegmentRange")
    }
    return (RegionOfInterest(kept, inBoxOf: self), values)
  }

  /// The same voxels in the box of a region that holds them.
  ///
  /// - Throws: `sizeMismatch` where the other region has another grid or lacks a voxel.
  func placed(in other: RegionOfInterest) throws(RadiomicsError) -> RegionOfInterest {
    let shift = SIMD3(
      Int32(box.x.lowerBound - other.box.x.lowerBound), Int32(box.y.lowerBound - other.box.y.lowerBound),
      Int32(box.z.lowerBound - other.box.z.lowerBound))
    let moved = runs.map {
      VoxelRun(x: $0.x + shift.x, y: $0.y + shift.y, z: $0.z + shift.z, count: $0.count)
    }
    guard gridSize == other.gridSize, other.holds(moved) else {
      throw RadiomicsError(
        .sizeMismatch,
        "the intensity mask has voxels that the morphological mask lacks; one must hold the other")
    }
    return RegionOfInterest(moved, inBoxOf: other)
  }

  /// Whether all voxels of runs, in coordinates of the box, belong to the region.
  private func holds(_ others: [VoxelRun]) -> Bool {
    var next = 0
    for other in others {
      while next < runs.count, Self.endsBefore(runs[next], other) { next += 1 }
      guard next < runs.count, runs[next].y == other.y, runs[next].z == other.z, runs[next].x <= other.x,
        runs[next].x + runs[next].count >= other.x + other.count
      else { return false }
    }
    return true
  }

  /// Whether a run ends before the last voxel of another in scan order.
  private static func endsBefore(_ run: VoxelRun, _ other: VoxelRun) -> Bool {
    (run.z, run.y, run.x + run.count) < (other.z, other.y, other.x + other.count)
  }
}
