/// The Riesz transform of an order along each axis: `(-i)ᴸ √(L!/Πlₖ!) Πνₖˡₖ / |ν|ᴸ` with `L = Σlₖ` (Unser and Van De Ville 2010;
/// IBSI reference manual, part 2, section 4.7, filter AYRS).
struct RieszTransform {
  /// Along x, y and z.
  let orders: [Int]
  private let total: Int
  private let weight: Double

  /// - Parameter orders: one for each of the axes.
  init(_ orders: [Int], along axes: [Int]) {
    var all = [0, 0, 0]
    for (axis, order) in zip(axes, orders) { all[axis] = order }
    self.orders = all
    total = all.reduce(0, +)
    func factorial(_ n: Int) -> Double { (0..<n).reduce(1) { $0 * Double($1 + 1) } }
    weight = (factorial(total) / all.map(factorial).reduce(1, *)).squareRoot()
  }

  /// The factor of a frequency without its power of `-i`.
  func magnitude(_ frequency: SIMD3<Double>) -> Double {
    let length = (frequency * frequency).sum().squareRoot()
    guard length > 0 else { return 0 }
    var product = weight
    for axis in 0..<3 {
      for _ in 0..<orders[axis] { product *= frequency[axis] / length }
    }
    return product
  }

  /// A real factor times `(-i)ᴸ`.
  func turned(_ factor: Double) -> (real: Double, imaginary: Double) {
    switch total % 4 {
    case 0: (factor, 0)
    case 1: (0, -factor)
    case 2: (-factor, 0)
    default: (0, factor)
    }
  }
}
