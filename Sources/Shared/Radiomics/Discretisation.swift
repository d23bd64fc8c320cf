import Volumes

/// Grey levels of a region's voxels.
///
/// Levels that no voxel has take no room: voxels carry the *rank* of their level among those present, 1 the
/// lowest. (Up to 255 levels, where room is no concern, rank and level are the same.)
struct DiscretisedRegion {
  /// Rank of each voxel in scan order.
  let ranks: [Int32]
  /// Level of each rank; element 0 stands for "outside the region".
  let levels: [Int]
  /// Number of voxels of each rank; element 0 is 0.
  let voxelCounts: [Int]
  /// The highest level present, `Ng` in PyRadiomics' formulas.
  var maximumLevel: Int { levels[levels.count - 1] }
  /// Number of levels that at least one voxel has.
  let presentLevelCount: Int

  /// - Throws: `nonFiniteVoxel`, `tooManyLevels`, `invalidSetting`.
  init(intensities: [Double], sampleType: SampleType, settings: RadiomicsSettings) throws(RadiomicsError) {
    self.init(assigned: try Self.assignLevels(intensities, sampleType, settings))
  }

  /// - Parameter levels: level of each voxel in scan order, 1 or more.
  init(assigned levels: [Int32]) {
    var assigned = levels
    let maximum = Int(assigned.max() ?? 0)
    let presence = maximum <= 255 ? Array(0...maximum) : Self.presentLevels(assigned, maximum: maximum)
    if maximum > 255 { Self.replaceByRanks(&assigned, levels: presence) }
    var counts = [Int](repeating: 0, count: presence.count)
    for rank in assigned { counts[Int(rank)] += 1 }
    ranks = assigned
    self.levels = presence
    voxelCounts = counts
    presentLevelCount = counts.count { $0 > 0 }
  }

  /// A part of a region.
  /// - Parameters:
  ///   - ranks: rank of each voxel of the part.
  ///   - levels: level of each rank; some may be of no voxel.
  init(ranks: [Int32], levels: [Int]) {
    self.ranks = ranks
    self.levels = levels
    var counts = [Int](repeating: 0, count: levels.count)
    for rank in ranks { counts[Int(rank)] += 1 }
    voxelCounts = counts
    presentLevelCount = counts.count { $0 > 0 }
  }

  private static func assignLevels(
    _ intensities: [Double], _ sampleType: SampleType, _ settings: RadiomicsSettings
  ) throws(RadiomicsError) -> [Int32] {
    let range = try IntensityRange(of: intensities)
    if let count = settings.binCount {
      return LevelEdges(range, count: count, singlePrecision: sampleType == .float32).levels(of: intensities)
    }
    return try LevelEdges(range, width: settings.binWidth).levels(of: intensities)
  }

  /// 0, then every level that occurs, ascending.
  private static func presentLevels(_ levels: [Int32], maximum: Int) -> [Int] {
    guard maximum <= 4 * levels.count + 65_536 else {
      var present = [0]
      for level in levels.sorted() where Int(level) != present[present.count - 1] {
        present.append(Int(level))
      }
      return present
    }
    var occurs = [Bool](repeating: false, count: maximum + 1)
    occurs[0] = true
    for level in levels { occurs[Int(level)] = true }
    return occurs.indices.filter { occurs[$0] }
  }

  private static func replaceByRanks(_ assigned: inout [Int32], levels: [Int]) {
    let maximum = levels[levels.count - 1]
    guard maximum <= 4 * assigned.count + 65_536 else {
      for i in assigned.indices { assigned[i] = Int32(rank(of: Int(assigned[i]), in: levels)) }
      return
    }
    var rankOfLevel = [Int32](repeating: 0, count: maximum + 1)
    for rank in levels.indices { rankOfLevel[levels[rank]] = Int32(rank) }
    for i in assigned.indices { assigned[i] = rankOfLevel[Int(assigned[i])] }
  }

  private static func rank(of level: Int, in levels: [Int]) -> Int {
    var lower = 0
    var upper = levels.count - 1
    while lower < upper {
      let middle = (lower + upper) / 2
      if levels[middle] < level { lower = middle + 1 } else { upper = middle }
    }
    return lower
  }
}

/// Smallest and largest intensity of a region.
struct IntensityRange {
  let minimum: Double
  let maximum: Double

  /// - Throws: `nonFiniteVoxel`.
  init(of intensities: [Double]) throws(RadiomicsError) {
    var lowest = Double.infinity
    var highest = -Double.infinity
    var refused = 0
    for value in intensities {
      if value < lowest { lowest = value }
      if value > highest { highest = value }
      if !value.isFinite { refused += 1 }
    }
    guard refused == 0 else {
      throw RadiomicsError(
        .nonFiniteVoxel,
        "\(refused) of \(intensities.count) voxels of the region are NaN or infinite; "
          + "correct the image or take them out of the mask")
    }
    minimum = lowest
    maximum = highest
  }
}
