import ElementaryFunctions

/// Features of a kernel's co-occurrence matrices, averaged over the directions that have pairs.
///
/// `CooccurrenceFeatures` for small regions, of which there is one a voxel: pairs are counted while the kernel moves,
/// nothing is allocated for a direction, and logarithms of probabilities are differences of logarithms of counts, from a
/// table. What no feature that is wanted needs is left out. Values differ from those of a region by rounding.
struct KernelCooccurrence {
  private let isSymmetrical: Bool
  private let needs: Needs
  private let levelOfRank: [Int]
  private let maximumLevel: Double
  /// `log₂ k`.
  private let logarithms: [Double]
  private var pairs: SlidingPairs
  /// The ranks that the kernel holds; below, levels go by their place among these.
  private var present: [Int] = []
  private var placeOfRank: [Int32]
  private var levels: [Int] = []
  /// Entries of the direction's matrix, by row, then column.
  private var cells: [MatrixCell] = []
  private var rows: [Double] = []
  private var columns: [Double] = []
  /// By level, 0 but while a direction is added.
  private var sums: [Double]
  private var differences: [Double]
  private var touchedSums: SmallNumberSet
  private var touchedDifferences: SmallNumberSet
  private var touched: [Int] = []
  private var totals = [Double](repeating: 0, count: CooccurrenceClass.standardFeatures.count)
  private var maximalCorrelation = KernelCorrelation()

  /// Parts of the computation that some features need.
  private struct Needs {
    let differences: Bool
    let sums: Bool
    let entropies: Bool
    let correlation: Bool
    let maximalCorrelation: Bool
    /// Whether the entries of the matrices are.
    let entries: Bool

    init(_ names: [String]) {
      let names = Set(names)
      func anyOf(_ some: Set<String>) -> Bool { !names.isDisjoint(with: some) }
      differences = anyOf([
        "Contrast", "DifferenceAverage", "DifferenceEntropy", "DifferenceVariance", "Id", "Idm", "Idmn",
        "Idn",
        "InverseVariance",
      ])
      sums = anyOf(["ClusterProminence", "ClusterShade", "ClusterTendency", "SumAverage", "SumEntropy"])
      entropies = anyOf(["Imc1", "Imc2", "JointEntropy"])
      correlation = names.contains("Correlation")
      maximalCorrelation = names.contains("MCC")
      entries = names != ["Autocorrelation"]
    }
  }

  /// - Parameter names: the features that are wanted; what others get means nothing.
  /// - Returns: nil where there are more levels than a byte tells apart.
  init?(_ shared: VoxelFeatures, isSymmetrical: Bool, names: [String]) {
    needs = Needs(names)
    guard let pairs = SlidingPairs(shared, isSymmetrical: isSymmetrical, hasMatrices: needs.entries) else {
      return nil
    }
    self.pairs = pairs
    self.isSymmetrical = isSymmetrical
    levelOfRank = shared.levels
    maximumLevel = Double(shared.maximumLevel)
    logarithms = (0...2 * shared.largestKernel).map { $0 == 0 ? 0 : Elementary.log2(Double($0)) }
    placeOfRank = [Int32](repeating: 0, count: shared.levels.count)
    sums = [Double](repeating: 0, count: 2 * shared.maximumLevel + 1)
    differences = [Double](repeating: 0, count: shared.maximumLevel + 1)
    touchedSums = SmallNumberSet(below: sums.count)
    touchedDifferences = SmallNumberSet(below: differences.count)
  }

  /// The features in alphabetical order; empty where no direction has pairs.
  /// - Parameter found: takes the directions that have pairs.
  mutating func values(around position: Int, _ found: inout [Bool]) -> [Double] {
    pairs.move(to: position)
    pairs.presentRanks(&present)
    levels.removeAll(keepingCapacity: true)
    for (place, rank) in present.enumerated() {
      placeOfRank[rank] = Int32(truncatingIfNeeded: place)
      levels.append(levelOfRank[rank])
    }
    while rows.count < present.count {
      rows.append(0)
      columns.append(0)
    }
    for index in totals.indices { totals[index] = 0 }
    var directionCount = 0.0
    for direction in pairs.totals.indices where pairs.totals[direction] > 0 {
      found[direction] = true
      directionCount += 1
      totals[0] += Double(pairs.products[direction]) / Double(pairs.totals[direction])
      guard needs.entries else { continue }
      pairs.cells(direction, present: present, placeOfRank: placeOfRank, &cells)
      add(pairs.totals[direction])
    }
    return directionCount == 0 ? [] : totals.map { $0 / directionCount }
  }

