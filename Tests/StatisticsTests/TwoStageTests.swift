import Foundation
import LinearAlgebra
import Statistics
import TestSupport
import Testing

private func storedIndices(_ file: String) throws -> [[Int]] {
  try String(contentsOf: ReferenceData.file("statistics/\(file)"), encoding: .utf8)
    .split(whereSeparator: \.isNewline).map { line in
      try line.split(separator: ",").map { try #require(Int($0)) }
    }
}

@Suite struct `Accelerated intervals from stored resamples` {
  @Test(.enabled(if: ReferenceData.isPresent, ReferenceData.absence))
  func `2,000 stratified resamples of an AUC agree`() throws {
    let table = try ReferenceTable("data/asah.csv")
    let reference = try ReferenceJSON.load("asah_s100b_bca.json")
    let (scores, positives) = (try table.numbers("s100b"), try table.numbers("poor").map { $0 == 1 })
    let auc = try #require(areaUnderCurve(scores, positives: positives))
    var tally = Tally("asah_s100b_bca.json", "BCa of an AUC from stored indices (R)")
    let replicates = try storedIndices("asah_bca_indices0.csv").map { rows in
      try #require(areaUnderCurve(rows.map { scores[$0] }, positives: rows.map { positives[$0] }))
    }
    for (value, expected) in zip(replicates, reference.t.doubles) {
      tally.check(value, expected, relative: 1e-12)
    }
    let jackknife = try scores.indices.map { left in
      let rows = scores.indices.filter { $0 != left }
      return try #require(areaUnderCurve(rows.map { scores[$0] }, positives: rows.map { positives[$0] }))
    }
    for (value, expected) in zip(jackknife, reference.jackknife.doubles) {
      tally.check(value, expected, relative: 1e-12)
    }
    tally.check(
      acceleration(ofInfluences: influences(ofJackknife: jackknife)), reference.a_onesample.double,
      relative: 1e-10, "acceleration")
    let stratified = try #require(StratifiedBootstrap(scores, positives: positives, replicates: 1, seed: 1))
    tally.check(stratified.acceleration, reference.a_stratified.double, relative: 1e-10, "acceleration")
    let accelerated = try #require(
      Interval(acceleratedFor: auc, replicates: replicates, acceleration: stratified.acceleration))
    let percentile = try #require(Interval(percentilesOf: replicates))
    for (interval, expected) in [(accelerated, reference.bca_type7), (percentile, reference.perc_type7)] {
      tally.check(interval.lower, expected[0].double, relative: 1e-10, "lower")
      tally.check(interval.upper, expected[1].double, relative: 1e-10, "upper")
    }
    tally.report()
  }

  @Test(.enabled(if: ReferenceData.isPresent, ReferenceData.absence))
  func `1,999 resamples of a ratio agree with boot`() throws {
    let table = try ReferenceTable("data/boot_city.csv")
    let reference = try ReferenceJSON.load("boot_city_bca.json")
    let (u, x) = (try table.numbers("u"), try table.numbers("x"))
    func ratio(_ rows: [Int]) -> Double { rows.reduce(0) { $0 + x[$1] } / rows.reduce(0) { $0 + u[$1] } }
    let replicates = try storedIndices("boot_city_indices0.csv").map(ratio)
    var tally = Tally("boot_city_bca.json", "BCa of a ratio from stored indices (boot)")
    for (value, expected) in zip(replicates, reference.t.doubles) {
      tally.check(value, expected, relative: 1e-12)
    }
    let center = ratio(Array(x.indices))
    let jackknife = influences(
      ofJackknife: x.indices.map { left in ratio(x.indices.filter { $0 != left }) }, around: center)
    for (value, expected) in zip(jackknife, reference.L_jack.doubles) {
      tally.check(value, expected, relative: 1e-11, "jackknife")
    }
    tally.check(
      acceleration(ofInfluences: jackknife), reference.a_jack.double, relative: 1e-10, "acceleration")
    // boot differentiates numerically: its influences, not the exact ones, give its acceleration.
    let a = acceleration(ofInfluences: reference.L_inf.doubles)
    tally.check(a, reference.a_inf.double, relative: 1e-10, "acceleration")
    // boot counts only replicates below the estimate, and none of those equal to it by half.
    let raised = replicates.map { $0 == center ? center.nextUp : $0 }
    let interval = try #require(Interval(acceleratedFor: center, replicates: raised, acceleration: a))
    tally.check(interval.lower, reference.bca_type7_inf[0].double, relative: 1e-10, "lower")
    tally.check(interval.upper, reference.bca_type7_inf[1].double, relative: 1e-10, "upper")
    tally.report()
  }

  @Test func `replicates on one side have no accelerated interval`() {
    #expect(Interval(acceleratedFor: 0, replicates: [1, 2, 3], acceleration: 0) == nil)
    #expect(acceleration(ofInfluences: [0, 0]) == 0)
  }
}

