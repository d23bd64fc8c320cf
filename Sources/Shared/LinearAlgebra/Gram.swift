// Xᵀ X for tall or wide X. Four columns are interleaved into a panel, so that one row of the panel is one vector;
// two panels meet in a block of 4 x 8 sums that stays in registers over all rows. Every sum runs over the rows in
// order, whatever the blocking. Panels and register blocks are those of Goto and van de Geijn (2008),
// doi:10.1145/1356052.1356053.

extension Matrix {
  /// The symmetric product `Xᵀ X`, each element summed over the rows in order.
  public func gram() -> Matrix {
    let panelCount = (columns + 7) / 8
    let panels = interleaved(panelCount: panelCount)
    var result = Matrix(rows: columns, columns: columns)
    unsafe panels.withUnsafeBufferPointer { source in
      guard let base = source.baseAddress else { return }
      for right in 0..<panelCount {
        for left in 0...right {
          unsafe multiply(base + left * rows * 8, base + right * rows * 8) { i, j, value in
            let (row, column) = (left * 8 + i, right * 8 + j)
            guard row < columns, column < columns else { return }
            result.values[column * columns + row] = value
            result.values[row * columns + column] = value
          }
        }
      }
    }
    return result
  }

  /// Eight columns side by side, row after row; missing columns are zero.
  private func interleaved(panelCount: Int) -> [Double] {
    var panels = [Double](repeating: 0, count: panelCount * rows * 8)
    for column in 0..<columns {
      let source = values.span.extracting(range(ofColumn: column))
      let start = (column >> 3) * rows * 8 + (column & 7)
      for row in 0..<rows { panels[start + row * 8] = source[row] }
    }
    return panels
  }

  private func multiply(
    _ left: UnsafePointer<Double>, _ right: UnsafePointer<Double>, store: (Int, Int, Double) -> Void
  ) {
    for pair in 0..<4 {
      var first = SIMD8<Double>.zero
      var second = SIMD8<Double>.zero
      for row in 0..<rows {
        let values = unsafe lane(right + row * 8)
        unsafe first += left[row * 8 + 2 * pair] * values
        unsafe second += left[row * 8 + 2 * pair + 1] * values
      }
      for j in 0..<8 {
        store(2 * pair, j, first[j])
        store(2 * pair + 1, j, second[j])
      }
    }
  }
}
