import Volumes

/// A part of a region that has texture matrices of its own: the whole region, or one slice of it.
struct TextureBlock {
  let volume: LevelVolume
  /// Places of its voxels in scan order.
  let places: Range<Int>
  /// Number of voxels of each rank.
  let voxelCounts: [Int]

  var voxelCount: Int { places.count }
}

/// The blocks of a region, and the neighbours that their matrices look at.
struct TextureBlocks {
  let blocks: [TextureBlock]
  let neighbours: NeighbourOffsets

  /// - Parameter isPlanar: whether each slice across z is a block, with neighbours in its plane.
  init(_ region: RegionOfInterest, _ discretised: DiscretisedRegion, isPlanar: Bool) {
    let size = region.box.size
    let box = isPlanar ? GridSize(x: size.x, y: size.y, z: 1) : size
    let margin = GridSize(x: 1, y: 1, z: isPlanar ? 0 : 1)
    neighbours = NeighbourOffsets(
      distances: [1], box: GridSize(x: 3, y: 3, z: 3), excludedAxis: isPlanar ? 0 : nil)
    blocks = Self.parts(of: region, isPlanar: isPlanar).map { runs, places in
      var counts = [Int](repeating: 0, count: discretised.levels.count)
      for rank in discretised.ranks[places] { counts[Int(rank)] += 1 }
      let volume = LevelVolume(
        runs: runs, box: box, ranks: discretised.ranks[places], levels: discretised.levels, margin: margin)
      return TextureBlock(volume: volume, places: places, voxelCounts: counts)
    }
  }

  private static func parts(
    of region: RegionOfInterest, isPlanar: Bool
  ) -> [(runs: [VoxelRun], places: Range<Int>)] {
    guard isPlanar else { return [(region.runs, 0..<region.voxelCount)] }
    var parts: [(runs: [VoxelRun], places: Range<Int>)] = []
    var slice: Int32 = -1
    var place = 0
    for var run in region.runs {
      if run.z != slice { parts.append(([], place..<place)) }
      slice = run.z
      run.z = 0
      place += Int(run.count)
      parts[parts.count - 1].runs.append(run)
      parts[parts.count - 1].places = parts[parts.count - 1].places.lowerBound..<place
    }
    return parts
  }

  /// Co-occurrence matrices of each block, by direction.
  func cooccurrence() -> [[TextureMatrix]] {
    blocks.map { block in
      var matrices: [TextureMatrix] = []
      CooccurrenceMatrices(volume: block.volume, directions: neighbours.directions, isSymmetrical: true)
        .forEach { matrices.append($0) }
      return matrices
    }
  }

  /// Run length matrices of each block, by direction.
  func runLengths() -> [[TextureMatrix]] {
    blocks.map { block in
      var matrices: [TextureMatrix] = []
      RunLengthMatrices(volume: block.volume, directions: neighbours.directions, keepsLonelyVoxels: true)
        .forEach { matrices.append($1) }
      return matrices
    }
  }

  /// Size zone matrix of each block.
  func sizeZones() -> [TextureMatrix] {
    blocks.map { SizeZones(volume: $0.volume, neighbours: neighbours.all).matrix() }
  }

  /// Distance zone matrix of each block.
  /// - Parameter distances: of all the region's voxels in scan order.
  func distanceZones(_ distances: [Int32]) -> [TextureMatrix] {
    blocks.map { block in
      DistanceZones(
        volume: block.volume, distances: distances[block.places], neighbours: neighbours.all
      ).matrix()
    }
  }

  /// Dependences and grey tone differences of each block.
  func neighbourhoods(coarseness: Int) -> [NeighbourhoodMatrices] {
    blocks.map { NeighbourhoodMatrices($0.volume, neighbours: neighbours.all, alpha: coarseness) }
  }
}

extension IBSIAggregation {
  /// The matrices that features are computed of, from those of each block and direction.
  func merging(_ matrices: [[TextureMatrix]]) -> [TextureMatrix] {
    switch self {
    case .averaged2D, .averaged3D: matrices.flatMap(\.self)
    case .merged2D, .merged3D: matrices.map(\.sum)
    case .averaged25D: matrices[0].indices.map { direction in matrices.map { $0[direction] }.sum }
    case .merged25D: [matrices.flatMap(\.self).sum]
    }
  }

  /// Which of the blocks make up one matrix, in families without directions.
  func groups(ofBlocks count: Int) -> [[Int]] {
    switch self {
    case .averaged2D, .merged2D, .averaged3D, .merged3D: (0..<count).map { [$0] }
    case .averaged25D, .merged25D: [Array(0..<count)]
    }
  }
}

extension [TextureMatrix] {
  /// The sum of matrices.
  var sum: TextureMatrix { reduce([]) { $0.adding($1, times: 1) } }
}
