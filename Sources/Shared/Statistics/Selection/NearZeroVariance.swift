import LinearAlgebra

/// Features that nearly always have the same value, by the rule of `nearZeroVar` in R's caret (Kuhn 2008,
/// doi:10.18637/jss.v028.i05): the most frequent value is far more frequent than the second, and there are few
/// distinct values.
public struct NearZeroVariance: Equatable, Sendable, Codable {
  /// Bound of the ratio of the two highest frequencies, above which a feature is suspect; caret's is 95/5.
  public var frequencyRatio: Double
  /// Share of distinct values, in percent of the rows, up to which a suspect feature is dropped; caret's is 10.
  public var uniquePercent: Double

  /// caret's rule, unless said otherwise.
  public init(frequencyRatio: Double = 19, uniquePercent: Double = 10) {
    self.frequencyRatio = frequencyRatio
    self.uniquePercent = uniquePercent
  }

  /// - Parameter frequencies: how often each distinct value occurs.
  func drops(_ frequencies: [Int]) -> Bool {
    guard frequencies.count > 1 else { return true }
    let highest = frequencies.sorted(by: >)
    let ratio = Double(highest[0]) / Double(highest[1])
    let percent = 100 * Double(frequencies.count) / Double(frequencies.reduce(0, +))
    return ratio > frequencyRatio && percent <= uniquePercent
  }

  /// Whether the rule drops a column of finite values.
  public func drops(_ values: [Double]) -> Bool {
    var frequencies: [Int] = []
    var last = Double.nan
    for value in values.sorted() {
      if value == last { frequencies[frequencies.count - 1] += 1 } else { frequencies.append(1) }
      last = value
    }
    return drops(frequencies)
  }
}

extension TrainingSample {
  /// Frequencies of the distinct values of a feature in the rows drawn; the table knows its order.
  func frequencies(of feature: StandardizedFeature) -> [Int] {
    let start = feature.feature * table.rowCount
    var frequencies: [Int] = []
    var last = Double.nan
    for row in table.ascendingRows[feature.feature] where countOfRow[Int(row)] > 0 {
      let value = table.features.values[start + Int(row)]
      if value == last {
        frequencies[frequencies.count - 1] += countOfRow[Int(row)]
      } else {
        frequencies.append(countOfRow[Int(row)])
      }
      last = value
    }
    return frequencies
  }
}
