/// What is kept from one kernel to the next.
struct KernelScratch {
  let shared: VoxelFeatures
  /// The directions in which the kernel has entries.
  var directions: [Bool]
  var cooccurrence: KernelCooccurrence?
  /// Whether it was tried to make it.
  var hasCooccurrence = false
  var runLengths: KernelRunLengths?
  private var gatherer: KernelGatherer

  init(_ shared: VoxelFeatures, directionCount: Int) {
    self.shared = shared
    directions = [Bool](repeating: false, count: directionCount)
    gatherer = KernelGatherer(shared)
  }

  /// The kernel around a voxel of the region.
  mutating func kernel(around position: Int) -> VoxelKernel { gatherer.kernel(around: position) }
}

/// A class of features that is computed by voxel too.
protocol VoxelwiseClass: FeatureClassDefinition {
  /// All features of one kernel.
  /// - Parameters:
  ///   - position: the voxel in the middle.
  ///   - names: the features that are wanted; others may be left out, or mean nothing.
  ///   - scratch: gathers the kernel, and takes the directions in which it has entries, for classes with a matrix a
  ///     direction. It is kept for the voxels of one class and these names.
  /// - Returns: empty where all features are NaN.
  func values(at position: Int, names: [String], _ scratch: inout KernelScratch) -> [NamedValue]
}

extension FirstOrderClass: VoxelwiseClass {
  func values(at position: Int, names: [String], _ scratch: inout KernelScratch) -> [NamedValue] {
    let kernel = scratch.kernel(around: position)
    return FirstOrderFeatures(
      intensities: kernel.intensities, discretised: kernel.discretised,
      voxelVolume: kernel.shared.voxelVolume, shift: voxelArrayShift
    ).values()
  }
}

extension CooccurrenceClass: VoxelwiseClass {
  func values(at position: Int, names: [String], _ scratch: inout KernelScratch) -> [NamedValue] {
    let shared = scratch.shared
    if shared.settings.weightingNorm == nil, !scratch.hasCooccurrence {
      scratch.cooccurrence = KernelCooccurrence(shared, isSymmetrical: isSymmetrical, names: names)
      scratch.hasCooccurrence = true
    }
    guard let values = scratch.cooccurrence?.values(around: position, &scratch.directions) else {
      return scratch.kernel(around: position).directional(shared.neighbours.directions).cooccurrenceValues(
        isSymmetrical: isSymmetrical, withMCC: names.contains("MCC"), &scratch.directions)
    }
    return zip(Self.standardFeatures, values).map { NamedValue($0, $1) }
  }
}

extension RunLengthClass: VoxelwiseClass {
  func values(at position: Int, names: [String], _ scratch: inout KernelScratch) -> [NamedValue] {
    let (shared, kernel) = (scratch.shared, scratch.kernel(around: position))
    guard shared.settings.weightingNorm == nil, case .bytes(let ranks) = kernel.volume.storage else {
      return kernel.directional(shared.nearest.directions).runLengthValues(&scratch.directions)
    }
    if scratch.runLengths == nil { scratch.runLengths = KernelRunLengths(largest: shared.largestKernel) }
    let values = scratch.runLengths?.values(
      ranks, kernel.volume, directions: shared.nearest.directions, &scratch.directions)
    return zip(Self.standardFeatures, values ?? []).map { NamedValue($0, $1) }
  }
}

extension SizeZoneClass: VoxelwiseClass {
  func values(at position: Int, names: [String], _ scratch: inout KernelScratch) -> [NamedValue] {
    let kernel = scratch.kernel(around: position)
    return SizeMatrixFeatures(
      SizeZones(volume: kernel.volume, neighbours: kernel.shared.nearest.all).matrix(),
      levels: kernel.volume.levels
    ).sizeZoneValues()
  }
}

extension DependenceClass: VoxelwiseClass {
  func values(at position: Int, names: [String], _ scratch: inout KernelScratch) -> [NamedValue] {
    let kernel = scratch.kernel(around: position)
    let matrices = NeighbourhoodMatrices(
      kernel.volume, neighbours: kernel.shared.neighbours.all, alpha: alpha)
    return SizeMatrixFeatures(matrices.dependence, levels: kernel.volume.levels).dependenceValues()
  }
}

extension ToneDifferenceClass: VoxelwiseClass {
  func values(at position: Int, names: [String], _ scratch: inout KernelScratch) -> [NamedValue] {
    let kernel = scratch.kernel(around: position)
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
