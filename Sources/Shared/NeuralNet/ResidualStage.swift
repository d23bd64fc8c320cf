import CNeuralKernels

/// What every stage is made from.
struct StagePlace {
  /// 0 to 3.
  let index: Int
  /// The images that it is given.
  let input: ImageLayout
  /// Most images of one call, and of one call of `enter`.
  let images: Int
  let entering: Int
  /// Tiles of one block of the 3 x 3 convolutions.
  let blockTiles: Int

  /// Height and width of the results.
  var side: Int { 56 >> index }
  /// Channels of the 3 x 3 convolutions.
  var width: Int { NetworkLayout.widths[index] }
  /// Whether the first block halves the image.
  var halves: Bool { index > 0 }
}

/// One of the four stages: residual blocks at one image size, the first of which may halve it.
protocol ResidualStage: Sendable {
  /// The results, which are the first of the buffers.
  var layout: ImageLayout { get }
  /// Of its 3 x 3 convolutions with stride 1.
  var plan: WinogradPlan { get }
  /// Whether its images are entered, or lie in the first buffer already.
  var isEntered: Bool { get }

  /// What the images of a call go through; zero, and borders stay so.
  func buffers() throws(NeuralNetError) -> [FixedArray<Float>]

  /// Begins the first block with images of the stage before, and gives them its shortcut.
  /// - Parameter first: which image of this stage the first one becomes.
  func enter(
    _ kernels: neural_kernels, from source: UnsafePointer<Float>, first: Int, images: Int,
    _ buffers: [FixedArray<Float>]
  )

  /// The rest of the blocks, in place.
  /// - Parameter observe: called after each block with its number.
  func run(
    _ kernels: neural_kernels, images: Int, _ buffers: [FixedArray<Float>], work: Workspace,
    observe: (Int) -> Void)
}
