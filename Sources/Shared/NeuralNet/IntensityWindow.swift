/// The intensities that become 0 and 1.
struct IntensityWindow: Equatable {
  let lower: Double
  let upper: Double

  /// - Parameter pixels: the pixels in the bounding box of the region, at least one.
  init(_ setting: DeepSettings.Window, of pixels: [Double]) {
    switch setting {
    case .fixed(let lower, let upper): (self.lower, self.upper) = (lower, upper)
    case .minMax:
      let sorted = pixels.sorted()
      (lower, upper) = (sorted[0], sorted[sorted.count - 1])
    case .percentiles(let low, let high):
      let sorted = pixels.sorted()
      (lower, upper) = (percentile(low, ofSorted: sorted), percentile(high, ofSorted: sorted))
    }
  }

  /// Where a pixel lies between the ends, from 0 to 1. In a window without width (a flat region) what is above it is
  /// 1, all else 0.
  func level(of pixel: Double) -> Double {
    if pixel <= lower { return 0 }
    if pixel >= upper { return 1 }
    return (pixel - lower) / (upper - lower)
  }
}

/// Percentile by linear interpolation between order statistics (Hyndman and Fan's type 7, NumPy's default).
func percentile(_ percent: Double, ofSorted values: [Double]) -> Double {
  let place = percent / 100 * Double(values.count - 1)
  let below = min(Int(place), values.count - 1)
  let above = min(below + 1, values.count - 1)
  return values[below] + (values[above] - values[below]) * (place - Double(below))
}
