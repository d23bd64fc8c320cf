import CNeuralKernels
import Synchronization

/// ResNet18 up to its global average pool, on one thread a call, with weights ready for the kernels.
///
/// Why it is fast: 13 of its 20 convolutions need a quarter of the products (`WinogradConvolution`), the first one a
/// third (`Stem`), and every product runs in one kernel that keeps 12 x 32 sums in registers. Measured on one core with
/// AVX-512: 16 ms an image alone, 14 ms in batches of eight, where a direct convolution at the core's peak takes 30.
/// The transformed weights take 160 MB, so a process builds one network and shares it; any number of threads may call
/// it at once, each with a workspace of its own.
package final class ResidualNetwork: Sendable {
  /// Values of one image: the output of the global average pool.
  package static let featureCount = 512
  /// Images that go through the network together; more are taken in groups.
  package static let largestBatch = 8

  private let kernels: neural_kernels
  private let stem: Stem
  private let stages: [Stage]
  private let idle = Mutex<[Workspace]>([])

  /// - Parameter instructionSet: at most `InstructionSet.best`; the results do not depend on it.
  /// - Throws: `NeuralNetError`, `outOfMemory`.
  package init(
    _ weights: ResNet18Weights, instructionSet: InstructionSet = .best
  ) throws(NeuralNetError) {
    kernels = instructionSet.kernels
    stem = try Stem(FoldedConvolution(ResNet18Layout.convolutions[0], of: weights))
    var stages: [Stage] = []
    for index in 0..<4 {
      stages.append(
        try Stage(
          index, of: weights, previous: stages.last?.plan.layout, images: index == 0 ? 1 : Self.largestBatch,
          blockTiles: Self.blockTiles[index]))
    }
    self.stages = stages
  }

  private static let blockTiles = [28, 49, 64, 32]

  /// Features of grey images.
  /// - Parameters:
  ///   - images: 224 x 224 values each, rows first, 0 and 1 being the ends of the grey scale.
  ///   - observe: called with the name of each layer that torchvision has a module for, the number of the image
  ///     and the layer's values, pixels of channels. For tests: it costs a copy.
  /// - Returns: 512 values for each image, the same for any number of images and any processor.
  /// - Throws: `NeuralNetError`, `outOfMemory`.
  package func features(
    of images: [[Float]], observe: ((String, Int, [Float]) -> Void)? = nil
  ) throws(NeuralNetError) -> [[Double]] {
    let work = try takeWorkspace()
    defer { idle.withLock { $0.append(work) } }
    var features: [[Double]] = []
    for start in stride(from: 0, to: images.count, by: Self.largestBatch) {
      let group = images[start..<min(start + Self.largestBatch, images.count)]
      forward(group, work) { stage, name, first, count in
        guard let observe else { return }
        for i in 0..<count { observe(name, start + first + i, self.pixels(ofImage: i, stage: stage, work)) }
      }
      for i in 0..<group.count { features.append(averages(ofImage: i, work)) }
    }
    return features
  }

  private func takeWorkspace() throws(NeuralNetError) -> Workspace {
    if let work = idle.withLock({ $0.popLast() }) { return work }
    return try Workspace(plans: stages.enumerated().map { ($1.plan, $0 == 0 ? 1 : Self.largestBatch) })
  }

  /// The first stage takes its large images one by one, the others all together, so that each weight is read once.
  private func forward(
    _ images: ArraySlice<[Float]>, _ work: Workspace,
    observe: (_ stage: Int, _ name: String, _ first: Int, _ count: Int) -> Void
  ) {
    let first = unsafe work.stages[0].values.start
    for (number, image) in images.enumerated() {
      unsafe stem.apply(kernels, to: image, target: first, layout: stages[0].plan.layout, work: work)
      observe(0, "maxpool", number, 1)
      stages[0].run(kernels, stage: 0, images: 1, work: work) { observe(0, "layer1.\($0)", number, 1) }
      unsafe stages[1].enter(kernels, from: first, stage: 1, first: number, images: 1, work: work)
    }
    for stage in 1..<4 {
      if stage > 1 {
        unsafe stages[stage].enter(
          kernels, from: work.stages[stage - 1].values.start, stage: stage, first: 0, images: images.count,
          work: work)
      }
      stages[stage].run(kernels, stage: stage, images: images.count, work: work) {
        observe(stage, "layer\(stage + 1).\($0)", 0, images.count)
      }
    }
  }

  /// Mean of each channel over the pixels of the last stage, in double precision.
  private func averages(ofImage image: Int, _ work: Workspace) -> [Double] {
    let pixels = pixels(ofImage: image, stage: 3, work)
    var sums = [Double](repeating: 0, count: Self.featureCount)
    for start in stride(from: 0, to: pixels.count, by: Self.featureCount) {
      for channel in 0..<Self.featureCount { sums[channel] += Double(pixels[start + channel]) }
    }
    let count = Double(pixels.count / Self.featureCount)
    return sums.map { $0 / count }
  }

  private func pixels(ofImage image: Int, stage: Int, _ work: Workspace) -> [Float] {
    let layout = stages[stage].plan.layout
    var pixels: [Float] = []
    pixels.reserveCapacity(layout.side * layout.side * layout.channels)
    for row in 0..<layout.side {
      let start = unsafe work.stages[stage].values.start + layout.offset(image: image, row: row, column: 0)
      unsafe pixels.append(
        contentsOf: UnsafeBufferPointer(start: start, count: layout.side * layout.channels))
    }
    return pixels
  }
}
