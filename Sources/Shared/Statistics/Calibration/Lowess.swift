import LinearAlgebra

/// A smooth curve through points by locally weighted lines (Cleveland 1979, doi:10.1080/01621459.1979.10481038), as
/// the calibration curve is drawn; R's `lowess`.
public struct Lowess: Equatable, Sendable, Codable {
  /// Ascending.
  public let x: [Double]
  /// The curve at each x.
  public let y: [Double]

  /// Smooths points, which need no order.
  /// - Parameters:
  ///   - x: finite.
  ///   - y: one for each x, finite.
  ///   - span: share of the points that each line is fitted to.
  ///   - iterations: robust reweightings; 0 for outcomes of 0 and 1, whose residuals are no outliers.
  ///   - delta: lines are fitted to points this far apart and interpolated between; `nil` for 1 % of the range of
  ///     x.
  public init(
    x: [Double], y: [Double], span: Double = 2.0 / 3, iterations: Int = 0, delta: Double? = nil
  ) {
    precondition(x.count == y.count, "one y for each x")
    let order = ascendingOrder(of: x)
    self.x = order.map { x[$0] }
    let sorted = order.map { y[$0] }
    let range = (self.x.last ?? 0) - (self.x.first ?? 0)
    let smoother = LocalLines(
      x: self.x, y: sorted, points: max(2, min(x.count, Int(span * Double(x.count) + 1e-7))),
      delta: delta ?? 0.01 * range)
    guard x.count > 1 else {
      self.y = sorted
      return
    }
    var fitted = smoother.fitted(robustness: nil)
    for _ in 0..<iterations {
      guard let weights = Self.robustness(sorted, fitted: fitted) else { break }
      fitted = smoother.fitted(robustness: weights)
    }
    self.y = fitted
  }

  /// Calibration curve: smoothed outcome over predicted probability.
  public init(calibrationOf probabilities: [Double], positives: [Bool]) {
    self.init(x: probabilities, y: positives.map { $0 ? 1 : 0 })
  }

  /// Bisquare weights of the residuals over six medians of their size; `nil` where half of them vanish.
  private static func robustness(_ y: [Double], fitted: [Double]) -> [Double]? {
    let sizes = zip(y, fitted).map { abs($0 - $1) }
    let scale = 6 * quantile(ofSorted: sizes.sorted(), 0.5)
    guard scale > 1e-7 * mean(sizes.span) else { return nil }
    return sizes.map { size in
      if size > 0.999 * scale { return 0 }
      if size <= 0.001 * scale { return 1 }
      let rest = 1 - (size / scale) * (size / scale)
      return rest * rest
    }
  }
}

/// Lines fitted around chosen points, and what lies between.
private struct LocalLines {
  let x: [Double]
  let y: [Double]
  /// Number of neighbours of each line.
  let points: Int
  let delta: Double

  func fitted(robustness: [Double]?) -> [Double] {
    let n = x.count
    var result = y
    var (left, current, last) = (0, 0, -1)
    while true {
      while left + points < n, x[current] - x[left] > x[left + points] - x[current] { left += 1 }
      result[current] = value(at: current, left: left, robustness: robustness) ?? y[current]
      if last >= 0, last + 1 < current {
        for between in last + 1..<current {
          let share = (x[between] - x[last]) / (x[current] - x[last])
          result[between] = share * result[current] + (1 - share) * result[last]
        }
      }
      last = current
      let end = x[last] + delta
      var next = last + 1
      while next < n, x[next] <= end {
        if x[next] == x[last] {
          result[next] = result[last]
          last = next
        }
        next += 1
      }
      guard last + 1 < n else { return result }
      current = max(last + 1, next - 1)
    }
  }

  /// The line at `x[index]`, fitted with tricube weights to the neighbours from `left` on; `nil` where all
  /// weights vanish.
  private func value(at index: Int, left: Int, robustness: [Double]?) -> Double? {
    let centre = x[index]
    let reach = max(centre - x[left], x[left + points - 1] - centre)
    var weights: [Double] = []
    for place in left..<x.count {
      let distance = abs(x[place] - centre)
      if distance > 0.999 * reach {
        if x[place] > centre { break }
        weights.append(0)
        continue
      }
      let share = distance / reach
      let rest = 1 - share * share * share
      let weight = distance <= 0.001 * reach ? 1 : rest * rest * rest
      weights.append(weight * (robustness?[place] ?? 1))
    }
    let total = weights.reduce(0, +)
    guard total > 0 else { return nil }
    for place in weights.indices { weights[place] /= total }
    if reach > 0 { tilt(&weights, left: left, centre: centre) }
    return weights.indices.reduce(0.0) { $0 + weights[$1] * y[left + $1] }
  }

  /// Makes a weighted mean a weighted line's value; left as it is where the points hardly differ.
  private func tilt(_ weights: inout [Double], left: Int, centre: Double) {
    let middle = weights.indices.reduce(0.0) { $0 + weights[$1] * x[left + $1] }
    let spread = weights.indices.reduce(0.0) { total, place in
      let distance = x[left + place] - middle
      return total + weights[place] * distance * distance
    }
    guard spread.squareRoot() > 0.001 * (x[x.count - 1] - x[0]) else { return }
    let slope = (centre - middle) / spread
    for place in weights.indices { weights[place] *= slope * (x[left + place] - middle) + 1 }
  }
}
