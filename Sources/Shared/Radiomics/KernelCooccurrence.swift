import ElementaryFunctions

/// Features of a kernel's co-occurrence matrices, averaged over the directions that have pairs.
///
/// `CooccurrenceFeatures` for small regions, of which there is one a voxel: nothing is allocated for a direction, what
/// was touched is cleared, and logarithms of probabilities are differences of logarithms of counts, from a table. On
/// kernels of 27 voxels it takes a tenth of the time, and values differ by rounding.
struct KernelCooccurrence {
  private let isSymmetrical: Bool
  private let withMCC: Bool
  private let maximumLevel: Double
  /// `log₂ k`.
  private let logarithms: [Double]
  private var counts: [Int32] = []
  private var cells: [Int32] = []
  private var rows: [Double] = []
  private var columns: [Double] = []
  /// By level, 0 but while a direction is tallied.
  private var sums: [Double]
  private var differences: [Double]
  private var touchedSums: [Int32] = []
  private var touchedDifferences: [Int32] = []
  private var totals = [Double](repeating: 0, count: CooccurrenceClass.standardFeatures.count)
  private var maximalCorrelation: KernelCorrelation

  /// - Parameter largest: number of voxels of the largest kernel.
  init(isSymmetrical: Bool, withMCC: Bool, maximumLevel: Int, largest: Int) {
    self.isSymmetrical = isSymmetrical
    self.withMCC = withMCC
    self.maximumLevel = Double(maximumLevel)
    logarithms = (0...2 * largest).map { $0 == 0 ? 0 : Elementary.log2(Double($0)) }
    sums = [Double](repeating: 0, count: 2 * maximumLevel + 1)
    differences = [Double](repeating: 0, count: maximumLevel + 1)
    maximalCorrelation = KernelCorrelation()
  }

  /// The features in alphabetical order; empty where no direction has pairs.
  /// - Parameter found: takes the directions that have pairs.
  mutating func values(
    _ ranks: [UInt8], _ volume: LevelVolume, steps: [Int], _ found: inout [Bool]
  ) -> [Double] {
    let width = volume.rankCount
    if counts.count < width * width { counts = [Int32](repeating: 0, count: width * width) }
    rows = [Double](repeating: 0, count: width)
    columns = rows
    for index in totals.indices { totals[index] = 0 }
    var directionCount = 0.0
    for (direction, step) in steps.enumerated() {
      let total = tally(ranks, volume, step, width)
      guard total > 0 else { continue }
      found[direction] = true
      directionCount += 1
      add(volume.levels, width, total)
      for cell in cells { counts[Int(cell)] = 0 }
      for rank in 0..<width { (rows[rank], columns[rank]) = (0, 0) }
    }
    return directionCount == 0 ? [] : totals.map { $0 / directionCount }
  }

  /// Counts the pairs of one direction.
  /// - Returns: their number.
  private mutating func tally(_ ranks: [UInt8], _ volume: LevelVolume, _ step: Int, _ width: Int) -> Int {
    cells.removeAll(keepingCapacity: true)
    var total = 0
    for run in volume.runs {
      for voxel in run {
        let (one, other) = (Int(ranks[voxel]), Int(ranks[voxel + step]))
        if other == 0 { continue }
        count(one * width + other)
        if isSymmetrical { count(other * width + one) }
        total += isSymmetrical ? 2 : 1
      }
    }
    cells.sort()
    return total
  }

  private mutating func count(_ cell: Int) {
    if counts[cell] == 0 { cells.append(Int32(truncatingIfNeeded: cell)) }
    counts[cell] += 1
  }

