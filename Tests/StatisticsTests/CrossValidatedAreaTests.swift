import Statistics
import Testing

@Suite struct `A cross-validated AUC` {
  private static func area(_ table: CohortTable, _ plan: ModelPlan = .short, folds: Int = 5) throws
    -> CrossValidatedArea
  {
    try #require(
      try CrossValidatedArea(table, training: table.allRows, plan: plan, seed: 9, folds: folds, repeats: 3))
  }

  /// Every fold is fitted and ranked here again, pair by pair.
  @Test func `is that of models which were fitted without the fold that they rank`() throws {
    let table = try syntheticTable()
    let area = try Self.area(table)
    #expect(area.count == 5 && area.repeats == 3 && area.folds.count == 15 && area.cases == 24)
    for (place, value) in area.folds.enumerated() {
      let (turn, index) = (place / 5, place % 5)
      let folds = try #require(
        Folds.stratified(
          count: 5, of: table.allRows, in: table,
          address: RandomAddress(seed: 9, replicate: 0xE000_0000 + turn)))
      let (left, rest) = (
        table.allRows.filter { folds[$0] == index }, table.allRows.filter { folds[$0] != index }
      )
      let model = try fitModel(
        table, rows: rest, plan: .short,
        address: RandomAddress(seed: 9, replicate: 0xF000_0000 + turn * 1_000 + index))
      let scores = model.probabilities(of: table, rows: left)
      var (won, pairs) = (0.0, 0.0)
      for (one, a) in zip(left, scores) where table.positives[one] {
        for (two, b) in zip(left, scores) where !table.positives[two] {
          won += a > b ? 1 : a == b ? 0.5 : 0
          pairs += 1
        }
      }
      #expect(abs((value ?? .nan) - won / pairs) < 1e-12)
    }
  }

  /// Nadeau and Bengio's formula with the quantile of R: `qt(0.975, 5)` is 2.570581835636314.
  @Test func `has the corrected resampled t interval`() throws {
    let area = try Self.area(try syntheticTable())
    let values = area.folds.compactMap(\.self)
    try #require(values.count == 15)
    let mean = values.reduce(0, +) / 15
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 14
    let half = 2.570581835636314 * (variance * (1.0 / 15 + 1.0 / 4)).squareRoot()
    let interval = try #require(area.interval())
    #expect(abs(interval.lower - max(0, mean - half)) < 1e-12)
    #expect(abs(interval.upper - min(1, mean + half)) < 1e-12)
  }

  @Test func `does not see rows outside the training part`() throws {
    let table = try syntheticTable()
    let training = table.allRows.filter { $0 % 4 != 0 }
    let changed = try syntheticTable { row, values in
      if row % 4 == 0 { values = values.map { _ in 1e3 } }
    }
    let areas = try [table, changed].map {
      try CrossValidatedArea($0, training: training, plan: .short, seed: 2, folds: 5, repeats: 1)
    }
    #expect(areas[0] == areas[1] && areas[0]?.rows == training.count)
  }

  @Test func `differs from itself by nothing, and from noise by something`() throws {
    let table = try syntheticTable()
    let area = try Self.area(table)
    let same = try #require(area.difference(to: area))
    #expect(same.value == 0 && same.p == 1)
    let noise = try Self.area(table, ModelPlan(name: "noise", features: .prefixed(["deep_"]), steps: []))
    let other = try #require(area.difference(to: noise))
    #expect(other.value > 0.1 && other.p < 0.05 && other.interval.lower > 0)
  }

  @Test func `needs two subjects of each outcome`() throws {
    let table = try syntheticTable()
    let one = table.allRows.filter { !table.positives[$0] } + [table.allRows.first { table.positives[$0] }!]
    #expect(try CrossValidatedArea(table, training: one, plan: .short, seed: 1) == nil)
  }
}
