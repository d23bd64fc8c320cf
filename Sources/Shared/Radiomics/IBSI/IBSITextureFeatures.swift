extension CooccurrenceFeatures {
  /// Names of the features in the order of `IBSICatalogue.cooccurrence`. Dissimilarity is the difference
  /// average, sum variance the cluster tendency.
  private static let kernelNames = [
    "MaximumProbability", "JointAverage", "SumSquares", "JointEntropy", "DifferenceAverage",
    "DifferenceVariance", "DifferenceEntropy", "SumAverage", "ClusterTendency", "SumEntropy", "JointEnergy",
    "Contrast", "DifferenceAverage", "Id", "Idn", "Idm", "Idmn", "InverseVariance", "Correlation",
    "Autocorrelation", "ClusterTendency", "ClusterShade", "ClusterProminence", "Imc1", "Imc2",
  ]

  /// Features by their IBSI tags.
  func taggedValues() -> [NamedValue] {
    let values = values()
    return zip(IBSICatalogue.cooccurrence, Self.kernelNames).map { NamedValue($0.tag, values.value(of: $1)) }
  }
}

extension SizeMatrixFeatures {
  /// Features by their IBSI tags; the families of runs, zones and dependences list the same ones in the same
  /// order, energy last where they have it.
  ///
  /// - Parameter voxelCount: number of voxels, for each direction that was merged.
  func taggedValues(_ family: IBSIFamily, voxelCount: Double) -> [NamedValue] {
    let values = [
      smallSizeEmphasis, largeSizeEmphasis, lowLevelEmphasis, highLevelEmphasis,
      jointEmphasis { 1 / ($0 * $1) }, jointEmphasis { $0 / $1 }, jointEmphasis { $1 / $0 },
      jointEmphasis { $0 * $1 },
      levelNonUniformity, levelNonUniformity / total, sizeNonUniformity, sizeNonUniformity / total,
      total / voxelCount, levelVariance, sizeVariance, entropy, energy,
    ]
    return zip(family.features, values).map { NamedValue($0.tag, $1) }
  }
}

/// A grey tone difference matrix that may be merged from several blocks, without the voxels that have no
/// neighbour.
struct NeighbouredTones {
  private var voxelCounts: [Int]
  private var differences: [Double]

  /// - Parameter group: one or more blocks with what was found in their neighbourhoods.
  init(_ group: [(block: TextureBlock, matrices: NeighbourhoodMatrices)]) {
    voxelCounts = [Int](repeating: 0, count: group[0].block.voxelCounts.count)
    differences = [Double](repeating: 0, count: voxelCounts.count)
    for (block, matrices) in group {
      for rank in voxelCounts.indices {
        voxelCounts[rank] += block.voxelCounts[rank] - matrices.isolatedCounts[rank]
        differences[rank] += matrices.toneDifference[rank]
      }
    }
  }

  /// Features by their IBSI tags; `nil` where no voxel has a neighbour.
  func taggedValues(levels: [Int]) -> [NamedValue]? {
    guard voxelCounts.contains(where: { $0 > 0 }) else { return nil }
    let values = ToneDifferenceFeatures(
      voxelCounts: voxelCounts, levels: levels, toneDifference: differences
    ).values()
    let names = ["Coarseness", "Contrast", "Busyness", "Complexity", "Strength"]
    return zip(IBSICatalogue.toneDifference, names).map { NamedValue($0.tag, values.value(of: $1)) }
  }
}
