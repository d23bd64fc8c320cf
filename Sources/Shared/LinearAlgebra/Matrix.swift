/// A dense matrix of doubles in column-major order; the one owner of its memory.
public struct Matrix: Equatable, Sendable {
  /// Number of rows, 0 or more.
  public let rows: Int
  /// Number of columns, 0 or more.
  public let columns: Int
  /// Column after column.
  public var values: [Double]

  /// From values in column-major order, `rows * columns` of them.
  public init(rows: Int, columns: Int, values: [Double]) {
    precondition(values.count == rows * columns, "one value for each row and column")
    self.rows = rows
    self.columns = columns
    self.values = values
  }

  /// With the same value everywhere.
  public init(rows: Int, columns: Int, repeating value: Double = 0) {
    self.init(rows: rows, columns: columns, values: Array(repeating: value, count: rows * columns))
  }

  /// Columns of equal length, side by side.
  public init(columns: [[Double]], rows: Int) {
    precondition(columns.allSatisfy { $0.count == rows }, "columns of equal length")
    self.init(rows: rows, columns: columns.count, values: columns.flatMap(\.self))
  }

  /// One element; both indices count from 0.
  public subscript(_ row: Int, _ column: Int) -> Double {
    get {
      precondition(row < rows, "row inside the matrix")
      return values[column * rows + row]
    }
    set {
      precondition(row < rows, "row inside the matrix")
      values[column * rows + row] = newValue
    }
  }

  /// Where a column lies in `values`; `values.span.extracting(range(ofColumn:))` is a view of it.
  public func range(ofColumn column: Int) -> Range<Int> {
    column * rows..<(column + 1) * rows
  }

  /// A copy of one column.
  public func column(_ column: Int) -> [Double] {
    Array(values[range(ofColumn: column)])
  }

  /// The named rows (repeats allowed) of the named columns, in the order given.
  public func selecting(rows chosenRows: [Int], columns chosenColumns: [Int]) -> Matrix {
    var selected: [Double] = []
    selected.reserveCapacity(chosenRows.count * chosenColumns.count)
    for column in chosenColumns {
      let source = values[range(ofColumn: column)]
      let start = source.startIndex
      for row in chosenRows { selected.append(source[start + row]) }
    }
    return Matrix(rows: chosenRows.count, columns: chosenColumns.count, values: selected)
  }

  /// `A x`, columns added in order.
  public func times(_ x: [Double]) -> [Double] {
    precondition(x.count == columns, "one factor for each column")
    var product = [Double](repeating: 0, count: rows)
    for column in 0..<columns where x[column] != 0 {
      let factor = x[column]
      let source = values.span.extracting(range(ofColumn: column))
      for row in 0..<rows { product[row] += factor * source[row] }
    }
    return product
  }
}
