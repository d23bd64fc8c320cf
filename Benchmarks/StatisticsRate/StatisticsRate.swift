import DelimitedText
import Foundation
import LinearAlgebra
import Statistics

/// Times of the statistics on a table of `id,site,y` and features, one thread, as lines of a name and seconds; the
/// scripts in `Benchmarks/statistics` time R on the same table.
@main
struct StatisticsRate {
  static func main() throws {
    guard CommandLine.arguments.count == 2 else {
      print("usage: statistics-rate TABLE.csv   (columns id, site, y, then features)")
      exit(64)
    }
    let url = URL(fileURLWithPath: CommandLine.arguments[1])
    let (table, outcomes) = try read(url)
    let rows = Array(0..<table.rowCount)
    print("table\t\(table.rowCount) x \(table.featureCount)")
    try time("replicate", times: 20) { number in
      _ = try BootstrapReplicate(
        table, training: rows, plans: [plan], address: RandomAddress(seed: 20_240_607, replicate: number))
    }
    try time("outer replicate with 5 inner", times: 1) { _ in
      _ = try OuterReplicate(table, training: rows, plans: [plan], seed: 20_240_607, number: 1, inner: 5)
    }
    let folds = rows.map { $0 % 10 }
    try time("lasso path and 10-fold CV", times: 5) { _ in
      _ = try CrossValidatedPath(
        features: table.features, outcomes: outcomes, weights: rows.map { _ in 1 }, folds: folds)
    }
    time("1,000 stratified bootstrap AUCs", times: 5) { number in
      _ = StratifiedBootstrap(
        table.features.column(0), positives: table.positives, replicates: 1_000, seed: UInt64(number))
    }
    let columns = (0..<table.featureCount).map { table.features.column($0) }
    time("Spearman matrix", times: 1) { _ in _ = Correlation.matrix(of: columns, kind: .spearman) }
  }

  /// The plan of the study that this was built for.
  static let plan = ModelPlan(
    name: "Rad", steps: [.mannWhitney(maximumP: 0.05), .correlation(.spearman, maximum: 0.9), .lasso()])

  static func time(_ name: String, times: Int, _ body: (Int) throws -> Void) rethrows {
    let clock = ContinuousClock()
    let duration = try clock.measure { for number in 0..<times { try body(number) } }
    let seconds = duration / .seconds(1) / Double(times)
    print("\(name)\t\(seconds)")
  }

  static func read(_ url: URL) throws -> (CohortTable, [Double]) {
    let text = try DelimitedTable(parsing: Array(Data(contentsOf: url)), label: url.lastPathComponent)
    let table = try CohortTable(
      featureNames: Array(text.header[3...]),
      rows: text.rows.enumerated().map { number, record in
        CohortTable.Row(
          caseName: String(100_000 + number), subject: String(100_000 + number), site: record.fields[1],
          isPositive: record.fields[2] == "1", values: record.fields[3...].map { Double($0) ?? .nan })
      })
    return (table, table.positives.map { $0 ? 1 : 0 })
  }
}
