// Rows are sorted once; a replicate counts how often each was drawn and sweeps the counts once for all measures.

import LinearAlgebra

/// Intervals of measures of predicted probabilities, over the resamples of `StratifiedBootstrap` with the same seed.
///
/// Percentiles, but for average precision and the Brier scores, which are skewed and, the first, too high in small
/// numbers: theirs are bias-corrected and accelerated. The expected calibration error has no interval: a resample adds
/// noise of its own to what already lifts the estimate, so that percentiles lie above a small error. A resample in
/// which a measure is not defined is left out of that measure's interval; an interval is `nil` where none defines it.
/// Intervals are Efron's (1987, doi:10.1080/01621459.1987.10478410).
public struct ResampledMeasures: Equatable, Sendable {
  /// Percentiles.
  public let sensitivity: Interval?
  /// Percentiles.
  public let specificity: Interval?
  /// Percentiles.
  public let positivePredictiveValue: Interval?
  /// Percentiles.
  public let negativePredictiveValue: Interval?
  /// Percentiles.
  public let accuracy: Interval?
  /// Percentiles.
  public let f1: Interval?
  /// Percentiles.
  public let matthews: Interval?
  /// Bias-corrected and accelerated.
  public let averagePrecision: Interval?
  /// Bias-corrected and accelerated.
  public let brier: Interval?
  /// Bias-corrected and accelerated.
  public let scaledBrier: Interval?
  /// Net benefit at each threshold.
  public let netBenefit: [Interval]

  /// From predicted probabilities, called positive from one cut-off on.
  /// - Parameters:
  ///   - probabilities: predicted, 0 to 1.
  ///   - positives: the outcome of each row.
  ///   - cutoff: the probability from which a row is called positive.
  ///   - thresholds: of the decision curve, each below 1.
  ///   - seed: of the resamples.
  ///   - replicates: number of resamples.
  /// - Returns: `nil` when cases or controls are missing, or without replicates.
  public init?(
    _ probabilities: [Double], positives: [Bool], cutoff: Double, thresholds: [Double] = [], seed: UInt64,
    replicates: Int = 2_000
  ) {
    self.init(
      probabilities, positives: positives, calls: probabilities.map { $0 >= cutoff }, thresholds: thresholds,
      seed: seed, replicates: replicates)
  }

  /// From predicted probabilities and calls made elsewhere.
  /// - Parameters:
  ///   - probabilities: predicted, 0 to 1.
  ///   - positives: the outcome of each row.
  ///   - calls: whether each row is called positive, by one cut-off or by several models' own.
  ///   - clusters: of rows that are drawn together; `nil` where each is drawn by itself.
  ///   - thresholds: of the decision curve, each below 1.
  ///   - seed: of the resamples.
  ///   - replicates: number of resamples.
  public init?(
    _ probabilities: [Double], positives: [Bool], calls: [Bool], clusters: Clusters? = nil,
    thresholds: [Double] = [], seed: UInt64, replicates: Int = 2_000
  ) {
    guard replicates > 0, positives.contains(true), positives.contains(false) else { return nil }
    var rows = SortedRows(
      probabilities, positives: positives, calls: calls, clusters: clusters, thresholds: thresholds)
    let whole = rows.whole()
    var draws: [Draw] = []
    draws.reserveCapacity(replicates)
    for replicate in 0..<replicates {
      rows.resample(seed: seed, replicate: replicate)
      draws.append(rows.measures())
    }
    let jackknife = rows.jackknife()
    func interval(_ measure: (Draw) -> Double?) -> Interval? {
      Interval(percentilesOf: draws.compactMap(measure))
    }
    func accelerated(_ measure: (Draw) -> Double?) -> Interval? {
      measure(whole).flatMap { estimate in
        Interval(
          acceleratedFor: estimate, replicates: draws.compactMap(measure),
          acceleration: acceleration(ofJackknifeByStratum: jackknife.map { $0.compactMap(measure) }))
      }
    }
    sensitivity = interval(\.confusion.sensitivity.estimate)
    specificity = interval(\.confusion.specificity.estimate)
    positivePredictiveValue = interval(\.confusion.positivePredictiveValue.estimate)
    negativePredictiveValue = interval(\.confusion.negativePredictiveValue.estimate)
    accuracy = interval(\.confusion.accuracy.estimate)
    f1 = interval(\.confusion.f1)
    matthews = interval(\.confusion.matthews)
    averagePrecision = accelerated(\.averagePrecision)
    brier = accelerated(\.brier)
    scaledBrier = accelerated(\.scaledBrier)
    netBenefit = thresholds.indices.compactMap { index in interval { $0.netBenefit[index] } }
  }
}

