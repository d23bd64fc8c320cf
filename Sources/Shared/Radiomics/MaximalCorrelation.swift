/// The maximal correlation coefficient of a co-occurrence matrix.
///
/// Its definition takes the second largest eigenvalue of `Q(i,j) = Σₖ p(i,k) p(j,k) / (pₓ(i) p_y(k) + ε)`.
/// `Q` has the eigenvalues of `B Bᵀ` with `B(i,k) = p(i,k) / √(pₓ(i) p_y(k) + ε)` (exactly for ε = 0, else
/// but for terms in ε²), which is symmetric: they are real, and the coefficient is a singular value of `B`. ε
/// = 2⁻⁵² is PyRadiomics'; it shows where two rare levels occur together in a large region.
struct MaximalCorrelation {
  /// `p` and `B` without their empty rows and columns, by rows.
  private let entries: [(row: Int, column: Int, weight: Double, value: Double)]
  /// `√pₓ`, the eigenvector of the largest eigenvalue, 1.
  private let dominant: [Double]
  private let columnCount: Int

  /// Up to this many rows all entries are computed; beyond, only products with vectors.
  private static let denseLimit = 200

  init(_ matrix: TextureMatrix, rows: [Double], columns: [Double]) {
    let total = rows.reduce(0, +)
    let rowIndex = Self.compactIndex(rows)
    let columnIndex = Self.compactIndex(columns)
    entries = matrix.map { entry in
      let product = (rows[Int(entry.row)] / total) * (columns[Int(entry.column)] / total)
      let p = entry.weight / total
      let value = p / (product + .ulpOfOne).squareRoot()
      return (rowIndex[Int(entry.row)], columnIndex[Int(entry.column)], p, value)
    }
    dominant = rows.filter { $0 > 0 }.map { ($0 / total).squareRoot() }
    columnCount = columns.count { $0 > 0 }
  }

  /// Position of each rank among those that occur.
  private static func compactIndex(_ marginal: [Double]) -> [Int] {
    var next = 0
    return marginal.map { weight in
      defer { if weight > 0 { next += 1 } }
      return next
    }
  }

  /// In 0...1; 0 for a single row.
  func value() -> Double {
    guard dominant.count > 1 else { return 0 }
    let eigenvalue =
      dominant.count <= Self.denseLimit
      ? secondLargestByTable() : secondLargestOfBlocks() ?? secondLargestByProducts()
    return eigenvalue > 16 * .ulpOfOne ? eigenvalue.squareRoot() : 0  // less is rounding
  }

  private func secondLargestByTable() -> Double {
    let n = dominant.count
    var b = [Double](repeating: 0, count: columnCount * n)  // Bᵀ, by rows
    for entry in entries { b[entry.column * n + entry.row] = entry.value }
    var product = [Double](repeating: 0, count: n * n)
    var target = product.mutableSpan
    for entry in entries {
      let source = b.span.extracting(entry.column * n..<entry.column * n + n)
      let start = entry.row * n
      for j in 0..<n { unsafe target[unchecked: start &+ j] += entry.value * source[unchecked: j] }
    }
    return SymmetricTridiagonal(reducing: product, size: n).eigenvalue(fromLargest: 1)
  }

  /// Where levels fall into groups that never meet, each group has an eigenvalue 1 of its own, less what ε
  /// takes.
  /// - Returns: `nil` for one group, or where ε takes so much that another eigenvalue might be next.
  private func secondLargestOfBlocks() -> Double? {
    let rowCount = dominant.count
    var groups = DisjointSets(count: rowCount + columnCount)
    for entry in entries { groups.join(entry.row, rowCount + entry.column) }
    var share = [Double](repeating: 0, count: rowCount)
    var taken = share
    for row in 0..<rowCount { share[groups.representative(of: row)] += dominant[row] * dominant[row] }
    // First order in ε: ε Σ p / (pₓ p_y) over the group; p / √(pₓ p_y) is the entry's value.
    for entry in entries {
      taken[groups.representative(of: entry.row)] += .ulpOfOne * (entry.value * entry.value) / entry.weight
    }
    let eigenvalues = share.indices.filter { share[$0] > 0 }.map { 1 - taken[$0] / share[$0] }.sorted(by: >)
    guard eigenvalues.count > 1, eigenvalues[1] > 1 - 1e-6 else { return nil }
    return eigenvalues[1]
  }

  /// Lanczos' method on the complement of the dominant eigenvector, with full orthogonalisation.
  private func secondLargestByProducts() -> Double {
    var lanczos = LanczosIteration(avoiding: dominant)
    return lanczos.largestEigenvalue { vector in
      var projected = [Double](repeating: 0, count: columnCount)
      for entry in entries { projected[entry.column] += entry.value * vector[entry.row] }
      var image = [Double](repeating: 0, count: vector.count)
      for entry in entries { image[entry.row] += entry.value * projected[entry.column] }
      return image
    }
  }
}
