import ArgumentParser
import Foundation
import LinearAlgebra
import Statistics

/// How often 95 % intervals hold a truth that is known because the data are simulated.
struct Coverage: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Coverage of each 95 % interval over many simulated studies, as a table in Markdown.")

  @Option(help: "Simulated studies of each kind.") var studies = 4_000
  @Option(help: "Simulated studies for the two-stage bootstrap, which takes seconds for each.") var twoStage =
    400
  @Option(help: "Seed.") var seed: UInt64 = 95
  @Option(name: .shortAndLong, help: "Threads; the numbers do not depend on it.") var jobs = 2
  @Option(help: "Only kinds of study whose name contains this.") var only: String?
  @Option(help: "Minutes after which no further study of a kind is begun; the row says how many there were.")
  var minutes: Double?
  @Option(help: "Page whose block `coverage` takes the table, or the rows of some kinds of study.") var page:
    String?

  func run() async throws {
    var lines = [Tally.header]
    for (index, scenario) in Scenario.all.enumerated() {
      if let only, !scenario.name.contains(only) { continue }
      lines += try await tallies(scenario, index: index).map(\.row)
      print(lines[(lines.count - scenario.intervals.count)...].joined(separator: "\n"))
      fflush(nil)
    }
    guard let page else { return }
    if only == nil {
      try Page.replace("coverage", with: lines.joined(separator: "\n"), in: page)
    } else {
      try Page.merge("coverage", rows: Array(lines.dropFirst()), in: page)
    }
  }

  private func tallies(_ scenario: Scenario, index: Int) async throws -> [Tally] {
    let (seed, run) = (seed, scenario.run)
    let outcomes = try await inOrder(
      scenario.isSlow ? twoStage : studies, threads: jobs, minutes: minutes
    ) { study in
      var stream = RandomStream(seed: seed, purpose: .synthesis, replicate: study, stratum: index)
      return try run(&stream, study)
    }
    precondition(
      outcomes.allSatisfy { $0.count == scenario.intervals.count }, "one outcome for each interval")
    return scenario.intervals.enumerated().map { place, interval in
      var tally = Tally(interval, scenario.name)
      for outcome in outcomes { tally.add(outcome[place].interval, truth: outcome[place].truth) }
      return tally
    }
  }
}

/// One kind of simulated study and the intervals that it gives.
struct Scenario: Sendable {
  struct Outcome: Sendable {
    /// `nil` where the interval is not defined.
    let interval: (lower: Double, upper: Double)?
    let truth: Double

    init(_ interval: Interval?, truth: Double) {
      (self.interval, self.truth) = (interval.map { ($0.lower, $0.upper) }, truth)
    }
  }

  let name: String
  let intervals: [String]
  var isSlow = false
  /// One outcome for each interval.
  let run: @Sendable (inout RandomStream, _ study: Int) throws -> [Outcome]

  /// Cases and controls of the test part of the study that this project was built for, and of the whole of it.
  static let small = (cases: 21, controls: 24)
  static let whole = (cases: 70, controls: 80)

  static let all: [Scenario] =
    tests + models + predictions + survival + primaries + floors
    + concordances + risks + survivalControls + primaryConcordances

  /// Of the primary result and of the two-stage bootstrap; at the end, so that the random numbers of the others stay.
  private static let primaries: [Scenario] = {
    let designs = [
      (40, 20, false), (60, 60, false), (105, 200, false), (150, 1_709, false), (150, 1_709, true),
    ]
    func each(_ scenario: (Int, Int, Double, Bool) -> Scenario) -> [Scenario] {
      designs.flatMap { rows, features, isLasso in
        [0.0, 0.8].map { scenario(rows, features, $0, isLasso) }
      }
    }
    let whole = each { primary(rows: $0, features: $1, strength: $2, isLasso: $3) }
    let elsewhere = each { primaryElsewhere(rows: $0, features: $1, strength: $2, isLasso: $3) }
    let differences = each { rows, features, strength, _ in
      primaryDifference(rows: rows, features: features, strength: strength)
    }.prefix(6)
    let small = [0.5, 0.8, 0.95].map { smallArea(of: $0, (6, 6)) }
    return whole + elsewhere + differences + small
  }()

  private static let floors: [Scenario] = [(60, 0.0), (60, 1), (120, 0)].map {
    twoStageFloor(rows: $0, strength: $1)
  }

  private static let tests: [Scenario] = [small, whole].flatMap { size -> [Scenario] in
    var scenarios = [0.75, 0.9, 0.95].map { area(of: $0, size) }
    scenarios += [0.8, 0.9].map { difference($0, 0.8, size) }
    scenarios += [0.8, 0.95].map { proportion($0, of: size.cases) }
    return scenarios
  }

  private static let models: [Scenario] = {
    var scenarios: [Scenario] = []
    for rows in [45, 150, 500] {
      for slope in [1.0, 0.5] { scenarios.append(calibration(slope: slope, rows: rows)) }
    }
    for sites in [4, 6, 10] {
      for deviation in [0.0, 0.4] { scenarios.append(pooling(sites: sites, deviation: deviation)) }
    }
    return scenarios + [pipeline(rows: 60), pipeline(rows: 120)] + [
      crossValidated(rows: 60, features: 8, strength: 1),
      crossValidated(rows: 60, features: 100, strength: 0),
      crossValidated(rows: 105, features: 200, strength: 0.8),
      crossValidated(rows: 150, features: 1_709, strength: 0),
    ]
  }()

  private static let predictions: [Scenario] =
    [small, whole].flatMap { size -> [Scenario] in
      [unpaired(0.9, 0.8, size)] + [false, true].map { trainedCutoff(size, isShareDrawn: $0) }
        + [1, 2].map { probabilities(spread: $0, size) } + [reclassification(size)]
    } + [4, 10].map(pooledCalibration)
    + [images(small, isMixed: false), images(whole, isMixed: false), images(whole, isMixed: true)]
}