  /// Adds the features of the direction that was gathered; formulas are those of `CooccurrenceFeatures`.
  private mutating func add(_ total: Int) {
    let n = Double(total)
    let joined = Self.joined(cells, levels, logarithms, &rows, &columns)
    if needs.sums || needs.differences { tallySumsAndDifferences() }
    let joint = logarithms[total] - joined.entropy / n
    if needs.differences { addDifferences(n, total) }
    let ofRows = marginal(rows, n, total)
    let ofColumns = isSymmetrical ? ofRows : marginal(columns, n, total)
    if needs.sums { addSums(ofRows.mean + ofColumns.mean, n, total) }
    if needs.entropies { addInformation(joint, ofRows.entropy, ofColumns.entropy) }
    if needs.correlation { totals[5] += covariance(n, ofRows, ofColumns) }
    totals[16] += ofRows.mean
    totals[17] += joined.energy / (n * n)
    totals[18] += joint
    totals[20] += joined.largest / n
    totals[23] += ofRows.variance
    if needs.maximalCorrelation {
      totals[19] += maximalCorrelation.value(cells, rows, columns, places: present.count)
    }
  }

  /// What is summed over the entries; of counts, in place of probabilities.
  private struct Joined {
    var energy = 0.0
    var largest = 0.0
    var entropy = 0.0
  }

  /// Sums over the entries, and sums of rows and columns.
  private static func joined(
    _ cells: [MatrixCell], _ levels: [Int], _ logarithms: [Double], _ rows: inout [Double],
    _ columns: inout [Double]
  ) -> Joined {
    for place in levels.indices { (rows[place], columns[place]) = (0, 0) }
    var found = Joined()
    var rows = rows.mutableSpan
    var columns = columns.mutableSpan
    for cell in cells {
      let weight = Double(cell.count)
      let (row, column) = (Int(cell.row), Int(cell.column))
      rows[row] += weight
      columns[column] += weight
      found.energy += weight * weight
      found.largest = max(found.largest, weight)
      found.entropy += weight * logarithms[Int(cell.count)]
    }
    return found
  }

  private mutating func tallySumsAndDifferences() {
    for cell in cells {
      let weight = Double(cell.count)
      let (i, j) = (levels[Int(cell.row)], levels[Int(cell.column)])
      if needs.sums {
        touchedSums.insert(i + j)
        sums[i + j] += weight
      }
      if needs.differences {
        touchedDifferences.insert(abs(i - j))
        differences[abs(i - j)] += weight
      }
    }
  }

  private struct Marginal {
    var mean = 0.0
    var variance = 0.0
    var entropy = 0.0
  }

  private func marginal(_ weights: [Double], _ n: Double, _ total: Int) -> Marginal {
    var found = Marginal()
    for place in present.indices where weights[place] > 0 {
      found.mean += weights[place] * Double(levels[place])
      found.entropy += weights[place] * logarithms[Int(weights[place])]
    }
    found.mean /= n
    found.entropy = logarithms[total] - found.entropy / n
    for place in present.indices where weights[place] > 0 {
      let deviation = Double(levels[place]) - found.mean
      found.variance += weights[place] * (deviation * deviation)
    }
    found.variance /= n
    return found
  }