@Suite struct `Two-stage bootstrap` {
  private static func outer(_ table: CohortTable, _ numbers: ClosedRange<Int>, inner: Int = 6) throws
    -> [OuterReplicate]
  {
    try numbers.map {
      try OuterReplicate(
        table, training: table.allRows, plans: [.short], seed: 17, number: $0, inner: inner)
    }
  }

  @Test func `an outer replicate is the same alone and after JSON`() throws {
    let table = try syntheticTable()
    let together = try Self.outer(table, 1...3)
    let alone = try Self.outer(table, 3...3)[0]
    #expect(together[2] == alone && together[0] != together[1])
    let decoded = try JSONDecoder().decode(OuterReplicate.self, from: JSONEncoder().encode(alone))
    #expect(decoded == alone)
  }

  /// The same by hand: draw, draw again from what was drawn, fit, and take the .632+ of the replicates.
  @Test func `its estimates are those of a bootstrap of the outer sample`() throws {
    let table = try syntheticTable(imagesPerSubject: 2)
    let strata = SubjectStrata(of: table, rows: table.allRows).strata
    func draw(_ strata: [[Int]], _ replicate: Int) -> [[Int]] {
      strata.enumerated().map { stratum, subjects in
        var stream = RandomStream(seed: 17, purpose: .resample, replicate: replicate, stratum: stratum)
        return subjects.map { _ in subjects[stream.index(below: subjects.count)] }
      }
    }
    func rows(_ strata: [[Int]]) -> [Int] {
      strata.joined().flatMap { subject in table.allRows.filter { table.subjects[$0] == subject } }.sorted()
    }
    let outer = draw(strata, 2 * 65_536)
    let sample = rows(outer)
    let replicates = try (1...5).map { inner in
      let address = RandomAddress(seed: 17, replicate: 2 * 65_536 + inner)
      return try BootstrapReplicate(
        table, training: sample, drawn: rows(draw(outer, 2 * 65_536 + inner)), plans: [.short],
        address: address)
    }
    let final = try fitModel(
      table, rows: sample, plan: .short, address: RandomAddress(seed: 17, replicate: 2 * 65_536))
    let expected = try BootstrapSummary(
      of: replicates, model: 0, final: final, table: table, training: sample, candidates: 12)
    let result = try OuterReplicate(
      table, training: table.allRows, plans: [.short], seed: 17, number: 2, inner: 5)
    #expect(result.models[0].auc == expected.auc && expected.auc != nil)
    for replicate in replicates {
      let drawn = Set(rows(draw(outer, replicate.number)).map { table.subjects[$0] })
      #expect(replicate.models[0].outOfBagRows.allSatisfy { !drawn.contains(table.subjects[$0]) })
    }
  }

