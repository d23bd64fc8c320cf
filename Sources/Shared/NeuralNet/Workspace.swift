/// Memory that one call of the network works in: about 30 MB for batches of eight.
///
/// Sendable by agreement: it belongs to one call at a time.
final class Workspace: Sendable {
  /// One grey image with a border of three zeros.
  let image: FixedArray<Float>
  /// Three rows of the first convolution in turn, and a row of zeros.
  let stemRows: FixedArray<Float>
  /// Two sets of images a stage: a block's input and result, and what lies between its convolutions.
  let stages: [(values: FixedArray<Float>, between: FixedArray<Float>)]
  /// Tiles before and after their 36 products.
  let transformed: FixedArray<Float>
  let products: FixedArray<Float>

  init(plans: [(plan: WinogradPlan, images: Int)]) throws(NeuralNetError) {
    image = try FixedArray(count: Stem.paddedSide * Stem.paddedSide)
    stemRows = try FixedArray(count: 4 * Stem.rowStride)
    var stages: [(values: FixedArray<Float>, between: FixedArray<Float>)] = []
    for (plan, images) in plans {
      let count = images * plan.layout.imageStride
      stages.append((try FixedArray(count: count), try FixedArray(count: count)))
    }
    self.stages = stages
    let largest = 36 * (plans.map(\.plan.positionStride).max() ?? 0)
    transformed = try FixedArray(count: largest)
    products = try FixedArray(count: largest)
  }
}