  /// Adds the features of the direction that was tallied; formulas are those of `CooccurrenceFeatures`.
  private mutating func add(_ levels: [Int], _ width: Int, _ total: Int) {
    let n = Double(total)
    var (product, energy, largest, entropy) = (0.0, 0.0, 0.0, 0.0)
    for cell in cells {
      let (row, column) = (Int(cell) / width, Int(cell) % width)
      let weight = Double(counts[Int(cell)])
      let (i, j) = (levels[row], levels[column])
      rows[row] += weight
      columns[column] += weight
      product += weight * Double(i * j)
      energy += weight * weight
      largest = max(largest, weight)
      entropy += weight * logarithms[Int(counts[Int(cell)])]
      let (sum, difference) = (i + j, abs(i - j))
      if sums[sum] == 0 { touchedSums.append(Int32(truncatingIfNeeded: sum)) }
      sums[sum] += weight
      if differences[difference] == 0 { touchedDifferences.append(Int32(truncatingIfNeeded: difference)) }
      differences[difference] += weight
    }
    let joint = logarithms[total] - entropy / n
    addDifferences(n, total)
    let (ofRows, ofColumns) = addMarginals(levels, width, n, total)
    addSums(ofRows.mean + ofColumns.mean, n, total)
    addInformation(joint, ofRows.entropy, ofColumns.entropy)
    totals[0] += product / n
    totals[5] += covariance(levels, width, n, ofRows, ofColumns)
    totals[16] += ofRows.mean
    totals[17] += energy / (n * n)
    totals[18] += joint
    totals[20] += largest / n
    totals[23] += ofRows.variance
    if withMCC { totals[19] += maximalCorrelation.value(cells, counts, width, rows, columns) }
  }

  private struct Marginal {
    var mean = 0.0
    var variance = 0.0
    var entropy = 0.0
  }

  private mutating func addMarginals(
    _ levels: [Int], _ width: Int, _ n: Double, _ total: Int
  ) -> (rows: Marginal, columns: Marginal) {
    let ofRows = marginal(rows, levels, n, total)
    return (ofRows, isSymmetrical ? ofRows : marginal(columns, levels, n, total))
  }

  private func marginal(_ weights: [Double], _ levels: [Int], _ n: Double, _ total: Int) -> Marginal {
    var found = Marginal()
    for rank in levels.indices where weights[rank] > 0 {
      found.mean += weights[rank] * Double(levels[rank])
      found.entropy += weights[rank] * logarithms[Int(weights[rank])]
    }
    found.mean /= n
    found.entropy = logarithms[total] - found.entropy / n
    for rank in levels.indices where weights[rank] > 0 {
      let deviation = Double(levels[rank]) - found.mean
      found.variance += weights[rank] * (deviation * deviation)
    }
    found.variance /= n
    return found
  }

  private func covariance(
    _ levels: [Int], _ width: Int, _ n: Double, _ ofRows: Marginal, _ ofColumns: Marginal
  ) -> Double {
    let deviations = ofRows.variance.squareRoot() * ofColumns.variance.squareRoot()
    if deviations == 0 { return 1 }
    var covariance = 0.0
    for cell in cells {
      let (i, j) = (Double(levels[Int(cell) / width]), Double(levels[Int(cell) % width]))
      covariance += Double(counts[Int(cell)]) * (i - ofRows.mean) * (j - ofColumns.mean)
    }
    return covariance / n / (deviations + .ulpOfOne)
  }

  /// Imc1 and Imc2. Less information than any table of counts can have but 0 is rounding.
  private mutating func addInformation(_ joint: Double, _ rows: Double, _ columns: Double) {
    let information = rows + columns - joint
    guard information > 1e-12 else { return }
    totals[13] -= information / max(rows, columns)
    totals[14] += (1 - Elementary.exp(-2 * information)).squareRoot()
  }

  private mutating func addSums(_ centre: Double, _ n: Double, _ total: Int) {
    touchedSums.sort()
    var (average, entropy, tendency, shade, prominence) = (0.0, 0.0, 0.0, 0.0, 0.0)
    for sum in touchedSums {
      let weight = sums[Int(sum)]
      sums[Int(sum)] = 0
      let deviation = Double(sum) - centre
      let square = deviation * deviation
      average += weight * Double(sum)
      entropy += weight * logarithms[Int(weight)]
      tendency += weight * square
      shade += weight * (square * deviation)
      prominence += weight * (square * square)
    }
    touchedSums.removeAll(keepingCapacity: true)
    totals[1] += prominence / n
    totals[2] += shade / n
    totals[3] += tendency / n
    totals[21] += average / n
    totals[22] += logarithms[total] - entropy / n
  }

