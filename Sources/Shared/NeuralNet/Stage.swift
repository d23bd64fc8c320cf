import CNeuralKernels

/// One of the four stages: two residual blocks at one image size, the first of which may halve it.
struct Stage {
  /// How the first block of stages 2 to 4 begins: a 3 x 3 convolution and a 1 x 1 shortcut, both with stride 2.
  private struct Entry {
    let convolution: DirectConvolution
    let shortcut: DirectConvolution
  }

  let plan: WinogradPlan
  private let entry: Entry?
  /// The convolutions with stride 1; three where there is an entry, else four.
  private let convolutions: [WinogradConvolution]

  /// - Parameters:
  ///   - index: 0 to 3.
  ///   - images: most images of one call.
  init(
    _ index: Int, of weights: ResNet18Weights, previous: ImageLayout?, images: Int, blockTiles: Int
  ) throws(NeuralNetError) {
    let layout = ImageLayout(side: 56 >> index, channels: ResNet18Layout.channels[index])
    plan = try WinogradPlan(layout: layout, images: images, blockTiles: blockTiles)
    let own = ResNet18Layout.convolutions.filter { $0.name.hasPrefix("layer\(index + 1).") }
    var entry: Entry?
    var convolutions: [WinogradConvolution] = []
    if let previous {
      let (first, shortcut) = (FoldedConvolution(own[0], of: weights), FoldedConvolution(own[2], of: weights))
      entry = Entry(
        convolution: try DirectConvolution(
          first, input: previous, output: layout, images: images, rectify: true),
        shortcut: try DirectConvolution(
          shortcut, input: previous, output: layout, images: images, rectify: false))
    }
    for convolution in own where convolution.side == 3 && convolution.inputs == layout.channels {
      convolutions.append(try WinogradConvolution(FoldedConvolution(convolution, of: weights), plan: plan))
    }
    self.entry = entry
    self.convolutions = convolutions
  }

  /// Halves images of the stage before: the first convolution goes to `between`, the shortcut to `values`.
  /// - Parameter first: which image of this stage the first one becomes.
  func enter(
    _ kernels: neural_kernels, from source: UnsafePointer<Float>, stage: Int, first: Int, images: Int,
    work: Workspace
  ) {
    guard let entry else { preconditionFailure("the first stage has no entry") }
    let offset = first * plan.layout.imageStride
    unsafe entry.convolution.apply(
      kernels, from: source, to: work.stages[stage].between.start + offset, images: images)
    unsafe entry.shortcut.apply(
      kernels, from: source, to: work.stages[stage].values.start + offset, images: images)
  }

  /// The rest of the two blocks, in place.
  /// - Parameter observe: called after each block with its number.
  func run(
    _ kernels: neural_kernels, stage: Int, images: Int, work: Workspace, observe: (Int) -> Void
  ) {
    let (values, between) = unsafe (work.stages[stage].values.start, work.stages[stage].between.start)
    var remaining = convolutions[...]
    for block in 0..<2 {
      if block == 1 || entry == nil {
        unsafe remaining.removeFirst().apply(
          kernels, from: values, to: between, addingTarget: false, images: images, work: work)
      }
      unsafe remaining.removeFirst().apply(
        kernels, from: between, to: values, addingTarget: true, images: images, work: work)
      observe(block)
    }
  }
}
