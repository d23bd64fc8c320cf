import Foundation
import LinearAlgebra
import Statistics
import TestSupport
import Testing

@Suite struct `Optimism estimators against R` {
  @Test(.enabled(if: ReferenceData.isPresent, ReferenceData.absence))
  func `200 replicates from stored indices and their estimates agree`() throws {
    let data = try ReferenceTable("data/optimism_data.csv")
    let reference = try ReferenceJSON.load("optimism.json")
    let expected = try ReferenceTable("optimism_replicates.csv")
    let rows = data.rows.enumerated().map { number, line in
      CohortTable.Row(
        caseName: String(1_000 + number), subject: String(1_000 + number), site: "A",
        isPositive: line[0] == "1",
        values: line[1...].map { Double($0) ?? .nan })
    }
    let table = try CohortTable(featureNames: Array(data.names[1...]), rows: rows)
    let training = Array(0..<table.rowCount)
    let plan = ModelPlan(name: "glm", steps: [], refit: .none)
    let replicates = try Self.indices().enumerated().map { number, drawn in
      try BootstrapReplicate(
        table, training: training, drawn: drawn, plans: [plan],
        address: RandomAddress(seed: 1, replicate: number))
    }
    var tally = Tally("optimism_replicates.csv", "bootstrap replicates (R)")
    let columns: [(String, (BootstrapReplicate.ModelReplicate) -> Double?, Double)] = [
      ("auc_boot", { $0.bag.auc }, 1e-12), ("auc_orig", { $0.training.auc }, 1e-12),
      ("brier_boot", { $0.bag.brier }, 1e-7), ("brier_orig", { $0.training.brier }, 1e-7),
      ("slope_orig", { $0.training.calibration?.slope }, 1e-5),
      ("auc_oob", { $0.outOfBag?.auc }, 1e-12), ("brier_oob", { $0.outOfBag?.brier }, 1e-6),
      ("err_oob", { $0.outOfBag?.error }, 1e-12), ("n_oob", { Double($0.outOfBagRows.count) }, 0),
    ]
    for (name, value, tolerance) in columns {
      for (replicate, number) in zip(replicates, try expected.numbers(name)) {
        tally.check(try #require(value(replicate.models[0])), number, relative: tolerance, name)
      }
    }
    tally.report()
    let final = try fitModel(table, rows: training, plan: plan, address: .finalFit(seed: 1))
    let summary = try BootstrapSummary(
      of: replicates, model: 0, final: final, table: table, training: training, candidates: 4)
    try Self.check(summary, reference)
  }

  private static func check(_ summary: BootstrapSummary, _ reference: ReferenceJSON) throws {
    var tally = Tally("optimism.json", "optimism estimators (R)")
    let auc = try #require(summary.auc)
    tally.check(auc.apparent, reference.apparent.auc.double, relative: 1e-12)
    tally.check(auc.bag, reference.means.auc_boot.double, relative: 1e-12)
    tally.check(auc.training, reference.means.auc_orig.double, relative: 1e-12)
    tally.check(auc.outOfBag, reference.means.auc_oob.double, relative: 1e-12)
    tally.check(auc.optimismCorrected, reference.corrected.auc.double, relative: 1e-12)
    tally.check(auc.point632, reference.auc632["e632.auc"].double, relative: 1e-12)
    tally.check(auc.point632Plus, reference.auc632["e632plus.auc"].double, relative: 1e-12)
    tally.check(auc.weight, reference.auc632["w.auc"].double, relative: 1e-12)
    tally.check(auc.relativeOverfitting, reference.auc632["R.auc"].double, relative: 1e-10)
    let brier = try #require(summary.brier)
    tally.check(brier.apparent, reference.apparent.brier.double, relative: 1e-8)
    tally.check(brier.optimismCorrected, reference.corrected.brier.double, relative: 1e-8)
    tally.check(brier.noInformation, reference.brier632.gamma.double, relative: 1e-8)
    tally.check(brier.point632, reference.brier632["e632.brier"].double, relative: 1e-8)
    tally.check(brier.point632Plus, reference.brier632["e632plus.brier"].double, relative: 1e-8)
    let error = try #require(summary.error)
    tally.check(error.apparent, reference.error_apparent.double, relative: 1e-12)
    tally.check(error.noInformation, reference.error632.gamma.double, relative: 1e-12)
    tally.check(error.point632, reference.error632.e632.double, relative: 1e-12)
    tally.check(error.point632Plus, reference.error632.e632plus.double, relative: 1e-12)
    tally.check(try #require(summary.calibrationSlope), reference.corrected.slope.double, relative: 1e-6)
    let outOfBag = try #require(summary.outOfBagInterval)
    let shifted = try #require(summary.shiftedInterval)
    tally.check(outOfBag.lower, reference.ci.oob_percentile_type7[0].double, relative: 1e-12)
    tally.check(outOfBag.upper, reference.ci.oob_percentile_type7[1].double, relative: 1e-12)
    tally.check(shifted.lower, reference.ci.location_shifted[0].double, relative: 1e-12)
    tally.check(shifted.upper, reference.ci.location_shifted[1].double, relative: 1e-12)
    tally.report()
  }

  private static func indices() throws -> [[Int]] {
    try String(contentsOf: ReferenceData.file("statistics/optimism_indices0.csv"), encoding: .utf8)
      .split(whereSeparator: \.isNewline).map { line in
        try line.split(separator: ",").map { try #require(Int($0)) }
      }
  }
}