  private mutating func addDifferences(_ n: Double, _ total: Int) {
    touchedDifferences.sort()
    var (average, square, entropy, inverseVariance) = (0.0, 0.0, 0.0, 0.0)
    var (id, idm, idn, idmn) = (0.0, 0.0, 0.0, 0.0)
    for difference in touchedDifferences {
      let weight = differences[Int(difference)]
      differences[Int(difference)] = 0
      let k = Double(difference)
      average += weight * k
      square += weight * (k * k)
      entropy += weight * logarithms[Int(weight)]
      id += weight / (1 + k)
      idm += weight / (1 + k * k)
      idn += weight / (1 + k / maximumLevel)
      idmn += weight / (1 + k * k / (maximumLevel * maximumLevel))
      if difference > 0 { inverseVariance += weight / (k * k) }
    }
    touchedDifferences.removeAll(keepingCapacity: true)
    totals[4] += square / n
    totals[6] += average / n
    totals[7] += logarithms[total] - entropy / n
    // Of whole numbers: exact, unless there are very many.
    totals[8] += (square * n - average * average) / (n * n)
    totals[9] += id / n
    totals[10] += idm / n
    totals[11] += idmn / n
    totals[12] += idn / n
    totals[15] += inverseVariance / n
  }
}

/// The maximal correlation of a small matrix; see `MaximalCorrelation`.
struct KernelCorrelation {
  private var parents: [Int32] = []

  /// In 0...1; 0 for a single row.
  mutating func value(
    _ cells: [Int32], _ counts: [Int32], _ width: Int, _ rows: [Double], _ columns: [Double]
  ) -> Double {
    let rowCount = rows.count { $0 > 0 }
    guard rowCount > 1 else { return 0 }
    // Groups of levels that never meet have an eigenvalue 1 each.
    if groupCount(cells, width, rows, columns) > 1 { return 1 }
    var eigenvalue = 0.0
    if rowCount == 2 {
      for cell in cells {
        let weight = Double(counts[Int(cell)])
        eigenvalue += weight * weight / (rows[Int(cell) / width] * columns[Int(cell) % width])
      }
      eigenvalue -= 1
    } else {
      eigenvalue = secondLargest(cells, counts, width, rows, columns, rowCount)
    }
    return eigenvalue > 16 * .ulpOfOne ? eigenvalue.squareRoot() : 0  // less is rounding
  }

  /// Rows and columns that are joined by entries, counted as groups.
  private mutating func groupCount(
    _ cells: [Int32], _ width: Int, _ rows: [Double], _ columns: [Double]
  ) -> Int {
    parents = (0..<Int32(2 * width)).map { $0 }
    var groups = rows.count { $0 > 0 } + columns.count { $0 > 0 }
    for cell in cells {
      let row = root(Int(cell) / width)
      let column = root(width + Int(cell) % width)
      guard row != column else { continue }
      parents[max(row, column)] = Int32(min(row, column))
      groups -= 1
    }
    return groups
  }

  private mutating func root(_ member: Int) -> Int {
    var current = member
    while Int(parents[current]) != current {
      parents[current] = parents[Int(parents[current])]
      current = Int(parents[current])
    }
    return current
  }

  /// The second largest eigenvalue of `B Bᵀ`, `B = p / √(pₓ p_y)`.
  private func secondLargest(
    _ cells: [Int32], _ counts: [Int32], _ width: Int, _ rows: [Double], _ columns: [Double], _ size: Int
  ) -> Double {
    var places = [Int](repeating: 0, count: width)
    var next = 0
    for rank in 0..<width where rows[rank] > 0 {
      places[rank] = next
      next += 1
    }
    var transposed = [Double](repeating: 0, count: width * size)
    for cell in cells {
      let (row, column) = (Int(cell) / width, Int(cell) % width)
      transposed[column * size + places[row]] =
        Double(counts[Int(cell)]) / (rows[row] * columns[column]).squareRoot()
    }
    var product = [Double](repeating: 0, count: size * size)
    for cell in cells {
      let (row, column) = (places[Int(cell) / width], Int(cell) % width)
      let value = transposed[column * size + row]
      for other in 0..<size { product[row * size + other] += value * transposed[column * size + other] }
    }
    return SymmetricTridiagonal(reducing: product, size: size).eigenvalue(fromLargest: 1)
  }
}
