/// Lower bounds of grey levels, in the arithmetic of NumPy's `arange` and `histogram`, to the last bit.
///
/// Level `k` (from 1) holds `edge(k - 1) ≤ x < edge(k)`.
struct LevelEdges {
  private enum Kind {
    /// `start + i·step`, without end.
    case even(start: Double, step: Double)
    case listed([Double])
  }

  private let kind: Kind
  private let start: Double
  private let width: Double

  /// Edges at whole multiples of `width`, from the last one that is not above the smallest intensity
  /// (IBSI Q3RU with a lower bound that is a multiple of the width).
  /// - Throws: `tooManyLevels` where levels could not be counted, or edges not told apart.
  init(_ range: IntensityRange, width: Double) throws(RadiomicsError) {
    start = range.minimum - Self.flooredRemainder(range.minimum, width)
    self.width = width
    let step = (start + width) - start
    kind = .even(start: start, step: step)
    guard step > 0, (range.maximum - start) / width < Double(Int32.max - 2) else {
      throw RadiomicsError(
        .tooManyLevels,
        "binWidth \(width) is too small for intensities from \(range.minimum) to \(range.maximum); "
          + "choose a larger binWidth, or binCount")
    }
  }

  /// `count` levels of equal width from the smallest to the largest intensity, which belongs to the last
  /// (IBSI K15C). The edges of a single precision image are rounded to that precision.
  init(_ range: IntensityRange, count: Int, singlePrecision: Bool) {
    let isFlat = range.minimum == range.maximum
    let first = isFlat ? range.minimum - 0.5 : range.minimum
    let last = isFlat ? range.maximum + 0.5 : range.maximum
    let step = (last - first) / Double(count)
    func rounded(_ edge: Double) -> Double { singlePrecision ? Double(Float(edge)) : edge }
    var edges = (0..<count).map { rounded(Double($0) * step + first) }
    edges.append(rounded(rounded(last) + 1))
    kind = .listed(edges)
    start = first
    width = step
  }

  /// The level of each intensity. None may lie below the first edge.
  func levels(of intensities: [Double]) -> [Int32] {
    switch kind {
    case .even(let start, let step):
      return search(intensities, highest: Int32.max - 2) { start + Double($0) * step }
    case .listed(let edges):
      return search(intensities, highest: Int32(edges.count - 1)) { edges[Int($0)] }
    }
  }

  /// Guesses by division, then corrects what rounding did; edges may even coincide, and the guess may be as far away as
  /// the levels reach (widths below the smallest normal number have no reciprocal): then it is halved in, not walked.
  @inline(__always)
  private func search(_ intensities: [Double], highest: Int32, _ edge: (Int32) -> Double) -> [Int32] {
    var levels = [Int32](repeating: 0, count: intensities.count)
    var found = levels.mutableSpan
    let values = intensities.span
    let scale = width > 0 ? 1 / width : 0
    for i in values.indices {
      let value = unsafe values[unchecked: i]
      var level = Int32(max(0, min((value - start) * scale, Double(highest))))
      var steps = 0
      while level > 0, steps < 8, edge(level) > value {
        level &-= 1
        steps &+= 1
      }
      while steps < 8, level < highest, edge(level &+ 1) <= value {
        level &+= 1
        steps &+= 1
      }
      if steps == 8 { level = Self.lastLevel(through: highest, edge) { $0 <= value } }
      unsafe found[unchecked: i] = level &+ 1
    }
    return levels
  }

  /// The last level whose edge meets a condition that all lower ones meet; 0 where none does.
  private static func lastLevel(
    through highest: Int32, _ edge: (Int32) -> Double, meeting condition: (Double) -> Bool
  ) -> Int32 {
    var (lower, upper) = (Int32(0), highest)
    while lower < upper {
      let middle = lower + (upper - lower + 1) / 2
      if condition(edge(middle)) { lower = middle } else { upper = middle - 1 }
    }
    return lower
  }

  /// Python's `value % divisor` for a positive divisor: in `0..<divisor`, up to rounding.
  private static func flooredRemainder(_ value: Double, _ divisor: Double) -> Double {
    let remainder = value.truncatingRemainder(dividingBy: divisor)
    return remainder < 0 ? remainder + divisor : remainder
  }
}
