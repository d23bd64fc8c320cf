import ArgumentParser
import ElementaryFunctions
import Foundation
import LinearAlgebra
import Statistics

/// How often a model is said to be no better than a control, of cohorts of which the truth is known.
struct Controls: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "How often `no_better_than_control` is told, rightly and wrongly, as a table in Markdown.")

  @Option(help: "Simulated cohorts of each kind.") var datasets = 100
  @Option(help: "Subjects of each.") var rows = 150
  @Option(help: "Replicates of each.") var replicates = 50
  @Option(help: "Seed.") var seed: UInt64 = 23
  @Option(name: .shortAndLong, help: "Threads; the numbers do not depend on it.") var jobs = 2
  @Option(help: "Page whose block `controls` takes the table.") var page: String?

  enum Part: String, CaseIterable {
    case test = "test part (30 %)"
    case outOfBag = "out of bag"
  }

  func run() async throws {
    var lines = [
      "| the outcome is told by | evaluated on | of | volume | shuffled | beside | permuted | told of any |",
      "|---|---|---|---|---|---|---|---|",
    ]
    print(lines.joined(separator: "\n"))
    for (index, truth) in ControlledCohort.Truth.allCases.enumerated() {
      for part in Part.allCases {
        let unbeaten = try await inOrder(datasets, threads: jobs) { [seed, rows, replicates] number in
          try ControlledCohort(truth, rows: rows, seed: seed, number: 10_000 * index + number)
            .unbeaten(on: part, replicates: replicates)
        }
        let counts = (0..<4).map { control in "\(unbeaten.count { $0[control] })" }
        lines.append(
          "| \(truth.rawValue) | \(part.rawValue) | \(unbeaten.count) | \(counts.joined(separator: " | ")) | "
            + "\(unbeaten.count { $0.contains(true) }) |")
        print(lines[lines.count - 1])
      }
    }
    if let page { try Page.replace("controls", with: lines.joined(separator: "\n"), in: page) }
  }
}

/// A made-up cohort whose features are of shape, histogram and texture, with what its controls would be.
///
/// Ten features of shape, the first of them the volume, 20 of the histogram and 60 of texture; those of a class share three
/// hidden factors. Shuffled voxels keep shape and histogram and have textures that depend on the histogram alone; a region beside
/// keeps the shape, and its histogram and texture share with the region's own what the scanner makes of both.
struct ControlledCohort {
  enum Truth: String, CaseIterable, Sendable {
    case texture = "texture, strongly"
    case weakTexture = "texture, weakly"
    case volume = "volume"
    case histogram = "histogram"
    case scanner = "scanner"
    case nothing = "nothing"
  }

  private let tables: [CohortTable]
  private let seed: UInt64

  private static let (shape, histogram, texture) = (10, 20, 60)

  init(_ truth: Truth, rows: Int, seed: UInt64, number: Int) throws {
    var stream = RandomStream(seed: seed, purpose: .synthesis, replicate: number)
    var tables = [[CohortTable.Row]](repeating: [], count: 3)
    for index in 0..<rows {
      func factors() -> [Double] { (0..<3).map { _ in stream.normal() } }
      let (shape, histogram, texture, scanner, tissue) = (
        factors(), factors(), factors(), factors(), factors()
      )
      let logit: Double =
        switch truth {
        case .texture: 1.5 * texture.reduce(0, +)
        case .weakTexture: 0.7 * texture.reduce(0, +)
        case .volume: 1.5 * shape[0]
        case .histogram: 1.2 * histogram.reduce(0, +)
        case .scanner: 1.2 * scanner.reduce(0, +)
        case .nothing: 0
        }
      let isPositive = stream.uniform() < 1 / (1 + Elementary.exp(-logit))
      func columns(_ count: Int, _ hidden: [Double]) -> [Double] {
        (0..<count).map { 0.8 * hidden[$0 % 3] + 0.6 * stream.normal() }
      }
      func mixed(_ own: [Double]) -> [Double] { zip(own, scanner).map { 0.9 * $0 + 0.436 * $1 } }
      // The volume is what it is: it has no noise.
      let outline = [shape[0]] + columns(Self.shape - 1, shape)
      let levels = columns(Self.histogram, mixed(histogram))
      let values = [
        outline + levels + columns(Self.texture, mixed(texture)),
        outline + levels + columns(Self.texture, mixed(histogram)),
        outline + columns(Self.histogram, mixed(tissue)) + columns(Self.texture, mixed(tissue.reversed())),
      ]
      let name = String(100_000 + index)
      for (place, values) in values.enumerated() {
        tables[place].append(
          CohortTable.Row(
            caseName: name, subject: name, site: "S\(index % 3)", isPositive: isPositive, values: values))
      }
    }
    let names = (0..<Self.shape + Self.histogram + Self.texture).map { "f\(100 + $0)" }
    self.tables = try tables.map { try CohortTable(featureNames: names, rows: $0) }
    self.seed = UInt64(number)
  }

