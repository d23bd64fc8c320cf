import ArgumentParser
import ElementaryFunctions
import Foundation
import LinearAlgebra
import Statistics

/// How often a report calls something too good, or two subjects one image: of honest cohorts, and of planted leaks and copies.
struct Alarms: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "False alarms and detection of what is too good, and of copies, as a table in Markdown.")

  @Option(help: "Simulated cohorts of each kind.") var datasets = 200
  @Option(help: "Seed.") var seed: UInt64 = 17
  @Option(name: .shortAndLong, help: "Threads; the numbers do not depend on it.") var jobs = 2
  @Option(help: "Page whose block `alarms` takes the table.") var page: String?

  enum Plant: Sendable {
    case nothing
    /// Column 0 is the outcome plus noise of this standard deviation.
    case outcome(noise: Double)
    /// Column 0 is missing where there is no outcome.
    case missing
    /// Ten subjects stand in the table twice, with noise of this many standard deviations, rounded to so many digits.
    case copies(noise: Double, digits: Int)
  }

  struct Kind: Sendable {
    var label: String
    var rows = 150
    var features = 1_709
    var strength = 0.8
    /// Every feature of the first factor is exactly that factor, which then has a true AUC of about so much.
    var honestAUC: Double?
    var plant = Plant.nothing
    var isSkewed = false
  }

  static let kinds = [
    Kind(label: "no signal, 150 subjects, 1,709 features", strength: 0),
    Kind(label: "no signal, 40 subjects, 1,709 features", rows: 40, strength: 0),
    Kind(
      label: "no signal, 150 subjects, 10 features, long tails", features: 10, strength: 0, isSkewed: true),
    Kind(label: "signal, 150 subjects, 1,709 features"),
    Kind(label: "strong signal, 150 subjects, 1,709 features", strength: 3),
    Kind(label: "one honest feature of AUC 0.90, 150 subjects", strength: 0, honestAUC: 0.9),
    Kind(label: "one honest feature of AUC 0.95, 150 subjects", strength: 0, honestAUC: 0.95),
    Kind(label: "one honest feature of AUC 0.95, 40 subjects", rows: 40, strength: 0, honestAUC: 0.95),
    Kind(label: "one honest feature of AUC 0.97, 150 subjects", strength: 0, honestAUC: 0.97),
    Kind(label: "the outcome as a column", plant: .outcome(noise: 0)),
    Kind(label: "the outcome with noise of 0.1", plant: .outcome(noise: 0.1)),
    Kind(label: "the outcome with noise of 0.2", plant: .outcome(noise: 0.2)),
    Kind(label: "the outcome with noise of 0.3", plant: .outcome(noise: 0.3)),
    Kind(label: "the outcome with noise of 0.2, 40 subjects", rows: 40, plant: .outcome(noise: 0.2)),
    Kind(label: "a column that is missing without the outcome", plant: .missing),
    Kind(label: "ten copies", plant: .copies(noise: 0, digits: 17)),
    Kind(label: "ten copies, rounded to three digits", plant: .copies(noise: 0, digits: 3)),
    Kind(label: "ten copies, noise of 1 % of a standard deviation", plant: .copies(noise: 0.01, digits: 17)),
    Kind(label: "ten copies, noise of 5 %", plant: .copies(noise: 0.05, digits: 17)),
    Kind(
      label: "ten copies, 10 features, noise of 1 %", features: 10, plant: .copies(noise: 0.01, digits: 17)),
  ]

  func run() async throws {
    var lines = [
      "| cohort | of | a feature too good | a model too good | subjects called alike | the planted one named, or all copies |",
      "|---|---|---|---|---|---|",
    ]
    print(lines.joined(separator: "\n"))
    for (index, kind) in Self.kinds.enumerated() {
      let results = try await inOrder(datasets, threads: jobs) { [seed] number in
        try Self.result(kind, seed: seed, number: 10_000 * index + number)
      }
      var isPlanted = true
      if case .nothing = kind.plant { isPlanted = false }
      lines.append(
        "| \(kind.label) | \(results.count) | \(results.count(where: \.feature)) | \(results.count(where: \.model)) | "
          + "\(results.count(where: \.alike)) | \(isPlanted ? "\(results.count(where: \.isNamed))" : "") |")
      print(lines[lines.count - 1])
    }
    if let page { try Page.replace("alarms", with: lines.joined(separator: "\n"), in: page) }
  }

  private struct Result: Sendable {
    var feature: Bool
    var model: Bool
    var alike: Bool
    var isNamed: Bool
  }

  private static func result(_ kind: Kind, seed: UInt64, number: Int) throws -> Result {
    let (table, copies) = try table(kind, seed: seed, number: number)
    let split = try Split(table, testShare: 0.3, seed: UInt64(number))
    let found = table.perfectPredictors(in: split)
    let plan = ModelPlan(
      name: "Rad",
      steps: [.mannWhitney(maximumP: 0.05), .correlation(.spearman, maximum: 0.9), .lasso(folds: 5)])
    let model = try fitModel(
      table, rows: split.training, plan: plan, address: .finalFit(seed: UInt64(number)))
    let alike = LikeRows(table)
    let isNamed =
      copies.isEmpty ? found.contains { $0.feature == 0 } : alike.groups == copies.map { [$0, $0 + 1] }
    return Result(
      feature: !found.isEmpty, model: isTooGood(model, table, split), alike: !alike.groups.isEmpty,
      isNamed: isNamed)
  }

  /// The rule of the audit's line `models_too_good`.
  private static func isTooGood(_ model: FittedModel, _ table: CohortTable, _ split: Split) -> Bool {
    func test(_ rows: [Int]) -> MannWhitney? {
      MannWhitney(model.probabilities(of: table, rows: rows), positives: rows.map { table.positives[$0] })
    }
    guard let own = test(split.training), let other = test(split.test) else { return false }
    return own.auc >= PerfectPredictor.leastAUC && other.auc >= PerfectPredictor.leastAUC
      && other.p < PerfectPredictor.chance
  }

  /// A cohort, and the rows that the next one copies.
  private static func table(_ kind: Kind, seed: UInt64, number: Int) throws -> (CohortTable, copies: [Int]) {
    var simulation = SimulatedRadiomics()
    (simulation.features, simulation.strength) = (kind.features, kind.strength)
    var rows = simulation.rows(kind.rows, seed: seed, number: number)
    var stream = RandomStream(seed: seed, purpose: .split, replicate: number)
    let distance = kind.honestAUC.map { 2.0.squareRoot() * NormalDistribution.quantile($0) }
    rows = rows.map { row in
      var values = row.values
      if kind.isSkewed { values = values.map { Elementary.exp(2 * $0) } }
      if let distance { values[0] = (row.isPositive ? distance : 0) + stream.normal() }
      switch kind.plant {
      case .nothing, .copies: break
      case .outcome(let noise): values[0] = (row.isPositive ? 1 : 0) + noise * stream.normal()
      case .missing: if !row.isPositive { values[0] = .nan }
      }
      return with(values, row, name: row.caseName)
    }
    var copies: [Int] = []
    if case .copies(let noise, let digits) = kind.plant {
      for place in 0..<10 {
        // Names are in order, so that a copy's row follows its original's.
        let values = rows[2 * place].values.map { rounded($0 + noise * stream.normal(), digits) }
        rows.append(with(values, rows[2 * place], name: rows[2 * place].caseName + "b"))
        copies.append(3 * place)
      }
    }
    return (try CohortTable(featureNames: simulation.featureNames, rows: rows), copies)
  }

  private static func rounded(_ value: Double, _ digits: Int) -> Double {
    digits >= 17 ? value : Double(String(format: "%.\(digits - 1)e", value)) ?? value
  }

  private static func with(_ values: [Double], _ row: CohortTable.Row, name: String) -> CohortTable.Row {
    CohortTable.Row(caseName: name, subject: name, site: row.site, isPositive: row.isPositive, values: values)
  }
}
