import LinearAlgebra
import Statistics
import TestSupport
import Testing

@Suite struct `Correlation and pruning` {
  @Test(
    .enabled(if: ReferenceData.isPresent, ReferenceData.absence),
    arguments: Correlation.Kind.allCases)
  func `all 900 pairs agree with R`(kind: Correlation.Kind) throws {
    let table = try ReferenceTable("data/wdbc.csv").numbers(fromColumn: 2)
    let reference = try ReferenceTable("wdbc_\(kind.rawValue).csv")
    let matrix = Correlation.matrix(of: table.columns, kind: kind)
    var tally = Tally("wdbc_\(kind.rawValue).csv", "correlation (R)")
    for (column, name) in table.names.enumerated() {
      for (row, expected) in try reference.numbers(name).enumerated() {
        tally.check(matrix[row, column], expected, absolute: 1e-13)
      }
    }
    tally.report()
  }

  @Test(.enabled(if: ReferenceData.isPresent, ReferenceData.absence))
  func `mRMR chooses in the order of the reference implementation`() throws {
    let table = try ReferenceTable("data/wdbc.csv")
    let positives = try table.numbers("malignant").map { $0 == 1 }
    let (names, columns) = try table.numbers(fromColumn: 2)
    let reference = try ReferenceJSON.load("wdbc_mrmr.json")
    var tally = Tally("wdbc_mrmr.json", "F statistic (mrmr-selection)")
    for (name, column) in zip(names, columns) {
      tally.check(
        MinimumRedundancy.fStatistic(column, positives: positives), reference.F[name].double, relative: 1e-10)
    }
    tally.report()
    let order = MinimumRedundancy.order(columns, positives: positives, count: 20)
    #expect(order.map { names[$0] } == reference.order_FCQ.strings)
  }

  @Test func `a monotone column has rank correlation one`() {
    let x = [1.0, 2, 3, 4, 5]
    #expect(abs(Correlation.between(x, x.map { $0 * $0 * $0 }, kind: .spearman) - 1) < 1e-15)
    #expect(Correlation.between(x, [2, 2, 2, 2, 2], kind: .pearson) == 0)
  }

  @Test func `pruning keeps the column of smaller p, and the first among equals`() {
    let a = [1.0, 2, 3, 4, 5, 6]
    let b = [1.0, 2, 3, 4, 6, 5]
    let c = [3.0, 1, 2, 2, 1, 3]
    #expect(Correlation.pruned([a, b, c], p: [0.02, 0.01, 0.5], maximum: 0.9, kind: .spearman) == [1, 2])
    #expect(Correlation.pruned([a, b, c], p: [0.01, 0.01, 0.5], maximum: 0.9, kind: .spearman) == [0, 2])
    #expect(Correlation.pruned([a, b, c], p: [0.02, 0.01, 0.5], maximum: 1, kind: .pearson) == [0, 1, 2])
    #expect(Correlation.pruned([], p: [], maximum: 0.9, kind: .pearson).isEmpty)
  }

  @Test func `mRMR starts with the strongest column and avoids its copy`() {
    let positives = [true, true, true, true, false, false, false, false]
    // Outcome ±1 plus a pattern orthogonal to it: F = 1.5, 1.24 and 1.215, r with the strong one 0.998 and 0.18.
    let strong: [Double] = [3, -1, 3, -1, 1, -3, 1, -3]
    let copy = [3.2, -1.2, 3.2, -1.2, 1.2, -3.2, 1.2, -3.2]
    let other = [2.9, 2.9, -1.1, -1.1, 1.1, 1.1, -2.9, -2.9]
    #expect(abs(MinimumRedundancy.fStatistic(strong, positives: positives) - 1.5) < 1e-14)
    #expect(MinimumRedundancy.order([other, strong, copy], positives: positives, count: 2) == [1, 0])
    #expect(MinimumRedundancy.order([other], positives: positives, count: 5) == [0])
  }
}
