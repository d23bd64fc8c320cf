/// The matrices of one texture family, before they are aggregated.
struct FamilyMatrices {
  enum Content {
    /// By block and direction.
    case directional([[TextureMatrix]])
    /// One for each block.
    case whole([TextureMatrix])
    /// Grey tone differences of each block.
    case neighbourhoods([NeighbourhoodMatrices])
  }

  let family: IBSIFamily
  let blocks: [TextureBlock]
  let content: Content

  /// Features of the merged matrices, averaged over those that are not empty; `nil` where all are.
  func values(_ aggregation: IBSIAggregation) -> [NamedValue]? {
    var average = DirectionAverage()
    switch content {
    case .directional(let matrices):
      for matrix in aggregation.merging(matrices) where !matrix.isEmpty { average.add(values(of: matrix)) }
    case .whole(let matrices):
      for group in aggregation.groups(ofBlocks: blocks.count) {
        let features = SizeMatrixFeatures(group.map { matrices[$0] }.sum, levels: levels)
        let voxelCount = group.reduce(0) { $0 + blocks[$1].voxelCount }
        average.add(features.taggedValues(family, voxelCount: Double(voxelCount)))
      }
    case .neighbourhoods(let matrices):
      for group in aggregation.groups(ofBlocks: blocks.count) {
        let tones = NeighbouredTones(group.map { (blocks[$0], matrices[$0]) })
        if let values = tones.taggedValues(levels: levels) { average.add(values) }
      }
    }
    return average.values
  }

  private var levels: [Int] { blocks[0].volume.levels }

  /// Features of one matrix of a family with directions.
  private func values(of matrix: TextureMatrix) -> [NamedValue] {
    if family == .cooccurrence {
      let features = CooccurrenceFeatures(
        matrix, levels: levels, maximumLevel: blocks[0].volume.maximumLevel, isSymmetrical: true)
      return features.taggedValues()
    }
    let features = SizeMatrixFeatures(matrix, levels: levels)
    return features.taggedValues(family, voxelCount: features.voxelCount)
  }
}
