/// A class of features that is computed by voxel too.
protocol VoxelwiseClass: FeatureClassDefinition {
  /// All features of one kernel.
  /// - Parameters:
  ///   - kernel: the voxels around one voxel.
  ///   - names: the features that are wanted; others may be left out, or be NaN.
  ///   - directions: takes the directions in which the kernel has entries, for classes with a matrix a direction.
  /// - Returns: empty where all features are NaN.
  func values(of kernel: VoxelKernel, names: [String], _ directions: inout [Bool]) -> [NamedValue]
}

extension FirstOrderClass: VoxelwiseClass {
  func values(of kernel: VoxelKernel, names: [String], _ directions: inout [Bool]) -> [NamedValue] {
    FirstOrderFeatures(
      intensities: kernel.intensities, discretised: kernel.discretised,
      voxelVolume: kernel.shared.voxelVolume, shift: voxelArrayShift
    ).values()
  }
}

extension CooccurrenceClass: VoxelwiseClass {
  func values(of kernel: VoxelKernel, names: [String], _ directions: inout [Bool]) -> [NamedValue] {
    kernel.directional(kernel.shared.neighbours.directions).cooccurrenceValues(
      isSymmetrical: isSymmetrical, withMCC: names.contains("MCC"), &directions)
  }
}

extension RunLengthClass: VoxelwiseClass {
  func values(of kernel: VoxelKernel, names: [String], _ directions: inout [Bool]) -> [NamedValue] {
    kernel.directional(kernel.shared.nearest.directions).runLengthValues(&directions)
  }
}

extension SizeZoneClass: VoxelwiseClass {
  func values(of kernel: VoxelKernel, names: [String], _ directions: inout [Bool]) -> [NamedValue] {
    SizeMatrixFeatures(
      SizeZones(volume: kernel.volume, neighbours: kernel.shared.nearest.all).matrix(),
      levels: kernel.volume.levels
    ).sizeZoneValues()
  }
}

extension DependenceClass: VoxelwiseClass {
  func values(of kernel: VoxelKernel, names: [String], _ directions: inout [Bool]) -> [NamedValue] {
    let matrices = NeighbourhoodMatrices(
      kernel.volume, neighbours: kernel.shared.neighbours.all, alpha: alpha)
    return SizeMatrixFeatures(matrices.dependence, levels: kernel.volume.levels).dependenceValues()
  }
}

extension ToneDifferenceClass: VoxelwiseClass {
  func values(of kernel: VoxelKernel, names: [String], _ directions: inout [Bool]) -> [NamedValue] {
    let matrices = NeighbourhoodMatrices(kernel.volume, neighbours: kernel.shared.neighbours.all, alpha: 0)
    return ToneDifferenceFeatures(
      voxelCounts: kernel.discretised.voxelCounts, levels: kernel.volume.levels,
      toneDifference: matrices.toneDifference
    ).values()
  }
}

extension VoxelKernel {
  fileprivate func directional(_ directions: [VoxelOffset]) -> DirectionalFeatures {
    DirectionalFeatures(
      volume: volume, directions: directions, settings: shared.settings,
      spacingInMillimetres: shared.spacingInMillimetres)
  }
}

extension DirectionalFeatures {
  /// Features of a kernel's co-occurrence matrices, averaged over the directions that have pairs.
  fileprivate func cooccurrenceValues(
    isSymmetrical: Bool, withMCC: Bool, _ found: inout [Bool]
  ) -> [NamedValue] {
    var average = DirectionAverage()
    var sum: TextureMatrix = []
    var index = 0
    func add(_ matrix: TextureMatrix) {
      let features = CooccurrenceFeatures(
        matrix, levels: volume.levels, maximumLevel: volume.maximumLevel, isSymmetrical: isSymmetrical)
      average.add(features.values() + [NamedValue("MCC", withMCC ? features.maximalCorrelation() : .nan)])
    }
    CooccurrenceMatrices(volume: volume, directions: directions, isSymmetrical: isSymmetrical).forEach {
      matrix in
      defer { index += 1 }
      if matrix.isEmpty { return }
      found[weights == nil ? index : 0] = true
      if let weights {
        sum = sum.adding(matrix, times: weights.cooccurrence(directions[index]))
      } else {
        add(matrix)
      }
    }
    if !sum.isEmpty { add(sum) }
    return average.values ?? []
  }

  /// Features of a kernel's run length matrices, averaged over the directions in which a line holds two voxels.
  fileprivate func runLengthValues(_ found: inout [Bool]) -> [NamedValue] {
    var average = DirectionAverage()
    var sum: TextureMatrix = []
    var index = 0
    func add(_ matrix: TextureMatrix) {
      average.add(SizeMatrixFeatures(matrix, levels: volume.levels).runLengthValues())
    }
    RunLengthMatrices(volume: volume, directions: directions).forEach { offset, matrix in
      defer { index += 1 }
      if matrix.isEmpty { return }
      found[weights == nil ? index : 0] = true
      if let weights { sum = sum.adding(matrix, times: weights.runLength(offset)) } else { add(matrix) }
    }
    if !sum.isEmpty { add(sum) }
    return average.values ?? []
  }
}
