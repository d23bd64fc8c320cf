import ElementaryFunctions

/// Features of one co-occurrence matrix (IBSI LFYI), in PyRadiomics' definitions.
struct CooccurrenceFeatures {
  private let matrix: TextureMatrix
  private let levels: [Int]
  private let maximumLevel: Double
  private let isSymmetrical: Bool
  private let total: Double
  /// Sums of rows and of columns.
  private var rows: [Double]
  private var columns: [Double]
  /// Probability of each sum `i + j` and each difference `|i - j|` of levels.
  private var sums: [Double]
  private var differences: [Double]

  /// - Parameters:
  ///   - matrix: at least one entry.
  ///   - levels: level of each rank.
  ///   - isSymmetrical: whether the matrix equals its transpose, so that one half is enough.
  init(_ matrix: TextureMatrix, levels: [Int], maximumLevel: Int, isSymmetrical: Bool) {
    self.isSymmetrical = isSymmetrical
    self.matrix = matrix
    self.levels = levels
    self.maximumLevel = Double(maximumLevel)
    total = matrix.reduce(0) { $0 + $1.weight }
    rows = [Double](repeating: 0, count: levels.count)
    columns = rows
    sums = [Double](repeating: 0, count: 2 * maximumLevel + 1)
    differences = [Double](repeating: 0, count: maximumLevel)
    for entry in matrix {
      let (row, column) = (Int(entry.row), Int(entry.column))
      rows[row] += entry.weight
      columns[column] += entry.weight
      sums[levels[row] + levels[column]] += entry.weight
      differences[abs(levels[row] - levels[column])] += entry.weight
    }
    for k in sums.indices { sums[k] /= total }
    for k in differences.indices { differences[k] /= total }
  }

  /// All features of the class but MCC.
  func values() -> [NamedValue] {
    let meanOfRows = mean(of: rows)
    let meanOfColumns = mean(of: columns)
    return jointValues(meanOfRows, meanOfColumns) + informationValues()
      + sumValues(meanOfRows + meanOfColumns) + differenceValues()
  }

  /// MCC: the square root of the second largest eigenvalue of `Q`.
  func maximalCorrelation() -> Double { MaximalCorrelation(matrix, rows: rows, columns: columns).value() }

  private func mean(of marginal: [Double]) -> Double {
    var mean = 0.0
    for rank in levels.indices { mean += marginal[rank] / total * Double(levels[rank]) }
    return mean
  }

  private func variance(of marginal: [Double], mean: Double) -> Double {
    var variance = 0.0
    for rank in levels.indices {
      let deviation = Double(levels[rank]) - mean
      variance += marginal[rank] / total * (deviation * deviation)
    }
    return variance
  }

  /// Autocorrelation (IBSI QWB0), correlation (NI2N), joint average (60VM), variance (UR99), maximum (GYBY)
  /// and energy (8ZQL). The correlation of a matrix with one row or one column is 1.
  private func jointValues(_ meanOfRows: Double, _ meanOfColumns: Double) -> [NamedValue] {
    var (product, covariance, energy, maximum) = (0.0, 0.0, 0.0, 0.0)
    for entry in matrix {
      let p = entry.weight / total
      let i = Double(levels[Int(entry.row)])
      let j = Double(levels[Int(entry.column)])
      product += p * (i * j)
      covariance += p * (i - meanOfRows) * (j - meanOfColumns)
      energy += p * p
      maximum = max(maximum, p)
    }
    let varianceOfRows = variance(of: rows, mean: meanOfRows)
    let deviations = varianceOfRows.squareRoot() * variance(of: columns, mean: meanOfColumns).squareRoot()
    return [
      NamedValue("Autocorrelation", product),
      NamedValue("Correlation", deviations == 0 ? 1 : covariance / (deviations + .ulpOfOne)),
      NamedValue("JointAverage", meanOfRows),
      NamedValue("SumSquares", varianceOfRows),
      NamedValue("MaximumProbability", maximum),
      NamedValue("JointEnergy", energy),
    ]
  }

  /// Joint entropy (TU9B) and the information correlations 1 (R8DG) and 2 (JN9H).
  ///
  /// Both are functions of the mutual information `Σ p log₂(p / (pₓ p_y))`: it is the difference of entropies
  /// `HXY1 - HXY` and also `HXY2 - HXY`. The ratio is one of counts, so that independent levels give exactly
  /// 0. PyRadiomics' `log₂(pₓ p_y + ε)` lowers `HXY1` by `Σ p log₂(1 + ε / (pₓ p_y))`, which shows where
  /// levels are rare.
  private func informationValues() -> [NamedValue] {
    var (entropy, information, lowering) = (0.0, 0.0, 0.0)
    var logarithms = LogarithmsOfShares(total: total)
    let excessOfOne = Double.ulpOfOne * (total * total)
    forEachPair { entry, share, expected, logarithmOfRatio in
      entropy -= share * logarithms.log2(of: entry.weight)
      information += share * logarithmOfRatio
      let excess = excessOfOne / expected
      if excess > 1e-10 { lowering += share * Elementary.log2(1 + excess) }
    }
    information = max(0, information)
    let largest = max(entropyOfMarginal(rows), entropyOfMarginal(columns))
    return [
      NamedValue("JointEntropy", entropy),
      NamedValue("Imc1", information == 0 ? 0 : (lowering - information) / largest),
      NamedValue("Imc2", (1 - Elementary.exp(-2 * information)).squareRoot()),
    ]
  }