  @Test func `the summary gives percentiles over outer replicates`() throws {
    let replicates = try Self.outer(try syntheticTable(), 1...8)
    let summary = try TwoStageSummary(of: replicates, model: 0)
    let values = replicates.compactMap { $0.models[0].auc?.point632Plus }
    #expect(summary.point632Plus?.interval == Interval(percentilesOf: values))
    #expect(summary.outer == 8 && summary.inner == 6)
    #expect(summary.undefined == 8 - values.count)
    #expect(throws: StatisticsError.self) { try TwoStageSummary(of: [], model: 0) }
    #expect(throws: StatisticsError.self) {
      try TwoStageSummary(of: [replicates[0], replicates[2]], model: 0)
    }
  }

  /// By hand: mean 0.7 and percentiles 0.55 and 0.82; from 0.75 on, everything lies 0.05 higher.
  @Test(arguments: [(0.75, 0.60, 0.87), (0.7, 0.55, 0.82), (0.9, 0.75, 1), (0.1, 0, 0.22)])
  func `its interval moves with the estimate and stays within 0 and 1`(
    estimate: Double, lower: Double, upper: Double
  ) throws {
    let text = Data(#"{"mean": 0.7, "interval": {"lower": 0.55, "upper": 0.82}}"#.utf8)
    let outer = try JSONDecoder().decode(TwoStageSummary.Estimate.self, from: text)
    let moved = outer.recentred(on: estimate)
    #expect(abs(moved.lower - lower) < 1e-12 && abs(moved.upper - upper) < 1e-12)
  }

  /// Efron and Tibshirani's formula without the bound of what is out of bag: at 0.4 the relative overfitting is 1, the weight is 1 and
  /// nothing of the apparent 0.9 is left; at 0.7 nothing is bounded.
  @Test(arguments: [(0.4, 0.4, 0.5), (0.7, 0.7451, 0.7451)])
  func `without its floor the estimate falls below one half`(outOfBag: Double, free: Double, floored: Double)
    throws
  {
    let overfitting = min(1, (0.9 - max(0.5, outOfBag)) / 0.4)
    let weight = 0.632 / (1 - 0.368 * overfitting)
    let estimates = try Self.estimates(outOfBag: outOfBag, weight: weight, point632Plus: floored)
    #expect(abs(estimates.unbounded632Plus - free) < 1e-4)
  }

  /// By hand: without floors the outer estimates are 0.40 and 0.46 around 0.43, and the estimate is 0.44; with theirs 0.5.
  @Test func `its interval reaches below one half, and up to what is printed`() throws {
    let outer = #"{"mean": 0.43, "interval": {"lower": 0.40, "upper": 0.46}}"#
    let floored = #"{"mean": 0.5, "interval": {"lower": 0.5, "upper": 0.5}}"#
    let text =
      #"{"name": "m", "outer": 2, "inner": 1, "undefined": 0, "undefinedInner": 0, "emptyInner": 0, "#
      + #""point632Plus": \#(floored), "unbounded632Plus": \#(outer)}"#
    let summary = try JSONDecoder().decode(TwoStageSummary.self, from: Data(text.utf8))
    let estimates = try Self.estimates(outOfBag: 0.44, weight: 1, point632Plus: 0.5)
    let interval = try #require(summary.interval632Plus(of: estimates))
    #expect(abs(interval.lower - 0.41) < 1e-12 && interval.upper == 0.5)
  }

  private static func estimates(outOfBag: Double, weight: Double, point632Plus: Double) throws
    -> BootstrapSummary.Estimates
  {
    let text = """
      {"apparent": 0.9, "bag": 0.9, "training": 0.8, "outOfBag": \(outOfBag), "optimismCorrected": 0.8, "point632": 0.6,
       "point632Plus": \(point632Plus), "weight": \(weight), "relativeOverfitting": 1, "noInformation": 0.5}
      """
    return try JSONDecoder().decode(BootstrapSummary.Estimates.self, from: Data(text.utf8))
  }

  @Test(arguments: [(0, 5), (65_535, 5), (1, 0), (1, 65_536)])
  func `numbers without an address are refused`(number: Int, inner: Int) throws {
    let table = try syntheticTable(subjects: 20, features: 3)
    #expect(throws: StatisticsError.self) {
      try OuterReplicate(
        table, training: table.allRows, plans: [.short], seed: 1, number: number, inner: inner)
    }
  }
}

/// Bits that every machine must give. A change that is meant to change results replaces the number.
@Suite struct `Same bits on any machine` {
  /// Fowler, Noll and Vo's 64-bit hash, variant 1a.
  private static func digest(_ bytes: Data) -> UInt64 {
    bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }

  private static func digest(_ values: some Encodable) throws -> UInt64 {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    return digest(try encoder.encode(values))
  }

  private static let plans: [ModelPlan] = {
    var harmonised = ModelPlan(
      name: "harmonised", steps: [.tTest(maximumP: 0.3), .minimumRedundancy(count: 5)], refit: .firth)
    harmonised.harmonisation = CombatSettings()
    return [
      .short, ModelPlan(name: "score", steps: [.lasso(folds: 5)], refit: .lassoScore),
      ModelPlan(name: "cv", steps: [.minimumRedundancy(count: 4)], refit: .crossValidatedRidge(folds: 4)),
      harmonised,
    ]
  }()

  private struct Everything: Encodable {
    let replicates: [BootstrapReplicate]
    let models: [FittedModel]
    let evaluations: [Evaluation]
  }

  @Test func `hash of the empty text and of a letter`() {
    #expect(Self.digest(Data()) == 0xCBF2_9CE4_8422_2325)
    #expect(Self.digest(Data("a".utf8)) == 0xAF63_DC4C_8601_EC8C)
  }

  @Test func `two replicates, the final models and their evaluations`() throws {
    let table = try syntheticTable(subjects: 80, features: 40)
    let replicates = try (0..<2).map {
      try BootstrapReplicate(
        table, training: table.allRows, plans: Self.plans, address: RandomAddress(seed: 11, replicate: $0))
    }
    let models = try Self.plans.map {
      try fitModel(table, rows: table.allRows, plan: $0, address: .finalFit(seed: 11))
    }
    let evaluations = models.map {
      Evaluation($0, table: table, rows: table.allRows, seed: 11, replicates: 200)
    }
    let digest = try Self.digest(
      Everything(replicates: replicates, models: models, evaluations: evaluations))
    #expect(digest == 0xB53C_2E59_7E22_2F0D, "found 0x\(String(digest, radix: 16))")
  }
}
