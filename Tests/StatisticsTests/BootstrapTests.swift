import Foundation
import Statistics
import Testing

@Suite struct `Whole-pipeline bootstrap` {
  private static func replicates(
    _ table: CohortTable, _ numbers: Range<Int>, plans: [ModelPlan] = [.short]
  ) throws -> [BootstrapReplicate] {
    try numbers.map {
      try BootstrapReplicate(
        table, training: table.allRows, plans: plans, address: RandomAddress(seed: 21, replicate: $0))
    }
  }

  @Test func `resamples draw within strata, as many as there are`() throws {
    let table = try syntheticTable(subjects: 45)
    let strata = SubjectStrata(of: table, rows: table.allRows)
    let drawn = BootstrapReplicate.resample(strata, address: RandomAddress(seed: 1, replicate: 0))
    var start = 0
    for subjects in strata.strata {
      #expect(drawn[start..<start + subjects.count].allSatisfy { subjects.contains($0) })
      start += subjects.count
    }
    #expect(start == drawn.count)
  }

  @Test func `all images of a subject are drawn or left out together`() throws {
    let table = try syntheticTable(subjects: 30, imagesPerSubject: 2)
    let replicate = try Self.replicates(table, 0..<1)[0]
    let outside = Set(replicate.models[0].outOfBagRows.map { table.subjects[$0] })
    #expect(replicate.models[0].outOfBagRows.count == 2 * outside.count)
    #expect(replicate.models[0].bag.rows == 60)
  }

  @Test func `a replicate is the same alone and among others, and after JSON`() throws {
    let table = try syntheticTable()
    let together = try Self.replicates(table, 0..<4)
    let alone = try Self.replicates(table, 3..<4)[0]
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    #expect(together[3] == alone)
    let bytes = try encoder.encode(alone)
    #expect(bytes == (try encoder.encode(together[3])))
    let decoded = try JSONDecoder().decode(BootstrapReplicate.self, from: bytes)
    #expect(decoded == alone)
    #expect(together[0] != together[1])
  }

  @Test func `the summary orders its estimates as theory does`() throws {
    let table = try syntheticTable(features: 30)
    let plans = [ModelPlan.short]
    let replicates = try Self.replicates(table, 0..<20, plans: plans)
    let final = try fitModel(table, rows: table.allRows, plan: plans[0], address: .finalFit(seed: 21))
    let summary = try BootstrapSummary(
      of: replicates, model: 0, final: final, table: table, training: table.allRows, candidates: 30)
    let auc = try #require(summary.auc)
    #expect(auc.outOfBag < auc.point632Plus && auc.point632Plus < auc.apparent)
    #expect(auc.point632Plus <= auc.point632)
    #expect(auc.bag > auc.training)
    #expect(summary.selected.first?.feature == 0)
    #expect(try #require(summary.stability) > 0.2)
    #expect(summary.undefined == 0 && summary.replicates == 20)
    #expect(!summary.hasMoreFeaturesThanRows)
    let interval = try #require(summary.outOfBagInterval)
    #expect(interval.lower < auc.outOfBag && auc.outOfBag < interval.upper)
  }

  @Test func `replicates that select nothing score a half and are counted`() throws {
    let table = try syntheticTable()
    let plan = ModelPlan(name: "none", steps: [.mannWhitney(maximumP: 0)])
    let replicates = try Self.replicates(table, 0..<3, plans: [plan])
    let final = try fitModel(table, rows: table.allRows, plan: plan, address: .finalFit(seed: 21))
    let summary = try BootstrapSummary(
      of: replicates, model: 0, final: final, table: table, training: table.allRows, candidates: 12)
    #expect(summary.empty == 3)
    #expect(summary.auc?.outOfBag == 0.5 && summary.auc?.point632Plus == 0.5)
    #expect(summary.stability == nil)
  }

  @Test func `replicates whose rest lacks an outcome are undefined, not redrawn`() throws {
    let table = try syntheticTable(subjects: 10, features: 3, sites: 1)
    let rows = table.allRows
    let plan = ModelPlan(name: "all", steps: [])
    let address = RandomAddress(seed: 1, replicate: 0)
    let cases = rows.filter { table.positives[$0] }
    let controls = rows.filter { !table.positives[$0] }
    let drawn = cases + controls.dropLast(2) + controls.prefix(2)
    let replicate = try BootstrapReplicate(
      table, training: rows, drawn: drawn, plans: [plan], address: address)
    #expect(replicate.models[0].outOfBag?.auc == nil)
    #expect(replicate.models[0].outOfBagRows.count == 2)
    let whole = try BootstrapReplicate(table, training: rows, drawn: rows, plans: [plan], address: address)
    #expect(whole.models[0].outOfBag == nil)
    let final = try fitModel(table, rows: rows, plan: plan, address: .finalFit(seed: 1))
    let summary = try BootstrapSummary(
      of: [replicate], model: 0, final: final, table: table, training: rows, candidates: 3)
    #expect(summary.undefined == 1 && summary.auc == nil && summary.brier != nil)
  }

  @Test func `missing or repeated replicates are an error`() throws {
    let table = try syntheticTable(subjects: 20, features: 3)
    let plan = ModelPlan(name: "all", steps: [])
    let replicates = try Self.replicates(table, 0..<3, plans: [plan])
    let final = try fitModel(table, rows: table.allRows, plan: plan, address: .finalFit(seed: 1))
    for wrong in [
      [replicates[0], replicates[2]], [replicates[1], replicates[1]], [replicates[1], replicates[0]],
    ] {
      #expect(throws: StatisticsError.self) {
        try BootstrapSummary(
          of: wrong, model: 0, final: final, table: table, training: table.allRows, candidates: 3)
      }
    }
  }
}
