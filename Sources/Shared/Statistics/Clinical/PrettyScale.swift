import ElementaryFunctions

/// Round numbers that cover a range, as R's `pretty` chooses them.
public enum PrettyScale {
  /// About `count` intervals of 1, 2, 5 or 10 times a power of ten, from at or below `lower` to at or above `upper`.
  ///
  /// The rule is that of R's `pretty.default` with `high.u.bias = 1.5` and `u5.bias = 2.75` (Becker, Chambers and Wilks
  /// 1988, The New S Language).
  /// - Returns: the lower end alone where the ends are equal or not finite.
  public static func values(from lower: Double, to upper: Double, count: Int = 5) -> [Double] {
    let width = upper - lower
    guard lower.isFinite, upper.isFinite, width.isFinite, width > 0, count > 0 else { return [lower] }
    let isSmall = width < max(abs(lower), abs(upper)) * 1e-14 * Double(count)
    guard !isSmall else { return [lower] }
    let cell = width / Double(count)
    let base = Elementary.pow(10, Elementary.log10(cell).rounded(.down))
    let bias = 1.5
    let five = 0.5 + 1.5 * bias
    var unit = base
    if 2 * base - cell < bias * (cell - unit) {
      unit = 2 * base
      if 5 * base - cell < five * (cell - unit) {
        unit = 5 * base
        if 10 * base - cell < bias * (cell - unit) { unit = 10 * base }
      }
    }
    var first = (lower / unit + 1e-10).rounded(.down)
    var last = (upper / unit - 1e-10).rounded(.up)
    while first * unit > lower + 1e-10 * unit { first -= 1 }
    while last * unit < upper - 1e-10 * unit { last += 1 }
    let steps = Int(min(max(last - first, 1), 1000))
    return (0...steps).map { rounded((first + Double($0)) * unit, to: unit) }
  }

  /// Without the rounding error of the product: 0.3 and not 0.30000000000000004.
  private static func rounded(_ value: Double, to unit: Double) -> Double {
    guard unit < 1 else { return value }
    let digits = (1 / unit).rounded(.up)
    let power = Elementary.pow(10, Elementary.log10(digits).rounded(.up))
    let scaled = (value * power).rounded()
    return abs(scaled) < 1e15 ? scaled / power : value
  }
}
