import CNeuralKernels

/// A stage of blocks of two 3 x 3 convolutions.
///
/// Buffers: a block's input and result, and what lies between its convolutions.
struct BasicStage: ResidualStage {
  /// How the first block of stages 2 to 4 begins: a 3 x 3 convolution and a 1 x 1 shortcut, both with stride 2.
  private struct Entry {
    let convolution: DirectConvolution
    let shortcut: DirectConvolution
  }

  let plan: WinogradPlan
  var layout: ImageLayout { plan.layout }
  var isEntered: Bool { entry != nil }
  private let images: Int
  private let entry: Entry?
  /// The convolutions with stride 1, two a block; the first block has one where there is an entry.
  private let convolutions: [[WinogradConvolution]]

  init(
    _ place: StagePlace, _ blocks: [NetworkLayout.Block], of weights: NetworkWeights
  ) throws(NeuralNetError) {
    let layout = ImageLayout(side: place.side, channels: place.width)
    plan = try WinogradPlan(layout: layout, images: place.images, blockTiles: place.blockTiles)
    images = place.images
    var entry: Entry?
    var convolutions: [[WinogradConvolution]] = []
    for block in blocks {
      var rest = block.convolutions[...]
      if let shortcut = block.shortcut {
        entry = Entry(
          convolution: try DirectConvolution(
            FoldedConvolution(rest.removeFirst(), of: weights),
            plan: DirectPlan(input: place.input, output: layout, side: 3, stride: 2, images: place.images),
            finish: .rectify),
          shortcut: try DirectConvolution(
            FoldedConvolution(shortcut, of: weights),
            plan: DirectPlan(input: place.input, output: layout, side: 1, stride: 2, images: place.images),
            finish: .none))
      }
      var own: [WinogradConvolution] = []
      for convolution in rest {
        own.append(try WinogradConvolution(FoldedConvolution(convolution, of: weights), plan: plan))
      }
      convolutions.append(own)
    }
    (self.entry, self.convolutions) = (entry, convolutions)
  }

  func buffers() throws(NeuralNetError) -> [FixedArray<Float>] {
    let count = images * layout.imageStride
    return [try FixedArray(count: count), try FixedArray(count: count)]
  }

  func enter(
    _ kernels: neural_kernels, from source: UnsafePointer<Float>, first: Int, images: Int,
    _ buffers: [FixedArray<Float>]
  ) {
    guard let entry else { preconditionFailure("the first stage has no entry") }
    let offset = first * layout.imageStride
    unsafe entry.convolution.apply(kernels, from: source, to: buffers[1].start + offset, images: images)
    unsafe entry.shortcut.apply(kernels, from: source, to: buffers[0].start + offset, images: images)
  }

  func run(
    _ kernels: neural_kernels, images: Int, _ buffers: [FixedArray<Float>], work: Workspace,
    observe: (Int) -> Void
  ) {
    let (values, between) = unsafe (buffers[0].start, buffers[1].start)
    for (number, block) in convolutions.enumerated() {
      if block.count == 2 {
        unsafe block[0].apply(
          kernels, from: values, to: between, addingTarget: false, images: images, work: work)
      }
      unsafe block[block.count - 1].apply(
        kernels, from: between, to: values, addingTarget: true, images: images, work: work)
      observe(number)
    }
  }
}
