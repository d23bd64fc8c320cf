import Foundation
import LinearAlgebra
import Statistics
import TestSupport
import Testing

@Suite struct `Measures over resamples` {
  /// Scores with ties, so that groups matter.
  private static let probabilities: [Double] = {
    var stream = RandomStream(seed: 11, purpose: .synthesis)
    return (0..<70).map { row in
      let raw = 0.3 * (row % 3 == 0 ? 1 : 0) + 0.7 * stream.uniform()
      return (raw * 25).rounded() / 25
    }
  }()
  private static let positives = (0..<70).map { $0 % 3 == 0 }

  /// Each resample drawn again and each measure computed by its own plain routine.
  @Test func `equal those of the rows drawn one by one`() throws {
    let (p, y) = (Self.probabilities, Self.positives)
    let thresholds = [0.1, 0.32, 0.5, 0.8]
    let found = try #require(
      ResampledMeasures(p, positives: y, cutoff: 0.4, thresholds: thresholds, seed: 9, replicates: 150))
    var values: [String: [Double]] = [:]
    for replicate in 0..<150 {
      var drawn: [Int] = []
      for (stratum, outcome) in [false, true].enumerated() {
        let members = y.indices.filter { y[$0] == outcome }
        var stream = RandomStream(seed: 9, purpose: .resample, replicate: replicate, stratum: stratum)
        drawn += members.map { _ in members[stream.index(below: members.count)] }
      }
      let (q, z) = (drawn.map { p[$0] }, drawn.map { y[$0] })
      let table = ConfusionMatrix(q, positives: z, cutoff: 0.4)
      values["ap", default: []].append(try #require(PrecisionRecall(q, positives: z)).averagePrecision)
      values["brier", default: []].append(brierScore(q, positives: z))
      values["scaled", default: []].append(try #require(scaledBrierScore(q, positives: z)))
      values["ppv", default: []].append(try #require(table.positivePredictiveValue.estimate))
      values["npv", default: []].append(try #require(table.negativePredictiveValue.estimate))
      values["accuracy", default: []].append(try #require(table.accuracy.estimate))
      values["f1", default: []].append(try #require(table.f1))
      let curve = DecisionCurve(q, positives: z, thresholds: thresholds)
      for (index, benefit) in curve.model.enumerated() { values["net\(index)", default: []].append(benefit) }
    }
    // The jackknife within the outcomes, as Efron's acceleration for strata takes it.
    func accelerated(_ name: String, _ measure: ([Double], [Bool]) throws -> Double) throws -> Interval {
      var (cubes, squares) = (0.0, 0.0)
      for outcome in [false, true] {
        let members = y.indices.filter { y[$0] == outcome }
        let left = try members.map { row in
          let rows = y.indices.filter { $0 != row }
          return try measure(rows.map { p[$0] }, rows.map { y[$0] })
        }
        let (n, center) = (Double(left.count), left.reduce(0, +) / Double(left.count))
        for value in left {
          let share = (n - 1) * (center - value) / n
          squares += share * share
          cubes += share * share * share
        }
      }
      return try #require(
        Interval(
          acceleratedFor: try measure(p, y), replicates: values[name] ?? [],
          acceleration: cubes / (6 * squares * squares.squareRoot())))
    }
    var tally = Tally("resampled measures", "intervals (plain routines)")
    func check(_ interval: Interval?, _ name: String, against other: Interval? = nil) throws {
      let (found, expected) = (
        try #require(interval), try #require(other ?? Interval(percentilesOf: values[name] ?? []))
      )
      tally.check(found.lower, expected.lower, absolute: 1e-12, name)
      tally.check(found.upper, expected.upper, absolute: 1e-12, name)
    }
    let precision = try accelerated("ap") {
      try #require(PrecisionRecall($0, positives: $1)).averagePrecision
    }
    try check(found.averagePrecision, "ap", against: precision)
    try check(
      found.brier, "brier", against: try accelerated("brier") { brierScore($0, positives: $1) })
    let scaled = try accelerated("scaled") { try #require(scaledBrierScore($0, positives: $1)) }
    try check(found.scaledBrier, "scaled", against: scaled)
    try check(found.positivePredictiveValue, "ppv")
    try check(found.negativePredictiveValue, "npv")
    try check(found.accuracy, "accuracy")
    try check(found.f1, "f1")
    for index in thresholds.indices { try check(found.netBenefit[index], "net\(index)") }
    tally.report()
  }

  @Test func `need both outcomes`() {
    #expect(ResampledMeasures([0.1, 0.2], positives: [true, true], cutoff: 0.5, seed: 1) == nil)
    #expect(ResampledMeasures([], positives: [], cutoff: 0.5, seed: 1) == nil)
  }

  /// pROC's test drew other replicates: 10,000 of each fix the statistic to about 0.02.
  @Test(.enabled(if: ReferenceData.isPresent, ReferenceData.absence))
  func `the paired bootstrap of two markers agrees with pROC`() throws {
    let table = try ReferenceTable("data/asah.csv")
    let positives = try table.numbers("poor").map { $0 == 1 }
    let reference = try ReferenceJSON.load("asah.json").boot_paired_s100b_ndka_seed42_10000
    func bootstrap(_ name: String) throws -> StratifiedBootstrap {
      try #require(
        StratifiedBootstrap(
          try table.numbers(name), positives: positives, replicates: 10_000, seed: 3))
    }
    let found = try #require(PairedBootstrap(try bootstrap("s100b"), minus: try bootstrap("ndka")))
    var tally = Tally("asah.json", "paired bootstrap (pROC)")
    tally.check(found.statistic, reference.D.double, absolute: 0.05)
    tally.check(found.p, reference.p.double, absolute: 0.012)
    tally.report()
    #expect(found.interval.lower < found.difference && found.difference < found.interval.upper)
    let same = try #require(PairedBootstrap(try bootstrap("ndka"), minus: try bootstrap("ndka")))
    #expect(same.difference == 0 && same.statistic == 0 && same.p == 1)
  }
}

@Suite struct `Calibration pooled over sites` {
  private static let sites: [(name: String, probabilities: [Double], positives: [Bool])] = (0..<6).map {
    site in
    var stream = RandomStream(seed: 21, purpose: .synthesis, stratum: site)
    let eta = (0..<80).map { _ in stream.normal() }
    return (
      "s\(site)", eta.map(logistic), eta.map { stream.uniform() < logistic(0.7 * $0 + 0.1 * Double(site)) }
    )
  }

  @Test func `slopes are those of the sites, averaged by the random-effects model`() throws {
    let pooling = try CalibrationPooling(.slope, of: Self.sites)
    let fits = try Self.sites.map { try #require(Calibration($0.probabilities, positives: $0.positives)) }
    let expected = try MetaAnalysis(
      fits.map(\.slope), variances: fits.map { $0.slopeStandardError * $0.slopeStandardError })
    #expect(pooling.analysis == expected)
    #expect(pooling.sites.map(\.estimate) == fits.map(\.slope))
  }

  /// 30 of 100 observed where 25 were expected: ln 1.2 with variance 0.7/30.
  @Test func `observed over expected is pooled as a logarithm`() throws {
    let positives = (0..<100).map { $0 < 30 }
    let site = CalibrationPooling.Measure.observedOverExpected.site(
      "a", [Double](repeating: 0.25, count: 100), positives: positives)
    let half = 1.959963984540054 * (0.7 / 30).squareRoot()
    #expect(abs(try #require(site.estimate) - 1.2) < 1e-12)
    #expect(abs(try #require(site.interval).upper / 1.2 - exp(half)) < 1e-12)
    let none = CalibrationPooling.Measure.observedOverExpected.site("b", [0.1], positives: [false])
    #expect(none.estimate == nil)
    let one = try CalibrationPooling(.observedOverExpected, of: [("a", [0.5, 0.5], [true, false])])
    #expect(one.analysis == nil && one.sites[0].estimate == 1)
  }
}
