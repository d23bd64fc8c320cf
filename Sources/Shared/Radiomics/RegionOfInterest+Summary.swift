import Volumes

/// Mean, smallest and largest of some intensities; all are NaN where one of them is.
public struct IntensitySummary: Equatable, Sendable {
  /// Mean of the intensities.
  public let mean: Double
  /// The smallest intensity.
  public let minimum: Double
  /// The largest intensity.
  public let maximum: Double

  /// - Parameter values: at least one.
  public init(of values: [Double]) {
    var tally = IntensityTally()
    for value in values { tally.add(value) }
    self.init(tally)
  }

  /// Of all voxels of an image, as of its `Double`s.
  public init(of image: StoredVolume) {
    var tally = IntensityTally()
    image.forEachSlice { voxels in
      for place in voxels.indices { tally.add(voxels[place]) }
    }
    self.init(tally)
  }

  private init(_ tally: IntensityTally) {
    mean = tally.sum / Double(tally.count)
    minimum = tally.sum.isNaN ? .nan : tally.low
    maximum = tally.sum.isNaN ? .nan : tally.high
  }
}

private struct IntensityTally {
  private(set) var (count, sum, low, high) = (0, 0.0, Double.infinity, -Double.infinity)

  mutating func add(_ value: Double) {
    count += 1
    sum += value
    low = value < low ? value : low
    high = value > high ? value : high
  }
}

extension RegionOfInterest {
  /// Mean and extremes of the region in one image.
  /// - Parameter image: on the grid of the mask, or cropped to `box`.
  /// - Throws: `sizeMismatch`.
  public func summary(of image: Volume) throws(RadiomicsError) -> IntensitySummary {
    IntensitySummary(of: try intensities(of: image))
  }

  /// Mean of the voxels' indices along x, y and z, in voxels of the mask.
  public var centreOfMass: SIMD3<Double> {
    var sums = SIMD3<Int>.zero
    for run in runs {
      let count = Int(run.count)
      sums.x += count * Int(run.x) + count * (count - 1) / 2
      sums.y += count * Int(run.y)
      sums.z += count * Int(run.z)
    }
    let corner = SIMD3(box.x.lowerBound, box.y.lowerBound, box.z.lowerBound)
    return SIMD3<Double>(sums &+ corner &* voxelCount) / Double(voxelCount)
  }

  /// Number of parts that do not touch, not even at a corner (26 neighbours; 8 in a picture).
  public var connectedVolumeCount: Int {
    var rows: [Int: Range<Int>] = [:]
    func row(_ run: VoxelRun) -> Int { Int(run.z) * box.size.y + Int(run.y) }
    for (index, run) in runs.enumerated() {
      rows[row(run)] = (rows[row(run)]?.lowerBound ?? index)..<index + 1
    }
    var parts = DisjointSets(count: runs.count)
    for (index, run) in runs.enumerated() {
      for (dy, dz) in [(-1, 0), (-1, -1), (0, -1), (1, -1)] {
        let (y, z) = (Int(run.y) + dy, Int(run.z) + dz)
        guard (0..<box.size.y).contains(y), z >= 0, let others = rows[z * box.size.y + y] else { continue }
        for other in others where touch(run, runs[other]) { parts.join(index, other) }
      }
    }
    return runs.indices.count { parts.representative(of: $0) == $0 }
  }

  /// Whether runs of neighbouring rows overlap along x, or meet at a corner.
  private func touch(_ a: VoxelRun, _ b: VoxelRun) -> Bool {
    a.x <= b.x + b.count && b.x <= a.x + a.count
  }
}
