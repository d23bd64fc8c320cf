/// Memory that one call of the network works in: about 30 MB for batches of eight of a ResNet18, 60 MB of a ResNet50.
///
/// Sendable by agreement: it belongs to one call at a time.
final class Workspace: Sendable {
  /// One grey image with a border of three zeros.
  let image: FixedArray<Float>
  /// Three planes with such borders, a row of each in turn.
  let planes: FixedArray<Float>
  /// Three rows of the first convolution in turn, and a row of zeros.
  let stemRows: FixedArray<Float>
  /// The first maximum of one image, where the first stage does not begin in place.
  let pooled: FixedArray<Float>?
  /// What the images of each stage go through, its results first.
  let stages: [[FixedArray<Float>]]
  /// Tiles before and after their 36 products.
  let transformed: FixedArray<Float>
  let products: FixedArray<Float>

  init(_ plans: [any ResidualStage], pooled layout: ImageLayout) throws(NeuralNetError) {
    image = try FixedArray(count: Stem.paddedSide * Stem.paddedSide)
    planes = try FixedArray(count: 3 * Stem.paddedSide * Stem.paddedSide)
    stemRows = try FixedArray(count: 4 * Stem.rowStride)
    pooled = plans[0].isEntered ? try FixedArray(count: layout.imageStride) : nil
    var stages: [[FixedArray<Float>]] = []
    for stage in plans { stages.append(try stage.buffers()) }
    self.stages = stages
    let largest = 36 * (plans.map(\.plan.positionStride).max() ?? 0)
    transformed = try FixedArray(count: largest)
    products = try FixedArray(count: largest)
  }
}