  private func covariance(_ n: Double, _ ofRows: Marginal, _ ofColumns: Marginal) -> Double {
    let deviations = ofRows.variance.squareRoot() * ofColumns.variance.squareRoot()
    if deviations == 0 { return 1 }
    var covariance = 0.0
    for cell in cells {
      let (i, j) = (Double(levels[Int(cell.row)]), Double(levels[Int(cell.column)]))
      covariance += Double(cell.count) * (i - ofRows.mean) * (j - ofColumns.mean)
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
    var (average, entropy, tendency, shade, prominence) = (0.0, 0.0, 0.0, 0.0, 0.0)
    touched.removeAll(keepingCapacity: true)
    touchedSums.drain(to: &touched)
    for sum in touched {
      let weight = sums[sum]
      sums[sum] = 0
      let deviation = Double(sum) - centre
      let square = deviation * deviation
      average += weight * Double(sum)
      entropy += weight * logarithms[Int(weight)]
      tendency += weight * square
      shade += weight * (square * deviation)
      prominence += weight * (square * square)
    }
    totals[1] += prominence / n
    totals[2] += shade / n
    totals[3] += tendency / n
    totals[21] += average / n
    totals[22] += logarithms[total] - entropy / n
  }

  private mutating func addDifferences(_ n: Double, _ total: Int) {
    var (average, square, entropy, inverseVariance) = (0.0, 0.0, 0.0, 0.0)
    var (id, idm, idn, idmn) = (0.0, 0.0, 0.0, 0.0)
    touched.removeAll(keepingCapacity: true)
    touchedDifferences.drain(to: &touched)
    for difference in touched {
      let weight = differences[difference]
      differences[difference] = 0
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

/// An entry of a small matrix.
struct MatrixCell {
  let row: Int32
  let column: Int32
  let count: Int32
}

/// The maximal correlation of a small matrix; see `MaximalCorrelation`.
struct KernelCorrelation {
  private var parents: [Int32] = []
  private var places: [Int] = []
  private var transposed: [Double] = []
  private var product: [Double] = []
  private var householder = HouseholderScratch()

  /// In 0...1; 0 for a single row.
  /// - Parameters:
  ///   - cells: the entries, by row, then column.
  ///   - rows: sums of rows; as columns, longer than `width` perhaps.
  ///   - width: number of rows, and of columns.
  mutating func value(
    _ cells: [MatrixCell], _ rows: [Double], _ columns: [Double], places width: Int
  ) -> Double {
    let rowCount = rows[..<width].count { $0 > 0 }
    guard rowCount > 1 else { return 0 }
    // Groups of levels that never meet have an eigenvalue 1 each.
    if groupCount(cells, width, rows, columns) > 1 { return 1 }
    var eigenvalue = 0.0
    if rowCount == 2 {
      for cell in cells {
        let weight = Double(cell.count)
        eigenvalue += weight * weight / (rows[Int(cell.row)] * columns[Int(cell.column)])
      }
      eigenvalue -= 1
    } else {
      eigenvalue = secondLargest(cells, width, rows, columns, rowCount)
    }
    return eigenvalue > 16 * .ulpOfOne ? eigenvalue.squareRoot() : 0  // less is rounding
  }

  /// Rows and columns that are joined by entries, counted as groups.
  private mutating func groupCount(
    _ cells: [MatrixCell], _ width: Int, _ rows: [Double], _ columns: [Double]
  ) -> Int {
    parents.removeAll(keepingCapacity: true)
    for member in 0..<2 * width { parents.append(Int32(truncatingIfNeeded: member)) }
    var groups = 0
    for place in 0..<width { groups += (rows[place] > 0 ? 1 : 0) + (columns[place] > 0 ? 1 : 0) }
    for cell in cells where groups > 1 {
      let row = root(Int(cell.row))
      let column = root(width + Int(cell.column))
      guard row != column else { continue }
      parents[max(row, column)] = Int32(truncatingIfNeeded: min(row, column))
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
  private mutating func secondLargest(
    _ cells: [MatrixCell], _ width: Int, _ rows: [Double], _ columns: [Double], _ size: Int
  ) -> Double {
    places.removeAll(keepingCapacity: true)
    var next = 0
    for row in 0..<width {
      places.append(next)
      if rows[row] > 0 { next += 1 }
    }
    Self.clear(&transposed, width * size)
    Self.clear(&product, size * size)
    for cell in cells {
      let (row, column) = (Int(cell.row), Int(cell.column))
      transposed[column * size + places[row]] =
        Double(cell.count) / (rows[row] * columns[column]).squareRoot()
    }
    for cell in cells {
      let (row, column) = (places[Int(cell.row)], Int(cell.column) * size)
      let value = transposed[column + row]
      for other in 0..<size { product[row * size + other] += value * transposed[column + other] }
    }
    return SymmetricTridiagonal(reducing: &product, size: size, &householder).eigenvalue(fromLargest: 1)
  }

  /// Makes the first `count` numbers 0.
  private static func clear(_ numbers: inout [Double], _ count: Int) {
    numbers.removeAll(keepingCapacity: true)
    numbers.append(contentsOf: repeatElement(0, count: count))
  }
}
