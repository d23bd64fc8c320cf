/// How often intensities occur in a region: bars of four pixels from its lowest to its highest.
///
/// Beyond the 0.5th and the 99.5th percentile a long tail is gathered in the outer bars.
struct Histogram {
  let counts: [Int]
  /// The bar in which the median lies.
  let medianBar: Int?

  init(_ sample: IntensitySample, bars: Int) {
    var counts = [Int](repeating: 0, count: bars)
    guard let low = sample.quantile(0.005), let high = sample.quantile(0.995) else {
      (self.counts, medianBar) = (counts, nil)
      return
    }
    func bar(_ value: Double) -> Int {
      guard low < high else { return value < low ? 0 : value > high ? bars - 1 : bars / 2 }
      return Int((low...high).share(of: value) * Double(bars - 1) + 0.5)
    }
    for value in sample.sorted { counts[bar(value)] += 1 }
    self.counts = counts
    medianBar = sample.quantile(0.5).map(bar)
  }

  func draw(on canvas: inout Canvas, x: Int, y: Int, height: Int) {
    let largest = max(counts.max() ?? 1, 1)
    for (place, count) in counts.enumerated() where count > 0 {
      // At least one pixel, so that a rare value is seen.
      let length = max(count * (height - 6) / largest, 1)
      for column in 0..<3 {
        for row in 0..<length {
          canvas[x + 4 * place + column, y + height - 2 - row] = place == medianBar ? Shade.mark : Shade.bar
        }
      }
    }
  }
}
