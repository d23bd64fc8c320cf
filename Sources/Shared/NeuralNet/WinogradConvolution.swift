import CNeuralKernels

/// How the 3 x 3 convolutions of a stage go through their images: tiles in blocks that share one pass over the weights.
struct WinogradPlan {
  let layout: ImageLayout
  /// Tiles of one block. More tiles read the weights less often, fewer keep their values nearer to the processor.
  let blockTiles: Int
  fileprivate let tiles: FixedArray<neural_tile>
  fileprivate let rows: RowPlan
  fileprivate let zeros: FixedArray<Float>

  init(layout: ImageLayout, images: Int, blockTiles: Int) throws(NeuralNetError) {
    self.layout = layout
    self.blockTiles = blockTiles
    tiles = try FixedArray(layout.tiles(images: images))
    let offsets = (0..<blockTiles).map { $0 * layout.channels }
    rows = try RowPlan(inputs: offsets, outputs: offsets)
    zeros = try FixedArray(count: layout.channels)
  }

  /// Floats between two of the 36 positions; one cache line more than the values, so that positions do not compete
  /// for the same lines of the cache.
  var positionStride: Int { blockTiles * layout.channels + 16 }
}

/// A 3 x 3 convolution of a stage, with bias, optional residual and ReLU.
///
/// Per block of tiles: transform the input, multiply 36 matrices, transform back. Sums run over the input channels
/// in order, whatever the block, so the number of images does not change a bit.
struct WinogradConvolution {
  private let filters: FixedArray<Float>
  private let bias: FixedArray<Float>
  private let plan: WinogradPlan

  init(_ folded: FoldedConvolution, plan: WinogradPlan) throws(NeuralNetError) {
    precondition(folded.inputs == plan.layout.channels && folded.outputs == folded.inputs, "channels stay")
    filters = try winogradFilters(folded)
    bias = try FixedArray(folded.bias.map { Float($0) })
    self.plan = plan
  }

  /// `target = max(0, convolution of source + bias [+ target])` for `images` images.
  func apply(
    _ kernels: neural_kernels, from source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>,
    addingTarget: Bool, images: Int, work: Workspace
  ) {
    let layout = plan.layout
    let count = images * layout.tiles * layout.tiles
    let blocks = (count + plan.blockTiles - 1) / plan.blockTiles
    let inside = layout.rowStride + layout.channels
    for block in 0..<blocks {
      let first = count * block / blocks
      let tiles = unsafe plan.tiles.start + first
      let blockCount = count * (block + 1) / blocks - first
      unsafe kernels.winograd_input(
        source, layout.rowStride, layout.channels, tiles, blockCount, work.transformed.start,
        plan.positionStride)
      multiply(kernels, count: blockCount, work)
      unsafe kernels.winograd_output(
        work.products.start, plan.positionStride, layout.channels, tiles, blockCount, bias.start,
        addingTarget ? UnsafePointer(target + inside) : nil, target + inside, layout.rowStride)
    }
  }

  private func multiply(_ kernels: neural_kernels, count: Int, _ work: Workspace) {
    let channels = plan.layout.channels
    var shape = unsafe plan.rows.shape(rows: count, depth: channels, panels: channels / Int(NEURAL_PANEL))
    for position in 0..<36 {
      let values = position * plan.positionStride
      unsafe kernels.product(
        &shape, work.transformed.start + values, plan.zeros.start,
        filters.start + position * channels * channels,
        work.products.start + values)
    }
  }
}