/// What one resample gives.
private struct Draw {
  var confusion: ConfusionMatrix
  /// `nil` where the draw has no case.
  var averagePrecision: Double?
  var brier: Double
  var netBenefit: [Double]

  var scaledBrier: Double? {
    let cases = confusion.truePositives + confusion.falseNegatives
    let controls = confusion.trueNegatives + confusion.falsePositives
    guard cases > 0, controls > 0 else { return nil }
    let share = Double(cases) / Double(cases + controls)
    return 1 - brier / (share * (1 - share))
  }
}

/// Rows in ascending order of probability, and how often each was drawn.
private struct SortedRows {
  private let probabilities: [Double]
  private let isPositive: [Bool]
  /// The places in this order of the rows that are drawn together, by stratum.
  private let units: [[[Int]]]
  private let isCalled: [Bool]
  /// The first place that is called positive at each threshold.
  private let firstOfThreshold: [Int]
  private let odds: [Double]
  private var drawn: [Int]
  /// Cases and controls from a place on.
  private var casesFrom: [Int]
  private var controlsFrom: [Int]

  init(
    _ values: [Double], positives: [Bool], calls: [Bool], clusters: Clusters?, thresholds: [Double]
  ) {
    let order = ascendingOrder(of: values)
    let sorted = order.map { values[$0] }
    probabilities = sorted
    isPositive = order.map { positives[$0] }
    var place = [Int](repeating: 0, count: order.count)
    for (position, row) in order.enumerated() { place[row] = position }
    units = ResamplingUnits(positives, clusters: clusters).strata.map { $0.map { $0.map { place[$0] } } }
    isCalled = order.map { calls[$0] }
    func first(from threshold: Double) -> Int { sorted.firstIndex { $0 >= threshold } ?? sorted.count }
    firstOfThreshold = thresholds.map(first)
    odds = thresholds.map { $0 / (1 - $0) }
    drawn = [Int](repeating: 0, count: order.count)
    casesFrom = [Int](repeating: 0, count: order.count + 1)
    controlsFrom = casesFrom
  }

  mutating func resample(seed: UInt64, replicate: Int) {
    for place in drawn.indices { drawn[place] = 0 }
    for (stratum, members) in units.enumerated() {
      var stream = RandomStream(seed: seed, purpose: .resample, replicate: replicate, stratum: stratum)
      for _ in members {
        for place in members[stream.index(below: members.count)] { drawn[place] += 1 }
      }
    }
    accumulate()
  }

  /// Every row once.
  mutating func whole() -> Draw {
    for place in drawn.indices { drawn[place] = 1 }
    accumulate()
    return measures()
  }

  /// What is left without each unit of either stratum.
  mutating func jackknife() -> [[Draw]] {
    for place in drawn.indices { drawn[place] = 1 }
    return units.map { members in
      members.map { unit in
        for place in unit { drawn[place] = 0 }
        defer { for place in unit { drawn[place] = 1 } }
        accumulate()
        return measures()
      }
    }
  }

  private mutating func accumulate() {
    for place in drawn.indices.reversed() {
      casesFrom[place] = casesFrom[place + 1] + (isPositive[place] ? drawn[place] : 0)
      controlsFrom[place] = controlsFrom[place + 1] + (isPositive[place] ? 0 : drawn[place])
    }
  }

  func measures() -> Draw {
    let (cases, controls) = (casesFrom[0], controlsFrom[0])
    var (trueCalls, falseCalls) = (0, 0)
    for place in drawn.indices where isCalled[place] {
      if isPositive[place] { trueCalls += drawn[place] } else { falseCalls += drawn[place] }
    }
    var confusion = ConfusionMatrix(calls: [], positives: [])
    (confusion.truePositives, confusion.falsePositives) = (trueCalls, falseCalls)
    (confusion.falseNegatives, confusion.trueNegatives) = (cases - trueCalls, controls - falseCalls)
    let n = Double(cases + controls)
    let netBenefit = firstOfThreshold.indices.map { index in
      let place = firstOfThreshold[index]
      return Double(casesFrom[place]) / n - Double(controlsFrom[place]) / n * odds[index]
    }
    return Draw(
      confusion: confusion, averagePrecision: averagePrecision(cases), brier: sumOfSquares / n,
      netBenefit: netBenefit)
  }

  private var sumOfSquares: Double {
    var squares = 0.0
    for place in drawn.indices where drawn[place] > 0 {
      let error = probabilities[place] - (isPositive[place] ? 1 : 0)
      squares += Double(drawn[place]) * error * error
    }
    return squares
  }

  /// As `PrecisionRecall` adds it: one step for each distinct probability, from the largest down.
  private func averagePrecision(_ cases: Int) -> Double? {
    guard cases > 0 else { return nil }
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
