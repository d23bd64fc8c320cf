/// Features of the classes that have one matrix for each direction.
///
/// Without `weightingNorm` each direction's features are computed and averaged; directions without entries
/// are left out. With it the matrices are weighted and summed into one.
struct DirectionalFeatures {
  let volume: LevelVolume
  let directions: [VoxelOffset]
  let settings: RadiomicsSettings
  let spacingInMillimetres: SIMD3<Double>

  /// Features of the co-occurrence matrices.
  /// - Parameters:
  ///   - presentLevelCount: number of levels that the region has.
  ///   - isSymmetrical: whether a pair of voxels counts in both orders.
  ///   - withMCC: whether to compute MCC, which costs more than all the others.
  func cooccurrenceValues(presentLevelCount: Int, isSymmetrical: Bool, withMCC: Bool) -> [NamedValue] {
    let matrices = CooccurrenceMatrices(
      volume: volume, directions: directions, isSymmetrical: isSymmetrical)
    var average = DirectionAverage()
    func add(_ matrix: TextureMatrix) {
      guard !matrix.isEmpty else { return }
      let features = CooccurrenceFeatures(
        matrix, levels: volume.levels, maximumLevel: volume.maximumLevel,
        isSymmetrical: isSymmetrical)
      // With one level there is nothing to correlate: PyRadiomics sets MCC to 1.
      let correlation = presentLevelCount == 1 ? 1 : withMCC ? features.maximalCorrelation() : .nan
      average.add(features.values() + [NamedValue("MCC", correlation)])
    }
    if let weights {
      var sum: TextureMatrix = []
      var index = 0
      matrices.forEach { matrix in
        sum = sum.adding(matrix, times: weights.cooccurrence(directions[index]))
        index += 1
      }
      add(sum)
    } else {
      matrices.forEach(add)
    }
    return average.values ?? emptyCooccurrenceValues(presentLevelCount: presentLevelCount)
  }

  /// Features of the run length matrices.
  func runLengthValues() -> [NamedValue] {
    let matrices = RunLengthMatrices(volume: volume, directions: directions)
    var average = DirectionAverage()
    func add(_ matrix: TextureMatrix) {
      guard !matrix.isEmpty else { return }
      average.add(SizeMatrixFeatures(matrix, levels: volume.levels).runLengthValues())
    }
    if let weights {
      var sum: TextureMatrix = []
      matrices.forEach { sum = sum.adding($1, times: weights.runLength($0)) }
      add(sum)
    } else {
      matrices.forEach { add($1) }
    }
    return average.values ?? emptyRunLengthValues
  }

  var weights: DirectionWeights? {
    settings.weightingNorm.map { DirectionWeights(norm: $0, spacingInMillimetres: spacingInMillimetres) }
  }

  /// Whether there is one matrix only; PyRadiomics keeps that one even when it is empty.
  private var hasSingleMatrix: Bool { directions.count == 1 || settings.weightingNorm != nil }

  /// What PyRadiomics 3.0.1 returns where no voxel has a neighbour: NaN, but for sums over nothing.
  private func emptyCooccurrenceValues(presentLevelCount: Int) -> [NamedValue] {
    CooccurrenceClass.standardFeatures.map { name in
      switch name {
      case "MCC" where presentLevelCount == 1 && !hasSingleMatrix: NamedValue(name, 1)
      case "InverseVariance" where presentLevelCount == 1 && hasSingleMatrix: NamedValue(name, 0)
      default: NamedValue(name, .nan)
      }
    }
  }

  /// What PyRadiomics 3.0.1 returns where no line holds two voxels: NaN, but for sums over nothing.
  private var emptyRunLengthValues: [NamedValue] {
    RunLengthClass.standardFeatures.map { name in
      let isSum = name == "RunEntropy" || name == "RunVariance"
      return NamedValue(name, isSum && hasSingleMatrix ? 0 : .nan)
    }
  }
}

/// Mean of each feature over several matrices: of all directions, or of all slices.
struct DirectionAverage {
  private var sums: [Double] = []
  private var counts: [Int] = []
  private var names: [String] = []

  /// Adds one direction's features; a NaN is left out.
  mutating func add(_ values: [NamedValue]) {
    if names.isEmpty {
      names = values.map(\.name)
      sums = [Double](repeating: 0, count: values.count)
      counts = [Int](repeating: 0, count: values.count)
    }
    for (index, feature) in values.enumerated() where !feature.value.isNaN {
      sums[index] += feature.value
      counts[index] += 1
    }
  }

  /// The mean of each feature over the directions that have it, NaN when none has; `nil` without directions.
  var values: [NamedValue]? {
    names.isEmpty ? nil : names.indices.map { NamedValue(names[$0], sums[$0] / Double(counts[$0])) }
  }
}
