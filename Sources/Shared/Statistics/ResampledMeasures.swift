// Rows are sorted once; a replicate counts how often each was drawn and sweeps the counts once for all measures.

import LinearAlgebra

/// Percentile intervals of measures of predicted probabilities, over the resamples of `StratifiedBootstrap` with
/// the same seed.
///
/// A resample in which a measure is not defined is left out of that measure's interval; an interval is `nil` where
/// none defines it.
package struct ResampledMeasures: Equatable, Sendable {
  package let sensitivity: Interval?
  package let specificity: Interval?
  package let positivePredictiveValue: Interval?
  package let negativePredictiveValue: Interval?
  package let accuracy: Interval?
  package let f1: Interval?
  package let matthews: Interval?
  package let averagePrecision: Interval?
  package let brier: Interval?
  package let scaledBrier: Interval?
  package let calibrationError: Interval?
  /// Net benefit at each threshold.
  package let netBenefit: [Interval]

  /// - Parameter thresholds: of the decision curve, each below 1.
  /// - Returns: `nil` when cases or controls are missing, or without replicates.
  package init?(
    _ probabilities: [Double], positives: [Bool], cutoff: Double, thresholds: [Double] = [], seed: UInt64,
    replicates: Int = 2_000
  ) {
    guard replicates > 0, positives.contains(true), positives.contains(false) else { return nil }
    var rows = SortedRows(probabilities, positives: positives, cutoff: cutoff, thresholds: thresholds)
    var draws: [Draw] = []
    draws.reserveCapacity(replicates)
    for replicate in 0..<replicates {
      rows.resample(seed: seed, replicate: replicate)
      draws.append(rows.measures())
    }
    func interval(_ values: [Double?]) -> Interval? { Interval(percentilesOf: values.compactMap(\.self)) }
    sensitivity = interval(draws.map(\.confusion.sensitivity.estimate))
    specificity = interval(draws.map(\.confusion.specificity.estimate))
    positivePredictiveValue = interval(draws.map(\.confusion.positivePredictiveValue.estimate))
    negativePredictiveValue = interval(draws.map(\.confusion.negativePredictiveValue.estimate))
    accuracy = interval(draws.map(\.confusion.accuracy.estimate))
    f1 = interval(draws.map(\.confusion.f1))
    matthews = interval(draws.map(\.confusion.matthews))
    averagePrecision = interval(draws.map(\.averagePrecision))
    brier = interval(draws.map(\.brier))
    let share = Double(positives.count { $0 }) / Double(positives.count)
    scaledBrier = interval(draws.map { 1 - $0.brier / (share * (1 - share)) })
    calibrationError = interval(draws.map(\.calibrationError))
    netBenefit = thresholds.indices.compactMap { index in interval(draws.map { $0.netBenefit[index] }) }
  }
}

/// What one resample gives.
private struct Draw {
  var confusion: ConfusionMatrix
  var averagePrecision: Double
  var brier: Double
  var calibrationError: Double
  var netBenefit: [Double]
}

/// Rows in ascending order of probability, and how often each was drawn.
private struct SortedRows {
  private let probabilities: [Double]
  private let isPositive: [Bool]
  /// The place in this order of each control and of each case, both in row order.
  private let places: [[Int]]
  private let bins: [Int]
  /// The first place that is called positive, at the cut-off and at each threshold.
  private let firstCalled: Int
  private let firstOfThreshold: [Int]
  private let odds: [Double]
  private var drawn: [Int]
  /// Cases and controls from a place on.
  private var casesFrom: [Int]
  private var controlsFrom: [Int]

  private static let binCount = 10

  init(_ values: [Double], positives: [Bool], cutoff: Double, thresholds: [Double]) {
    let order = ascendingOrder(of: values)
    let sorted = order.map { values[$0] }
    probabilities = sorted
    isPositive = order.map { positives[$0] }
    var place = [Int](repeating: 0, count: order.count)
    for (position, row) in order.enumerated() { place[row] = position }
    places = [false, true].map { outcome in
      positives.indices.filter { positives[$0] == outcome }.map { place[$0] }
    }
    bins = sorted.map { min(Self.binCount - 1, max(0, Int($0 * Double(Self.binCount)))) }
    func first(from threshold: Double) -> Int { sorted.firstIndex { $0 >= threshold } ?? sorted.count }
    firstCalled = first(from: cutoff)
    firstOfThreshold = thresholds.map(first)
    odds = thresholds.map { $0 / (1 - $0) }
    drawn = [Int](repeating: 0, count: order.count)
    casesFrom = [Int](repeating: 0, count: order.count + 1)
    controlsFrom = casesFrom
  }

  mutating func resample(seed: UInt64, replicate: Int) {
    for place in drawn.indices { drawn[place] = 0 }
    for (stratum, members) in places.enumerated() {
      var stream = RandomStream(seed: seed, purpose: .resample, replicate: replicate, stratum: stratum)
      for _ in members { drawn[members[stream.index(below: members.count)]] += 1 }
    }
    for place in drawn.indices.reversed() {
      casesFrom[place] = casesFrom[place + 1] + (isPositive[place] ? drawn[place] : 0)
      controlsFrom[place] = controlsFrom[place + 1] + (isPositive[place] ? 0 : drawn[place])
    }
  }

  func measures() -> Draw {
    let (cases, controls) = (casesFrom[0], controlsFrom[0])
    var confusion = ConfusionMatrix([], positives: [], cutoff: 0)
    (confusion.truePositives, confusion.falsePositives) = (casesFrom[firstCalled], controlsFrom[firstCalled])
    (confusion.falseNegatives, confusion.trueNegatives) = (
      cases - casesFrom[firstCalled], controls - controlsFrom[firstCalled]
    )
    let n = Double(cases + controls)
    let netBenefit = firstOfThreshold.indices.map { index in
      let place = firstOfThreshold[index]
      return Double(casesFrom[place]) / n - Double(controlsFrom[place]) / n * odds[index]
    }
    let (brier, calibrationError) = distances(n)
    return Draw(
      confusion: confusion, averagePrecision: averagePrecision(cases), brier: brier,
      calibrationError: calibrationError, netBenefit: netBenefit)
  }

  private func distances(_ n: Double) -> (brier: Double, calibration: Double) {
    var squares = 0.0
    var differences = [Double](repeating: 0, count: Self.binCount)
    for place in drawn.indices where drawn[place] > 0 {
      let error = probabilities[place] - (isPositive[place] ? 1 : 0)
      squares += Double(drawn[place]) * error * error
      differences[bins[place]] += Double(drawn[place]) * error
    }
    return (squares / n, differences.reduce(0) { $0 + abs($1) } / n)
  }

  /// As `PrecisionRecall` adds it: one step for each distinct probability, from the largest down.
  private func averagePrecision(_ cases: Int) -> Double {
    var (area, before) = (0.0, 0)
    for place in drawn.indices.reversed() {
      let isLastOfGroup = place == 0 || probabilities[place - 1] != probabilities[place]
      guard isLastOfGroup, casesFrom[place] > before else { continue }
      let precision = Double(casesFrom[place]) / Double(casesFrom[place] + controlsFrom[place])
      area += Double(casesFrom[place] - before) / Double(cases) * precision
      before = casesFrom[place]
    }
    return area
  }
}
