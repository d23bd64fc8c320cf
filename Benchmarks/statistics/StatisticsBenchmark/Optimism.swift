import ArgumentParser
import Foundation
import LinearAlgebra
import Statistics

/// How far the estimates of a model's AUC on new subjects are off, over simulated data sets.
struct Optimism: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Bias of apparent, Harrell's, .632, .632+ and out-of-bag AUC, as a table in Markdown.")

  @Option(help: "Simulated data sets of each kind.") var datasets = 200
  @Option(help: "Bootstrap replicates of each data set.") var replicates = 40
  @Option(help: "Seed.") var seed: UInt64 = 632
  @Option(name: .shortAndLong, help: "Threads; the numbers do not depend on it.") var jobs = 2
  @Option(help: "Page whose block `optimism` takes the table.") var page: String?

  /// Rows, features, and how strongly two of twelve features, or three of forty hidden factors, drive the outcome.
  static let kinds: [(rows: Int, features: Int, strength: Double)] = [
    (105, 12, 0.8), (105, 12, 0), (300, 12, 0.8), (105, 1_709, 0.8), (105, 1_709, 0),
  ]
  static let names = ["apparent", "Harrell", ".632", ".632+", "out of bag"]

  func run() async throws {
    var lines = [
      "| n, p | true AUC (mean) | estimate | mean | bias | ± | root mean square error |",
      "|---|---|---|---|---|---|---|",
    ]
    print(lines.joined(separator: "\n"))
    for (index, kind) in Self.kinds.enumerated() {
      let results = try await results(kind, index: index)
      var truth = MeanTally()
      for result in results { truth.add(result.truth) }
      for (place, name) in Self.names.enumerated() {
        var (value, bias, squared) = (MeanTally(), MeanTally(), MeanTally())
        for result in results {
          value.add(result.estimates[place])
          bias.add(result.estimates[place] - result.truth)
          squared.add((result.estimates[place] - result.truth) * (result.estimates[place] - result.truth))
        }
        lines.append(
          String(
            format: "| %d, %d | %.3f | %@ | %.3f | %+.3f | %.3f | %.3f |", kind.rows, kind.features,
            truth.value,
            name, value.value, bias.value, bias.error, squared.value.squareRoot()))
        print(lines[lines.count - 1])
      }
    }
    if let page { try Page.replace("optimism", with: lines.joined(separator: "\n"), in: page) }
  }

  private struct Result: Sendable {
    let truth: Double
    let estimates: [Double]
  }

  private func results(_ kind: (rows: Int, features: Int, strength: Double), index: Int) async throws
    -> [Result]
  {
    var simulation = SimulatedRadiomics()
    simulation.features = kind.features
    if kind.features < 40 { (simulation.factors, simulation.causes) = (kind.features, 2) }
    simulation.strength = kind.strength
    let (cohort, seed, replicates) = (simulation, seed, replicates)
    return try await inOrder(datasets, threads: jobs) { number in
      let stream = 10_000 * index + number
      let table = try CohortTable(
        featureNames: cohort.featureNames, rows: cohort.rows(kind.rows, seed: seed, number: stream))
      let (rows, address) = (table.allRows, RandomAddress.finalFit(seed: UInt64(stream)))
      let plan = ModelPlan.screenPruneLasso
      let final = try fitModel(table, rows: rows, plan: plan, address: address)
      let bags = try (0..<replicates).map {
        try BootstrapReplicate(
          table, training: rows, plans: [plan],
          address: RandomAddress(seed: UInt64(stream), replicate: $0))
      }
      let summary = try BootstrapSummary(
        of: bags, model: 0, final: final, table: table, training: rows, candidates: table.featureCount)
      guard let auc = summary.auc else { throw ValidationError("data set \(number): no AUC out of bag") }
      return Result(
        truth: cohort.trueAUC(of: final, cases: 10_000, seed: seed + 1, number: stream),
        estimates: [auc.apparent, auc.optimismCorrected, auc.point632, auc.point632Plus, auc.outOfBag])
    }
  }
}