  private static let plan = ModelPlan(
    name: "Rad",
    steps: [.mannWhitney(maximumP: 0.05), .correlation(.spearman, maximum: 0.9), .lasso(folds: 5)])
  private static let volumePlan = ModelPlan(name: "Rad", features: .named(["f100"]), steps: [])

  /// Plan and table of volume, shuffled voxels and region beside.
  private var controls: [(plan: ModelPlan, table: CohortTable)] {
    [(Self.volumePlan, tables[0]), (Self.plan, tables[1]), (Self.plan, tables[2])]
  }

  /// Whether the interval of the difference to each control holds 0 or less.
  func unbeaten(on part: Controls.Part, replicates: Int) throws -> [Bool] {
    switch part {
    case .test: try onTestPart(replicates)
    case .outOfBag: try outOfBag(replicates)
    }
  }

  private func onTestPart(_ replicates: Int) throws -> [Bool] {
    let split = try Split(tables[0], testShare: 0.3, seed: seed)
    let positives = split.test.map { tables[0].positives[$0] }
    func probabilities(_ plan: ModelPlan, _ table: CohortTable) throws -> [Double] {
      try fitModel(table, rows: split.training, plan: plan, address: .finalFit(seed: seed))
        .probabilities(of: table, rows: split.test)
    }
    let own = try probabilities(Self.plan, tables[0])
    guard let model = DeLong(own, positives: positives) else { return [false, false, false, false] }
    let unbeaten = try controls.map { control in
      guard let other = DeLong(try probabilities(control.plan, control.table), positives: positives) else {
        return false
      }
      return model.paired(with: other).interval.lower <= 0
    }
    let permuted = try (0..<replicates).compactMap { number in
      let address = RandomAddress(seed: seed, replicate: number)
      return try ControlReplicate.area(
        of: Self.plan, fittedTo: tables[0].permutingOutcomes(of: split.training, address: address),
        rows: split.training,
        on: (
          tables[0].permutingOutcomes(
            of: split.test, address: RandomAddress(seed: seed, replicate: 0x8000_0000 + number)), split.test
        ), address: address)
    }
    let found = PermutationDifference(model.auc, model.logitInterval(), over: permuted)
    return unbeaten + [found.map { $0.interval.lower <= 0 } ?? false]
  }

  private func outOfBag(_ replicates: Int) throws -> [Bool] {
    let rows = Array(0..<tables[0].rowCount)
    func areas(_ plan: ModelPlan, _ table: (RandomAddress) -> CohortTable) throws -> [Double?] {
      try (0..<replicates).map { number in
        let address = RandomAddress(seed: seed, replicate: number)
        return try ControlReplicate.outOfBagArea(
          table(address), drawnAs: tables[0], training: rows, plan: plan, address: address)
      }
    }
    let own = try areas(Self.plan) { _ in tables[0] }
    let others =
      try controls.map { control in try areas(control.plan) { _ in control.table } }
      + [areas(Self.plan) { tables[0].permutingOutcomes(of: rows, address: $0) }]
    return others.map { ReplicateDifference(own, minus: $0).map { $0.interval.lower <= 0 } ?? false }
  }
}
