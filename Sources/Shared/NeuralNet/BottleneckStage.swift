import CNeuralKernels

/// A stage of blocks of 1 x 1, 3 x 3 and 1 x 1 convolutions, the last of which has four times the channels.
///
/// Buffers: the blocks' inputs and results; two of fewer channels, before and after the 3 x 3 convolution; and, where
/// the first block halves the image, one of the larger size for what comes before.
struct BottleneckStage: ResidualStage {
  /// How the first block begins: a 1 x 1 convolution, one of 3 x 3 where it halves the image, and the shortcut.
  private struct Entry {
    let reduce: DirectConvolution
    let halve: DirectConvolution?
    let shortcut: DirectConvolution
  }

  private struct Block {
    /// Absent in the first block, where the entry has it.
    let reduce: DirectConvolution?
    /// Absent where the entry has it.
    let middle: WinogradConvolution?
    let expand: DirectConvolution
  }

  let layout: ImageLayout
  let plan: WinogradPlan
  var isEntered: Bool { true }
  private let images: Int
  private let entry: Entry
  private let wide: (layout: ImageLayout, images: Int)?
  private let blocks: [Block]

  init(
    _ place: StagePlace, _ layouts: [NetworkLayout.Block], of weights: NetworkWeights
  ) throws(NeuralNetError) {
    layout = ImageLayout(side: place.side, channels: 4 * place.width)
    let narrow = ImageLayout(side: place.side, channels: place.width)
    plan = try WinogradPlan(layout: narrow, images: place.images, blockTiles: place.blockTiles)
    images = place.images
    let large = place.halves ? ImageLayout(side: place.input.side, channels: place.width) : nil
    wide = large.map { ($0, place.entering) }
    entry = try Self.entry(place, layouts[0], of: weights, large: large, narrow: narrow, result: layout)
    let reducing = try DirectPlan(input: layout, output: narrow, side: 1, stride: 1, images: place.images)
    let expanding = try DirectPlan(input: narrow, output: layout, side: 1, stride: 1, images: place.images)
    var blocks: [Block] = []
    for (number, block) in layouts.enumerated() {
      let folded = block.convolutions.map { FoldedConvolution($0, of: weights) }
      blocks.append(
        Block(
          reduce: number == 0 ? nil : try DirectConvolution(folded[0], plan: reducing, finish: .rectify),
          middle: number == 0 && place.halves ? nil : try WinogradConvolution(folded[1], plan: plan),
          expand: try DirectConvolution(folded[2], plan: expanding, finish: .addAndRectify)))
    }
    self.blocks = blocks
  }

  private static func entry(
    _ place: StagePlace, _ block: NetworkLayout.Block, of weights: NetworkWeights, large: ImageLayout?,
    narrow: ImageLayout, result: ImageLayout
  ) throws(NeuralNetError) -> Entry {
    guard let shortcut = block.shortcut else { preconditionFailure("the first block changes the channels") }
    let input = place.input
    return Entry(
      reduce: try DirectConvolution(
        FoldedConvolution(block.convolutions[0], of: weights),
        plan: DirectPlan(input: input, output: large ?? narrow, side: 1, stride: 1, images: place.entering),
        finish: .rectify),
      halve: try large.map { large throws(NeuralNetError) in
        try DirectConvolution(
          FoldedConvolution(block.convolutions[1], of: weights),
          plan: DirectPlan(input: large, output: narrow, side: 3, stride: 2, images: place.entering),
          finish: .rectify)
      },
      shortcut: try DirectConvolution(
        FoldedConvolution(shortcut, of: weights),
        plan: DirectPlan(
          input: input, output: result, side: 1, stride: place.halves ? 2 : 1, images: place.entering),
        finish: .none))
  }

  func buffers() throws(NeuralNetError) -> [FixedArray<Float>] {
    let narrow = images * plan.layout.imageStride
    let shared = [
      try FixedArray<Float>(count: images * layout.imageStride), try FixedArray(count: narrow),
      try FixedArray(count: narrow),
    ]
    guard let wide else { return shared }
    return shared + [try FixedArray(count: wide.images * wide.layout.imageStride)]
  }

  func enter(
    _ kernels: neural_kernels, from source: UnsafePointer<Float>, first: Int, images: Int,
    _ buffers: [FixedArray<Float>]
  ) {
    let (offset, narrow) = (first * layout.imageStride, first * plan.layout.imageStride)
    if let halve = entry.halve {
      unsafe entry.reduce.apply(kernels, from: source, to: buffers[3].start, images: images)
      unsafe halve.apply(kernels, from: buffers[3].start, to: buffers[2].start + narrow, images: images)
    } else {
      unsafe entry.reduce.apply(kernels, from: source, to: buffers[1].start + narrow, images: images)
    }
    unsafe entry.shortcut.apply(kernels, from: source, to: buffers[0].start + offset, images: images)
  }

  func run(
    _ kernels: neural_kernels, images: Int, _ buffers: [FixedArray<Float>], work: Workspace,
    observe: (Int) -> Void
  ) {
    let (values, before, after) = unsafe (buffers[0].start, buffers[1].start, buffers[2].start)
    for (number, block) in blocks.enumerated() {
      unsafe block.reduce?.apply(kernels, from: values, to: before, images: images)
      unsafe block.middle?.apply(
        kernels, from: before, to: after, addingTarget: false, images: images, work: work)
      unsafe block.expand.apply(kernels, from: after, to: values, images: images)
      observe(number)
    }
  }
}
