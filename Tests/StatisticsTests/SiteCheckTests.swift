import LinearAlgebra
import Statistics
import Testing

@Suite struct `Telling sites apart by features` {
  @Test func `finds a shift of one site, and nothing where there is nothing`() throws {
    let shifted = try syntheticTable(subjects: 60) { row, values in
      if row % 3 == 0 { for feature in 4..<8 { values[feature] += 2 } }
    }
    let check = try #require(SiteCheck(shifted, rows: shifted.allRows, seed: 1))
    #expect(check.p == 1.0 / 200 && check.auc > 0.7)
    #expect(try #require(check.sites[0].auc) > 0.95)
    #expect(check.sites.map(\.subjects) == [20, 20, 20])
    let plain = try syntheticTable(subjects: 60)
    let nothing = try #require(SiteCheck(plain, rows: plain.allRows, seed: 1))
    #expect(nothing.p > 0.02 && nothing.auc < 0.65)
  }

  /// p-values without an effect: uniform, so of 40 tables about two lie below 0.05 (binomial, P(> 7) = 0.0007).
  @Test func `has the p-values of a test`() throws {
    let small = try (0..<40).count { seed in
      let table = try syntheticTable(subjects: 30, features: 6, seed: 100 + UInt64(seed))
      return try #require(SiteCheck(table, rows: table.allRows, seed: 1, permutations: 99)).p <= 0.05
    }
    #expect(small <= 7)
  }

  /// Ridge in the space of the features instead of the subjects, with the same folds.
  @Test func `equals ridge regression on the features`() throws {
    let table = try syntheticTable(subjects: 40, features: 5, sites: 2)
    let check = try #require(SiteCheck(table, rows: table.allRows, seed: 8, permutations: 1))
    let scores = (0..<5).map { feature in
      let values = table.features.column(feature)
      let moments = Moments(values)
      return values.map { ($0 - moments.mean) / moments.standardDeviation }
    }
    // The kernel is scaled to a mean diagonal of 1: Σ z² over subjects and features is 5 · 39.
    let scale = 40.0 / (5 * 39)
    var order = Array(0..<40)
    var stream = RandomStream(seed: 8, purpose: .permutation)
    stream.shuffle(&order)
    let share = 0.5
    var predicted = [Double](repeating: 0, count: 40)
    for fold in 0..<10 {
      let inside = order.indices.filter { $0 % 10 == fold }.map { order[$0] }
      let outside = table.allRows.filter { !inside.contains($0) }
      var system = Matrix(rows: 5, columns: 5)
      for i in 0..<5 {
        for j in 0..<5 {
          system[i, j] =
            scale * outside.reduce(0) { $0 + scores[i][$1] * scores[j][$1] } + (i == j ? 1 : 0)
        }
      }
      let right = (0..<5).map { i in
        outside.reduce(0) { $0 + scores[i][$1] * ((table.sites[$1] == 0 ? 1 : 0) - share) }
      }
      let slopes = try #require(Cholesky(system)).solve(right)
      for row in inside { predicted[row] = scale * (0..<5).reduce(0) { $0 + slopes[$1] * scores[$1][row] } }
    }
    let expected = try #require(areaUnderCurve(predicted, positives: table.sites.map { $0 == 0 }))
    #expect(abs(try #require(check.sites[0].auc) - expected) < 1e-12)
  }

  @Test func `needs two sites, twenty subjects and a feature that varies`() throws {
    let one = try syntheticTable(sites: 1)
    #expect(SiteCheck(one, rows: one.allRows, seed: 1) == nil)
    let few = try syntheticTable(subjects: 19)
    #expect(SiteCheck(few, rows: few.allRows, seed: 1) == nil)
    let constant = try syntheticTable { _, values in values = values.map { _ in 1 } }
    #expect(SiteCheck(constant, rows: constant.allRows, seed: 1) == nil)
  }
}
