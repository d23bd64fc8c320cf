import LinearAlgebra

/// p-values of single features over a sample with repeats, without sorting: the table knows each feature's order.
/// Same values as ``MannWhitney`` and ``StudentTest``.
extension TrainingSample {
  /// Mann-Whitney's test of one standardised feature.
  func mannWhitneyP(_ feature: StandardizedFeature) -> Double {
    guard feature.imputed == 0 else {
      return MannWhitney(expanded(feature.scores), positives: positivesDrawn)?.p ?? 1
    }
    let start = feature.feature * table.rowCount
    let order = table.ascendingRows[feature.feature]
    var (seen, rankSum, tieTerm) = (0, 0.0, 0.0)
    var (tied, tiedCases) = (0, 0)
    var value = Double.nan
    func close() {
      rankSum += Double(tiedCases) * (Double(seen) + 0.5 * Double(tied + 1))
      let t = Double(tied)
      tieTerm += t * t * t - t
      seen += tied
      (tied, tiedCases) = (0, 0)
    }
    for place in order.indices {
      let row = Int(order[place])
      let count = countOfRow[row]
      guard count > 0 else { continue }
      let next = table.features.values[start + row]
      if next != value { close() }
      value = next
      tied += count
      if table.positives[row] { tiedCases += count }
    }
    close()
    let test = MannWhitney(
      rankSum: rankSum, positives: caseCount, negatives: total - caseCount, tieTerm: tieTerm,
      method: .automatic)
    return test?.p ?? 1
  }

  /// The t test of one standardised feature; 1 where it is not defined.
  func studentP(_ feature: StandardizedFeature, variances: StudentTest.Variances) -> Double {
    let weights = [0.0, 1.0].map { outcome in
      counts.indices.map { outcomes[$0] == outcome ? counts[$0] : 0 }
    }
    let sizes = weights.map { sum($0.span) }
    let means = zip(weights, sizes).map { dot($0, feature.scores) / $1 }
    let squares = zip(weights, means).map { weight, mean in
      dot(weight, feature.scores.map { ($0 - mean) * ($0 - mean) })
    }
    guard sizes.allSatisfy({ $0 > 1 }) else { return 1 }
    let test = StudentTest(
      difference: means[1] - means[0], squares: (squares[1], squares[0]), counts: (sizes[1], sizes[0]),
      variances: variances)
    return test?.p ?? 1
  }

  /// Values of the sample's rows, each as often as drawn.
  func expanded(_ values: [Double]) -> [Double] {
    var result: [Double] = []
    result.reserveCapacity(total)
    for (value, count) in zip(values, counts) {
      for _ in 0..<Int(count) { result.append(value) }
    }
    return result
  }
}
