import CNeuralKernels
import Synchronization

/// A residual network up to its global average pool, on one thread a call, with weights ready for the kernels.
///
/// Why it is fast: 3 x 3 convolutions with stride 1, 13 of ResNet18's 20, need a quarter of the products
/// (`WinogradConvolution`), the first one a third (`Stem`), and every product runs in one kernel that keeps 12 x 32 sums in
/// registers. Measured on one core with AVX-512: ResNet18 takes 16 ms an image alone, 14 ms in batches of eight, where a
/// direct convolution at the core's peak takes 30. Its transformed weights take 160 MB, a ResNet50's 200 MB, so a process
/// builds one network and shares it; any number of threads may call it at once, each with a workspace of its own.
package final class ResidualNetwork: Sendable {
  /// Images that go through the network together; more are taken in groups.
  package static let largestBatch = 8

  /// Which network it is.
  package let architecture: NetworkArchitecture
  private let kernels: neural_kernels
  private let stems: [Stem.Kind: Stem]
  private let pooled: ImageLayout
  private let stages: [any ResidualStage]
  private let idle = Mutex<[Workspace]>([])

  /// - Parameter instructionSet: at most `InstructionSet.best`; the results do not depend on it.
  /// - Throws: `NeuralNetError`, `outOfMemory`.
  package init(
    _ weights: NetworkWeights, instructionSet: InstructionSet = .best
  ) throws(NeuralNetError) {
    architecture = weights.architecture
    kernels = instructionSet.kernels
    let first = FoldedConvolution(weights.layout.stem, of: weights)
    var stems: [Stem.Kind: Stem] = [:]
    for kind in Stem.Kind.all { stems[kind] = try Stem(first, kind) }
    self.stems = stems
    pooled = ImageLayout(side: Stem.imageSide / 4, channels: weights.layout.stem.outputs)
    var stages: [any ResidualStage] = []
    for (index, blocks) in weights.layout.stages.enumerated() {
      let place = StagePlace(
        index: index, input: stages.last?.layout ?? pooled, images: index == 0 ? 1 : Self.largestBatch,
        entering: index < 2 ? 1 : Self.largestBatch, blockTiles: Self.blockTiles[index])
      stages.append(
        architecture.hasBottlenecks
          ? try BottleneckStage(place, blocks, of: weights) : try BasicStage(place, blocks, of: weights))
    }
    self.stages = stages
  }

  private static let blockTiles = [28, 49, 64, 32]

  /// Features of pictures.
  /// - Parameters:
  ///   - images: 224 x 224 values each, rows first, 0 and 1 being the ends of the grey scale; three times as many where
  ///     the settings ask for neighbours, a plane after the other.
  ///   - settings: say what the channels hold and how they are normalised; nothing else of them matters here.
  ///   - observe: called with the name of each layer that torchvision has a module for, the number of the image
  ///     and the layer's values, pixels of channels. For tests: it costs a copy.
  /// - Returns: `architecture.featureCount` values for each image, the same for any number of images and any processor.
  /// - Throws: `NeuralNetError`, `outOfMemory`.
  package func features(
    of images: [[Float]], settings: DeepSettings = DeepSettings(),
    observe: ((String, Int, [Float]) -> Void)? = nil
  ) throws(NeuralNetError) -> [[Double]] {
    guard let stem = stems[settings.stem] else { preconditionFailure("there is a stem of each kind") }
    let work = try takeWorkspace()
    defer { idle.withLock { $0.append(work) } }
    var features: [[Double]] = []
    for start in stride(from: 0, to: images.count, by: Self.largestBatch) {
      let group = images[start..<min(start + Self.largestBatch, images.count)]
      forward(group, by: stem, work) { name, layout, buffer, first, count in
        guard let observe else { return }
        for i in 0..<count { observe(name, start + first + i, Self.pixels(ofImage: i, layout, buffer)) }
      }
      for i in 0..<group.count { features.append(averages(ofImage: i, work)) }
    }
    return features
  }

  private func takeWorkspace() throws(NeuralNetError) -> Workspace {
    if let work = idle.withLock({ $0.popLast() }) { return work }
    return try Workspace(stages, pooled: pooled)
  }

  private typealias Observer = (
    _ name: String, _ layout: ImageLayout, _ buffer: FixedArray<Float>, _ first: Int, _ count: Int
  ) -> Void

  /// The first stage takes its large images one by one, the others all together, so that each weight is read once.
  private func forward(_ images: ArraySlice<[Float]>, by stem: Stem, _ work: Workspace, observe: Observer) {
    let first = work.pooled ?? work.stages[0][0]
    for (number, image) in images.enumerated() {
      unsafe stem.apply(kernels, to: image, target: first.start, layout: pooled, work: work)
      observe("maxpool", pooled, first, number, 1)
      if stages[0].isEntered { enter(0, from: first, first: 0, images: 1, work) }
      run(0, first: number, images: 1, work, observe: observe)
      enter(1, from: work.stages[0][0], first: number, images: 1, work)
    }
    for stage in 1..<4 {
      if stage > 1 { enter(stage, from: work.stages[stage - 1][0], first: 0, images: images.count, work) }
      run(stage, first: 0, images: images.count, work, observe: observe)
    }
  }

  private func enter(_ stage: Int, from source: FixedArray<Float>, first: Int, images: Int, _ work: Workspace)
  {
    unsafe stages[stage].enter(kernels, from: source.start, first: first, images: images, work.stages[stage])
  }

  private func run(_ stage: Int, first: Int, images: Int, _ work: Workspace, observe: Observer) {
    let (layout, buffers) = (stages[stage].layout, work.stages[stage])
    stages[stage].run(kernels, images: images, buffers, work: work) {
      observe("layer\(stage + 1).\($0)", layout, buffers[0], first, images)
    }
  }

  /// Mean of each channel over the pixels of the last stage, in double precision.
  private func averages(ofImage image: Int, _ work: Workspace) -> [Double] {
    let layout = stages[3].layout
    let pixels = Self.pixels(ofImage: image, layout, work.stages[3][0])
    var sums = [Double](repeating: 0, count: layout.channels)
    for start in stride(from: 0, to: pixels.count, by: layout.channels) {
      for channel in 0..<layout.channels { sums[channel] += Double(pixels[start + channel]) }
    }
    let count = Double(layout.side * layout.side)
    return sums.map { $0 / count }
  }

  private static func pixels(ofImage image: Int, _ layout: ImageLayout, _ buffer: FixedArray<Float>)
    -> [Float]
  {
    var pixels: [Float] = []
    pixels.reserveCapacity(layout.side * layout.side * layout.channels)
    for row in 0..<layout.side {
      let start = unsafe buffer.start + layout.offset(image: image, row: row, column: 0)
      unsafe pixels.append(
        contentsOf: UnsafeBufferPointer(start: start, count: layout.side * layout.channels))
    }
    return pixels
  }
}