  /// Calls `body` with each entry, of a symmetrical matrix those of one half; its share of all pairs, there with that
  /// of its mirror image; the product of its row's and its column's sum; and `log₂(p / (pₓ p_y))`.
  private func forEachPair(_ body: (MatrixEntry, Double, Double, Double) -> Void) {
    var held = InlineArray<4, MatrixEntry>(repeating: MatrixEntry(row: 0, column: 0, weight: 0))
    var (ratios, expected) = (SIMD4<Double>(repeating: 1), SIMD4<Double>(repeating: 1))
    var count = 0
    func flush() {
      let logarithms = Elementary.log2(ratios)
      for lane in 0..<count {
        let entry = held[lane]
        let p = entry.weight / total
        body(entry, isSymmetrical && entry.row < entry.column ? 2 * p : p, expected[lane], logarithms[lane])
      }
      count = 0
    }
    for entry in matrix where !(isSymmetrical && entry.row > entry.column) {
      held[count] = entry
      expected[count] = rows[Int(entry.row)] * columns[Int(entry.column)]
      ratios[count] = entry.weight * total / expected[count]
      count += 1
      if count == 4 { flush() }
    }
    flush()
  }

  private func entropyOfMarginal(_ marginal: [Double]) -> Double {
    var entropy = 0.0
    for weight in marginal where weight > 0 { entropy -= weight / total * log2OfProbability(weight / total) }
    return entropy
  }

  /// Features of the sum of levels: average (ZGXS), entropy (P6QZ), cluster tendency (DG8W), shade (7NFM) and
  /// prominence (AE86).
  private func sumValues(_ centre: Double) -> [NamedValue] {
    var (average, entropy, tendency, shade, prominence) = (0.0, 0.0, 0.0, 0.0, 0.0)
    for (k, p) in sums.enumerated() where p > 0 {
      let deviation = Double(k) - centre
      let square = deviation * deviation
      average += p * Double(k)
      entropy -= p * log2OfProbability(p)
      tendency += p * square
      shade += p * (square * deviation)
      prominence += p * (square * square)
    }
    return [
      NamedValue("SumAverage", average),
      NamedValue("SumEntropy", entropy),
      NamedValue("ClusterTendency", tendency),
      NamedValue("ClusterShade", shade),
      NamedValue("ClusterProminence", prominence),
    ]
  }

  /// Features of the difference of levels: average (TF7R), variance (D3YU), entropy (NTRS), contrast (ACUI),
  /// inverse difference (IB1Z, normalised NDRX), its moment (WF0Z, normalised 1QCO), inverse variance (E8JP).
  private func differenceValues() -> [NamedValue] {
    var (average, square, entropy, inverseVariance) = (0.0, 0.0, 0.0, 0.0)
    var (id, idm, idn, idmn) = (0.0, 0.0, 0.0, 0.0)
    for (difference, p) in differences.enumerated() where p > 0 {
      let k = Double(difference)
      average += p * k
      square += p * (k * k)
      entropy -= p * log2OfProbability(p)
      id += p / (1 + k)
      idm += p / (1 + k * k)
      idn += p / (1 + k / maximumLevel)
      idmn += p / (1 + k * k / (maximumLevel * maximumLevel))
      if difference > 0 { inverseVariance += p / (k * k) }
    }
    var variance = 0.0
    for (difference, p) in differences.enumerated() where p > 0 {
      variance += p * ((Double(difference) - average) * (Double(difference) - average))
    }
    return [
      NamedValue("DifferenceAverage", average), NamedValue("DifferenceVariance", variance),
      NamedValue("DifferenceEntropy", entropy), NamedValue("Contrast", square),
      NamedValue("Id", id), NamedValue("Idm", idm), NamedValue("Idn", idn), NamedValue("Idmn", idmn),
      NamedValue("InverseVariance", inverseVariance),
    ]
  }
}

/// Logarithms of probabilities that are counts over one total: most counts of a matrix are small, and come again.
struct LogarithmsOfShares {
  private let total: Double
  /// By count; NaN where it has not come yet.
  private var known = [Double](repeating: .nan, count: 256)

  init(total: Double) { self.total = total }

  /// `log₂(weight / total + ε)`; a weight need not be a whole number.
  mutating func log2(of weight: Double) -> Double {
    guard weight < 256, weight == Double(Int(weight)) else { return log2OfProbability(weight / total) }
    let count = Int(weight)
    if known[count].isNaN { known[count] = log2OfProbability(weight / total) }
    return known[count]
  }
}
