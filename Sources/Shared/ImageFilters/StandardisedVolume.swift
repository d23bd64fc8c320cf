import Volumes

extension Volume {
  /// The image on the scale that a method finds in it.
  /// - Parameters:
  ///   - method: how, and with what settings.
  ///   - reference: for `z-score` the voxels of the reference tissue, on the image's grid.
  /// - Returns: an image of type `float64`.
  /// - Throws: `invalidSetting`; `emptyRegion` without a reference tissue; `nonFiniteVoxel`; `constantImage` where there is no
  ///   scale to be found.
  public func standardised(
    by method: Standardisation, reference: Mask? = nil
  ) throws(ImageFilterError) -> Volume {
    try method.validate()
    guard voxels.allSatisfy(\.isFinite) else {
      throw ImageFilterError.nonFinite(in: self, for: "standardise")
    }
    switch method.method {
    case .zScore:
      let tissue = try tissue(reference, method.referenceName)
      return try scaled(by: tissue, "reference tissue (\(method.referenceName))", method.scale ?? 1)
    case .whiteStripe: return try scaled(by: stripe(method), "stripe", method.scale ?? 1)
    case .nyul: return try mapped(onto: method)
    }
  }

  private func tissue(_ reference: Mask?, _ name: String) throws(ImageFilterError) -> [Double] {
    guard let reference, reference.voxels.count == voxels.count, reference.voxels.contains(1) else {
      throw ImageFilterError(
        .emptyRegion,
        "standardise: no voxel of the mask is of the reference tissue (\(name)); draw it in the mask of each image, or use method "
          + "white-stripe")
    }
    return voxels.indices.filter { reference.voxels[$0] == 1 }.map { voxels[$0] }
  }

  /// Multiples of the standard deviation of some voxels (N - 1 in the variance) from their mean.
  private func scaled(
    by tissue: [Double], _ name: String, _ scale: Double
  ) throws(ImageFilterError) -> Volume {
    let count = Double(tissue.count)
    let mean = pairwiseSum(tissue[...]) / count
    let squares = tissue.map { ($0 - mean) * ($0 - mean) }
    let deviation = (pairwiseSum(squares[...]) / (count - 1)).squareRoot()
    guard deviation > 0, deviation.isFinite else {
      throw ImageFilterError(
        .constantImage,
        "standardise: the \(name) has \(tissue.count) voxel\(tissue.count == 1 ? "" : "s") and no two intensities, so that it "
          + "gives no scale; choose a larger one")
    }
    return Volume(geometry: geometry, voxels: voxels.map { ($0 - mean) / deviation * scale })
  }

  /// Voxels around the wanted peak of the foreground's histogram: those between the quantiles that lie `width` below and above it.
  private func stripe(_ method: Standardisation) throws(ImageFilterError) -> [Double] {
    let sorted = try sortedForeground(method)
    let density = SmoothedHistogram(ofSorted: sorted)
    let mode = method.peak == .last ? density.lastPeak : density.largestPeak
    let quantile = Double(sorted.partitioningIndex { $0 >= mode }) / Double(sorted.count)
    let width = method.width ?? 0
    let lower = sorted.quantile(max(quantile - width, 0))
    let upper = sorted.quantile(min(quantile + width, 1))
    let start = sorted.partitioningIndex { $0 > lower }
    let inside = start..<max(start, sorted.partitioningIndex { $0 >= upper })
    guard inside.count > 1 else {
      throw ImageFilterError(
        .constantImage,
        "standardise: no intensities lie between \(lower) and \(upper), the stripe around the peak at \(mode); the image has too "
          + "few intensities for standardise.width \(width), so raise it")
    }
    return Array(sorted[inside])
  }

  private func sortedForeground(_ method: Standardisation) throws(ImageFilterError) -> [Double] {
    let mean = pairwiseSum(voxels[...]) / Double(voxels.count)
    let limit = method.foreground == .positive ? 0 : mean
    let sorted = voxels.filter { $0 > limit }.sorted()
    guard let first = sorted.first, let last = sorted.last, first < last else {
      throw ImageFilterError(
        .constantImage,
        "standardise: \(sorted.isEmpty ? "no voxel is" : "all voxels are equal") above \(limit) "
          + "(standardise.foreground \((method.foreground ?? .aboveMean).rawValue)); such an image has no scale"
      )
    }
    guard Self.readableRanges.contains(last - first) else {
      throw ImageFilterError(
        .constantImage,
        "standardise: intensities of the foreground run from \(first) to \(last), a range of \(last - first); expected "
          + "1e-100 to 1e100, so rescale the image")
    }
    return sorted
  }

  /// Ranges of intensities whose squares neither overflow nor vanish.
  private static var readableRanges: ClosedRange<Double> { 1e-100...1e100 }

  private func mapped(onto method: Standardisation) throws(ImageFilterError) -> Volume {
    let sorted = try sortedForeground(method)
    let targets = method.landmarks ?? []
    let percentiles = method.percentiles ?? []
    let sources = percentiles.map { sorted.quantile($0 / 100) }
    if let equal = sources.indices.dropLast().first(where: { sources[$0] >= sources[$0 + 1] }) {
      throw ImageFilterError(
        .constantImage,
        "standardise: percentiles \(percentiles[equal]) and \(percentiles[equal + 1]) of the foreground are both "
          + "\(sources[equal]), which cannot become two landmarks; give fewer percentiles")
    }
    let slopes = sources.indices.dropLast().map {
      (targets[$0 + 1] - targets[$0]) / (sources[$0 + 1] - sources[$0])
    }
    let inner = sources[1..<sources.count - 1]
    let mapped = voxels.map { voxel in
      // Beyond the first and the last landmark their segments go on.
      let segment = inner.partitioningIndex { $0 > voxel } - inner.startIndex
      return targets[segment] + (voxel - sources[segment]) * slopes[segment]
    }
    return Volume(geometry: geometry, voxels: mapped)
  }
}

extension RandomAccessCollection<Double> where Index == Int {
  /// The first position from which a condition holds, which holds at all later ones.
  fileprivate func partitioningIndex(_ holds: (Double) -> Bool) -> Int {
    var (low, high) = (startIndex, endIndex)
    while low < high {
      let middle = low + (high - low) / 2
      if holds(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}

extension [Double] {
  /// Quantile of sorted numbers, linear between them, as NumPy's.
  fileprivate func quantile(_ fraction: Double) -> Double {
    let position = fraction * Double(count - 1)
    let lower = Swift.min(Int(position), count - 1)
    let upper = Swift.min(lower + 1, count - 1)
    return self[lower] + (self[upper] - self[lower]) * (position - Double(lower))
  }
}
