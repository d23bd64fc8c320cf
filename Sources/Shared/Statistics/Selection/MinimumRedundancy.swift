import LinearAlgebra

/// Minimum-redundancy maximum-relevance selection with the F statistic (Zhao, Anand and Wang 2019,
/// arXiv:1908.05376, "FCQ"; `mrmr_classif` of Python's mrmr-selection).
public enum MinimumRedundancy {
  /// One-way F statistic of a column between positives and negatives (scikit-learn's `f_classif`); infinite when
  /// groups are constant but differ, zero when all is constant.
  public static func fStatistic(_ column: [Double], positives: [Bool]) -> Double {
    var groups: ([Double], [Double]) = ([], [])
    for (value, isPositive) in zip(column, positives) {
      if isPositive { groups.1.append(value) } else { groups.0.append(value) }
    }
    let (a, b, all) = (Moments(groups.0), Moments(groups.1), Moments(column))
    let within = a.sumOfSquares + b.sumOfSquares
    let between =
      Double(a.count) * (a.mean - all.mean) * (a.mean - all.mean)
      + Double(b.count) * (b.mean - all.mean) * (b.mean - all.mean)
    guard between > 0 else { return 0 }
    return between / (within / Double(column.count - 2))
  }

  /// The first column is the one of largest F; each next one maximises F over its mean |Pearson correlation| with
  /// those chosen, each correlation at least `floor`. Ties go to the smaller index.
  /// - Returns: up to `count` column indices in the order of choice.
  public static func order(
    _ columns: [[Double]], positives: [Bool], count: Int, floor: Double = 0.001
  ) -> [Int] {
    let relevance = columns.map { fStatistic($0, positives: positives) }
    let unit = Correlation.unitColumns(columns, kind: .pearson)
    var redundancy = [Double](repeating: 0, count: columns.count)
    var remaining = Array(columns.indices)
    var chosen: [Int] = []
    while chosen.count < count, !remaining.isEmpty {
      func score(_ index: Int) -> Double {
        chosen.isEmpty ? relevance[index] : relevance[index] / (redundancy[index] / Double(chosen.count))
      }
      var best = 0
      for place in remaining.indices where score(remaining[place]) > score(remaining[best]) { best = place }
      let next = remaining.remove(at: best)
      chosen.append(next)
      for index in remaining {
        redundancy[index] += max(floor, abs(dot(unit[index], unit[next])))
      }
    }
    return chosen
  }
}
