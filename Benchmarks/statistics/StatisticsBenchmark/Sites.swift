import ArgumentParser
import ElementaryFunctions
import Foundation
import LinearAlgebra
import Statistics

/// How often a report would warn of a site where features differ: of honest sites, and of one that forges a feature.
struct Sites: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "False alarms and detection of features that differ at one site, as a table in Markdown.")

  @Option(help: "Simulated cohorts of each kind.") var datasets = 400
  @Option(help: "Adjusted p below which a report warns.") var level = SiteContrasts.level
  @Option(help: "Seed.") var seed: UInt64 = 13
  @Option(name: .shortAndLong, help: "Threads; the numbers do not depend on it.") var jobs = 2
  @Option(help: "Page whose block `sites` takes the table.") var page: String?

  struct Kind: Sendable {
    var label: String
    var rows = 150
    var sites = 4
    var features = 600
    /// The first site sees each value cubed and shifted, a scanner of its own.
    var isDistorted = false
    /// Cases are dropped from the first site until so few controls answer one case.
    var isUnbalanced = false
    /// Exponentials of the values, which have long tails.
    var isSkewed = false
    /// How many standard deviations one feature of the last site follows its outcome by.
    var forged: Double?
  }

  static let kinds = [
    Kind(label: "150 subjects, 4 sites"),
    Kind(label: "the same, 2 sites", sites: 2),
    Kind(label: "the same, 10 sites", sites: 10),
    Kind(label: "600 subjects, 4 sites", rows: 600),
    Kind(label: "150 subjects, skewed values", isSkewed: true),
    Kind(
      label: "150 subjects, one scanner distorts, one site has few cases", isDistorted: true,
      isUnbalanced: true),
    Kind(label: "600 subjects, the same", rows: 600, isDistorted: true, isUnbalanced: true),
    Kind(label: "150 subjects, 4 sites, forged by 2 standard deviations", forged: 2),
    Kind(label: "150 subjects, 4 sites, forged by 5", forged: 5),
    Kind(label: "150 subjects, 10 sites, forged by 5", sites: 10, forged: 5),
    Kind(label: "150 subjects, 2 sites, forged by 5", sites: 2, forged: 5),
    Kind(label: "600 subjects, 4 sites, forged by 2", rows: 600, forged: 2),
  ]

  func run() async throws {
    var lines = [
      "| cohort | warned | of | forged feature selected | warning names site and feature |",
      "|---|---|---|---|---|",
    ]
    print(lines.joined(separator: "\n"))
    for (index, kind) in Self.kinds.enumerated() {
      let results = try await results(kind, index: index)
      let forged = kind.forged == nil
      lines.append(
        "| \(kind.label) | \(results.count(where: \.hasWarning)) | \(results.count) | "
          + (forged ? "" : "\(results.count(where: \.isSelected))") + " | "
          + (forged ? "" : "\(results.count(where: \.isNamed))") + " |")
      print(lines[lines.count - 1])
    }
    if let page { try Page.replace("sites", with: lines.joined(separator: "\n"), in: page) }
  }

  private struct Result: Sendable {
    var hasWarning: Bool
    var isSelected: Bool
    var isNamed: Bool
  }

  private func results(_ kind: Kind, index: Int) async throws -> [Result] {
    let (seed, level) = (seed, level)
    return try await inOrder(datasets, threads: jobs) { number in
      let table = try Self.table(kind, seed: seed, number: 10_000 * index + number)
      let plan = ModelPlan(
        name: "sites",
        steps: [.mannWhitney(maximumP: 0.05), .correlation(.spearman, maximum: 0.9), .lasso(folds: 5)])
      let model = try fitModel(
        table, rows: table.allRows, plan: plan, address: .finalFit(seed: UInt64(number)))
      let others = table.featureNames.indices.filter { !model.features.contains($0) }
      guard let contrasts = SiteContrasts(table, selected: model.features, others: others) else {
        return Result(hasWarning: false, isSelected: model.features.contains(0), isNamed: false)
      }
      let found = (contrasts.selected + contrasts.others).filter { $0.adjustedP < level }
      return Result(
        hasWarning: !found.isEmpty, isSelected: model.features.contains(0),
        isNamed: found.contains {
          $0.contrast.feature == 0 && $0.contrast.site == table.siteNames.count - 1
        })
    }
  }

  private static func table(_ kind: Kind, seed: UInt64, number: Int) throws -> CohortTable {
    var simulation = SimulatedRadiomics()
    simulation.features = kind.features
    var rows = simulation.rows(kind.rows, seed: seed, number: number, sites: kind.sites)
    if kind.isUnbalanced {
      var seen = 0
      rows.removeAll { row in
        guard row.site == "S0", row.isPositive else { return false }
        seen += 1
        return seen % 4 != 0
      }
    }
    var stream = RandomStream(seed: seed, purpose: .split, replicate: number)
    let last = "S\(kind.sites - 1)"
    return try CohortTable(
      featureNames: simulation.featureNames,
      rows: rows.map { row in
        var values = row.values
        if kind.isDistorted, row.site == "S0" { values = values.map { 3 + 0.2 * $0 * $0 * $0 } }
        if kind.isSkewed { values = values.map { Elementary.exp(1.5 * $0) } }
        if let strength = kind.forged, row.site == last {
          values[0] = (row.isPositive ? strength : 0) + stream.normal()
        }
        return CohortTable.Row(
          caseName: row.caseName, subject: row.subject, site: row.site, isPositive: row.isPositive,
          values: values)
      })
  }
}
