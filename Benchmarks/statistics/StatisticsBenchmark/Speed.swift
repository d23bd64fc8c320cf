import ArgumentParser
import Foundation
import LinearAlgebra
import Statistics

/// Processor seconds of the routines that a study spends its time in, one thread, for `Benchmarks/statistics/speed`.
struct Speed: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Time the routines; prints one line of JSON for each, seconds of every repetition.")

  @Option(help: "Feature table with columns id, y, site.") var table: String
  @Option(help: "Name of the table in the output.") var name: String
  @Option(help: "Repetitions.") var repetitions = 5
  @Option(help: "Also write resamples and folds to this file, for another program to repeat.") var exchange:
    String?
  @Option(help: "Only tasks whose name contains this.") var only: String?

  func run() throws {
    let table = try FeatureTableFile(table, outcome: "y", site: "site", subject: nil).table()
    let outcomes = table.positives.map { $0 ? 1.0 : 0 }
    let weights = outcomes.map { _ in 1.0 }
    let address = RandomAddress(seed: 7, replicate: 0)
    guard let folds = Folds.stratified(count: 10, of: table.allRows, in: table, address: address) else {
      throw ValidationError("\(self.table): too few subjects for ten folds")
    }
    if let exchange {
      try ReplicateExchange(table, plan: .screenPruneLasso, seed: 7, count: repetitions, folds: folds)
        .write(to: exchange)
    }
    try time("LASSO path") { _ in
      _ = try elasticNetPath(features: table.features, outcomes: outcomes)
    }
    try time("10-fold CV") { _ in
      _ = try CrossValidatedPath(
        features: table.features, outcomes: outcomes, weights: weights, folds: folds)
    }
    try time("bootstrap replicate") { number in
      _ = try BootstrapReplicate(
        table, training: table.allRows, plans: [.screenPruneLasso],
        address: RandomAddress(seed: 7, replicate: number))
    }
    let scores = table.features.column(0)
    try time("1,000 stratified bootstrap AUCs") { number in
      let bootstrap = StratifiedBootstrap(
        scores, positives: table.positives, replicates: 1_000, seed: UInt64(number))
      guard bootstrap?.percentileInterval() != nil else { throw ValidationError("one outcome only") }
    }
    let columns = (0..<table.featureCount).map(table.features.column)
    try time("Spearman matrix") { _ in _ = Correlation.matrix(of: columns, kind: .spearman) }
    try time("Pearson matrix") { _ in _ = Correlation.matrix(of: columns, kind: .pearson) }
  }

  private func time(_ task: String, _ work: (Int) throws -> Void) throws {
    if let only, !task.contains(only) { return }
    var seconds: [Double] = []
    for repetition in 0..<repetitions {
      let before = processorSeconds()
      try work(repetition)
      seconds.append(processorSeconds() - before)
    }
    let line: [String: Any] = ["task": task, "table": name, "seconds": seconds]
    let data = try JSONSerialization.data(withJSONObject: line, options: .sortedKeys)
    print(String(decoding: data, as: UTF8.self))
  }
}

/// Processor time of this process in all its threads.
func processorSeconds() -> Double {
  var time = timespec()
  unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

extension ModelPlan {
  /// Mann-Whitney 0.05, |Spearman| 0.9, LASSO by ten folds, ridge: the steps that `speed.R` repeats.
  static let screenPruneLasso = ModelPlan(
    name: "replicate",
    steps: [.mannWhitney(maximumP: 0.05), .correlation(.spearman, maximum: 0.9), .lasso()])
}
