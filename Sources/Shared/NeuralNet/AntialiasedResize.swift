/// Weights of one axis of a bilinear, antialiased resize, as `torchvision.transforms.functional.resize` with
/// `antialias=True` computes them: a triangle over each target pixel's centre, widened when the image shrinks, and
/// normalised over the source pixels that exist.
struct AntialiasedResize {
  /// First source pixel of each target pixel.
  let firsts: [Int]
  /// Weights of the source pixels from the first on; they sum to 1.
  let weights: [[Double]]

  init(from source: Int, to target: Int) {
    let scale = Double(source) / Double(target)
    let support = max(scale, 1)
    var firsts: [Int] = []
    var weights: [[Double]] = []
    for pixel in 0..<target {
      let centre = scale * (Double(pixel) + 0.5)
      let first = max(Int(centre - support + 0.5), 0)
      let end = min(Int(centre + support + 0.5), source)
      let raw = (first..<end).map { max(0, 1 - abs((Double($0) - centre + 0.5) / support)) }
      let sum = raw.reduce(0, +)
      firsts.append(first)
      weights.append(raw.map { $0 / sum })
    }
    (self.firsts, self.weights) = (firsts, weights)
  }

  /// Resizes one row.
  func row(_ values: [Double]) -> [Double] {
    firsts.indices.map { pixel in
      var sum = 0.0
      for (i, weight) in weights[pixel].enumerated() { sum += values[firsts[pixel] + i] * weight }
      return sum
    }
  }

  /// Resizes all columns of an image.
  /// - Parameter rows: rows of equal length.
  func columns(_ rows: [[Double]]) -> [[Double]] {
    firsts.indices.map { pixel in
      var sums = [Double](repeating: 0, count: rows[0].count)
      for (i, weight) in weights[pixel].enumerated() {
        let source = rows[firsts[pixel] + i]
        for x in sums.indices { sums[x] += source[x] * weight }
      }
      return sums
    }
  }
}
