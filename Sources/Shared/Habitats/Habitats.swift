import Volumes

/// How many habitats are looked for, and how.
package struct HabitatSettings: Sendable {
  /// Numbers of clusters, of which the one with the largest Bayesian information criterion is taken.
  package var clusters = 2...6
  /// Of the random numbers of starts.
  package var seed: UInt64 = 1
  /// What maps hold outside the region; may be NaN.
  package var outside = 0.0

  static let mostClusters = 255
  /// A map without a number at a larger share of the voxels is left out.
  static let mostWithoutNumber = 0.05

  package init() {}
}

/// Parts of regions whose voxels are alike in all maps: k-means of standardised map values, of one region or of several
/// together.
package struct Habitats: Sendable {
  /// Of one region.
  package struct Region: Sendable {
    /// The folder of its maps.
    package let name: String
    /// Habitats from 1, 0 outside and where a map has no number.
    package let labels: LabelMap
    /// Number of voxels of each habitat.
    package let voxelCounts: [Int]
    /// Voxels in cubic millimetres.
    package let voxelVolume: Double
    /// Voxels that belong to no habitat, because a map has no number there.
    package let leftOut: Int
  }

  /// What can be applied to others.
  package let centres: HabitatCentres
  /// In the order of the folders.
  package let regions: [Region]
  /// Bayesian information criterion by number of clusters; none where centres were given.
  package let criteria: [(clusters: Int, information: Double)]
  /// Maps that took no part, with the reason; and that the largest number of clusters was taken.
  package let warnings: [String]

  /// Finds habitats, or applies those that were found before.
  /// - Parameters:
  ///   - folders: at least one; all with the same features.
  ///   - centres: nil: found here.
  /// - Throws: `mapsDiffer`, `tooLittle`, `tooLarge`, `badCentres`, `invalidSetting`.
  package init(
    of folders: [MapFolder], _ settings: HabitatSettings, centres known: HabitatCentres? = nil
  ) throws(HabitatError) {
    try Self.check(folders, settings)
    for folder in folders { try folder.checkOutside(settings.outside) }
    let regions = folders.map { $0.region(outside: settings.outside) }
    var warnings: [String] = []
    let scales =
      if let known { known.scales } else {
        try Self.scales(of: folders, regions, outside: settings.outside, &warnings)
      }
    let places = try Self.places(of: scales, in: folders[0])
    let (points, kept) = Self.points(of: folders, regions, scales, places)
    if let known {
      (centres, criteria) = (known, [])
    } else {
      let found = try Self.best(points, settings)
      centres = HabitatCentres(scales: scales, centres: found.best.centres)
      criteria = found.criteria
      if let sentence = Self.boundary(criteria, taken: centres.count) { warnings.append(sentence) }
    }
    let assignment = KMeans(points, at: centres.table).assignment
    self.warnings = warnings
    self.regions = Self.regions(folders, regions, kept, assignment, centres.count)
  }

  private static func check(_ folders: [MapFolder], _ settings: HabitatSettings) throws(HabitatError) {
    let most = HabitatSettings.mostClusters
    guard settings.clusters.lowerBound >= 1, settings.clusters.upperBound <= most else {
      throw HabitatError(.invalidSetting, "Numbers of clusters are 1 to \(most).")
    }
    for folder in folders where folder.features != folders[0].features {
      throw HabitatError(
        .mapsDiffer,
        "\(folder.name) has maps of other features than \(folders[0].name). Make the maps of all regions with the same parameters."
      )
    }
    guard folders.reduce(0, { $0 + $1.maps.count * $1.maps[0].count }) <= MapFolder.mostValues else {
      throw HabitatError(
        .tooLarge,
        "The maps have more than \(MapFolder.mostValues) values together; choose fewer features or regions.")
    }
  }

  /// Mean and standard deviation of each map that has numbers, and not one alone, in all regions together.
  private static func scales(
    of folders: [MapFolder], _ regions: [[Int]], outside: Double, _ warnings: inout [String]
  ) throws(HabitatError) -> [HabitatCentres.Scale] {
    let voxelCount = regions.reduce(0) { $0 + $1.count }
    var scales: [HabitatCentres.Scale] = []
    for (map, feature) in folders[0].features.enumerated() {
      var values: [Double] = []
      for (folder, region) in zip(folders, regions) {
        for voxel in region where folder.maps[map][voxel].isFinite { values.append(folder.maps[map][voxel]) }
      }
      let missing = voxelCount - values.count
      if Double(missing) > HabitatSettings.mostWithoutNumber * Double(voxelCount) {
        warnings.append("\(feature) has no number at \(missing) of \(voxelCount) voxels and is left out.")
        continue
      }
      let mean = values.reduce(0, +) / Double(values.count)
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
      let largest = HabitatCentres.largest
      guard values.isEmpty || abs(mean) <= largest && variance <= largest * largest else {
        warnings.append("\(feature) has values beyond 1e100 and is left out.")
        continue
      }
      if values.isEmpty || !(variance > max(1e-24 * mean * mean, 1 / (largest * largest))) {
        warnings.append("\(feature) is the same everywhere and is left out.")
        continue
      }
      scales.append(.init(feature: feature, mean: mean, deviation: variance.squareRoot()))
    }
    guard !scales.isEmpty else {
      let reasons = warnings.prefix(3).joined(separator: " ") + (warnings.count > 3 ? " …" : "")
      throw HabitatError(
        .tooLittle,
        voxelCount == 0
          ? "No voxel has another value than --outside \(outside) in any map; give the initValue of the maps."
          : "No map has values that differ in \(voxelCount) voxels; check the maps, and --outside. \(reasons)"
      )
    }
    return scales
  }

  /// Which map is that of each scale.
  private static func places(
    of scales: [HabitatCentres.Scale], in folder: MapFolder
  ) throws(HabitatError) -> [Int] {
    var places: [Int] = []
    for scale in scales {
      guard let place = folder.features.firstIndex(of: scale.feature) else {
        throw HabitatError(
          .badCentres,
          "The centres are of \(scale.feature), of which there is no map in \(folder.name). Make the maps with the same parameters."
        )
      }
      places.append(place)
    }
    return places
  }

  /// Standardised values of all regions' voxels that have a number in each map, and which voxels these are. A value that is
  /// beyond all measure in units of given centres counts as none.
  private static func points(
    of folders: [MapFolder], _ regions: [[Int]], _ scales: [HabitatCentres.Scale], _ places: [Int]
  ) -> (points: PointTable, kept: [[Int]]) {
    var points = PointTable(dimension: scales.count)
    var kept: [[Int]] = []
    for (folder, region) in zip(folders, regions) {
      var voxels: [Int] = []
      for voxel in region {
        let point = zip(scales, places).map { (folder.maps[$1][voxel] - $0.mean) / $0.deviation }
        guard point.allSatisfy({ abs($0) <= HabitatCentres.largest }) else { continue }
        points.append(point)
        voxels.append(voxel)
      }
      kept.append(voxels)
    }
    return (points, kept)
  }

  private static func best(
    _ points: PointTable, _ settings: HabitatSettings
  ) throws(HabitatError) -> (best: KMeans, criteria: [(clusters: Int, information: Double)]) {
    guard points.count > settings.clusters.upperBound else {
      throw HabitatError(
        .tooLittle,
        "\(points.count) voxels cannot be divided into \(settings.clusters.upperBound) clusters; ask for fewer (--clusters)."
      )
    }
    var best = KMeans(points, clusters: settings.clusters.lowerBound, seed: settings.seed)
    var criteria = [(clusters: settings.clusters.lowerBound, information: best.information)]
    for clusters in settings.clusters.dropFirst() {
      let found = KMeans(points, clusters: clusters, seed: settings.seed)
      criteria.append((clusters, found.information))
      if found.information > best.information { best = found }
    }
    return (best, criteria)
  }

  /// A sentence where the largest of several numbers of clusters was taken, as more were not looked at.
  private static func boundary(_ criteria: [(clusters: Int, information: Double)], taken: Int) -> String? {
    guard criteria.count > 1, let most = criteria.last?.clusters, taken == most else { return nil }
    return
      "\(most) clusters have the largest information criterion, and are the most that were allowed; more might have a larger one. "
      + "Allow more by --clusters, or say \(most) where that many are wanted."
  }

  private static func regions(
    _ folders: [MapFolder], _ regions: [[Int]], _ kept: [[Int]], _ assignment: [Int], _ count: Int
  ) -> [Region] {
    var next = 0
    return folders.indices.map { index in
      var labels = [UInt32](repeating: 0, count: folders[index].geometry.size.voxelCount)
      var voxelCounts = [Int](repeating: 0, count: count)
      for voxel in kept[index] {
        labels[voxel] = UInt32(assignment[next] + 1)
        voxelCounts[assignment[next]] += 1
        next += 1
      }
      let spacing = folders[index].geometry.spacingInMillimetres
      return Region(
        name: folders[index].name, labels: LabelMap(geometry: folders[index].geometry, labels: labels),
        voxelCounts: voxelCounts, voxelVolume: spacing.x * spacing.y * spacing.z,
        leftOut: regions[index].count - kept[index].count)
    }
  }
}
