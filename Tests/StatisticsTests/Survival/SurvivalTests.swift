import Foundation
import LinearAlgebra
import Statistics
import Testing

/// Weeks in remission under 6-mercaptopurine and under placebo, a plus for those still in it (Freireich et al. 1963;
/// table 1.1 of Cox and Oakes 1984, Analysis of Survival Data).
private enum Leukaemia {
  static let drug: [(Double, Bool)] =
    [6, 6, 6, 7, 10, 13, 16, 22, 23].map { ($0, true) }
    + [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35].map { ($0, false) }
  static let placebo: [(Double, Bool)] =
    [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23].map { ($0, true) }

  static func all() throws -> (survival: SurvivalTimes, isPlacebo: [Double]) {
    let rows = drug + placebo
    return (
      try SurvivalTimes(times: rows.map(\.0), events: rows.map(\.1)),
      drug.map { _ in 0 } + placebo.map { _ in 1 }
    )
  }
}

@Suite struct `Kaplan-Meier curve` {
  /// 1 - 3/21, then 6/7 · 16/17, as the paper has them.
  @Test func `multiplies the shares that survive each time`() throws {
    let (survival, _) = try Leukaemia.all()
    let curve = KaplanMeier(survival, rows: Array(0..<21))
    #expect(isNear(curve.survival(at: 6), 0.857142857142857))
    #expect(isNear(curve.survival(at: 7), 0.806722689075630))
    #expect(curve.survival(at: 5.9) == 1)
    #expect(curve.survival(before: 6) == 1)
    #expect(curve.atRisk(at: 7) == 17)
    #expect(curve.atRisk(at: 36) == 0)
    #expect(curve.time(ofShare: 0.5) == 23)
    // √(18/21 · 3/21 / 21).
    #expect(isNear(curve.standardError(at: 6), 0.0763603548321212))
  }

  @Test func `is flat half-way where it equals one half`() throws {
    let curve = KaplanMeier(try SurvivalTimes(times: [1, 2, 3, 4], events: [true, true, true, true]))
    #expect(curve.time(ofShare: 0.5) == 2.5)
    #expect(curve.interval(at: 4) == nil)
    #expect(curve.interval(at: 0.5) == Interval(lower: 1, upper: 1))
    #expect(curve.survival(at: 100) == 0)
  }

  @Test func `without events or rows nothing happens`() throws {
    #expect(KaplanMeier(try SurvivalTimes(times: [], events: [])).survival(at: 1) == 1)
    let censored = KaplanMeier(try SurvivalTimes(times: [1, 2], events: [false, false]))
    #expect(censored.survival(at: 3) == 1)
    #expect(censored.time(ofShare: 0.5) == nil)
    #expect(censored.timeInterval(ofShare: 0.5).lower == nil)
  }

  @Test(arguments: [-1, Double.nan, .infinity]) func `times are finite and not negative`(time: Double) {
    #expect(throws: StatisticsError.self) { try SurvivalTimes(times: [1, time], events: [true, true]) }
    #expect(throws: StatisticsError.self) { try SurvivalTimes(times: [1], events: []) }
  }
}

@Suite struct `Log-rank test` {
  /// 21 events where 10.75 were expected, χ² 16.79 (Kleinbaum and Klein 2012, Survival Analysis, chapter 2).
  @Test func `of the leukaemia trial is the textbook's`() throws {
    let (survival, isPlacebo) = try Leukaemia.all()
    let test = try #require(LogRankTest(survival, groups: isPlacebo.map { Int($0) }))
    #expect(test.groups.map(\.observed) == [9, 21])
    #expect(isNear(test.groups[1].expected, 10.75, within: 0.005))
    #expect(isNear(test.statistic, 16.79, within: 0.005))
  }

  @Test func `needs two groups at risk`() throws {
    let survival = try SurvivalTimes(times: [1, 2, 3], events: [true, false, true])
    #expect(LogRankTest(survival, groups: [0, 0, 0]) == nil)
    #expect(LogRankTest(survival, groups: [0, 0, 0], strata: [0, 1, 0]) == nil)
    let silent = try SurvivalTimes(times: [1, 2, 3], events: [false, false, false])
    #expect(LogRankTest(silent, groups: [0, 1, 0]) == nil)
  }
}

@Suite struct `Cox regression` {
  /// 1.509 with Breslow's ties (Cox 1972 gave 1.51 to 1.65 by his own); with two groups and no ties the score test is the
  /// log-rank test.
  @Test func `of the leukaemia trial is the textbook's`() throws {
    let (survival, isPlacebo) = try Leukaemia.all()
    let column = Matrix(rows: 42, columns: 1, values: isPlacebo)
    let breslow = try CoxRegression(features: column, survival: survival, ties: .breslow)
    #expect(isNear(breslow.coefficients[0], 1.509, within: 5e-4))
    #expect(isNear(breslow.standardErrors[0], 0.410, within: 5e-4))
    let efron = try CoxRegression(features: column, survival: survival)
    #expect(isNear(efron.coefficients[0], 1.572, within: 5e-4))
    #expect(isNear(efron.hazardRatios[0], 4.817, within: 5e-3))
  }

  @Test func `its score test without ties is the log-rank test`() throws {
    let data = try GeneratedSurvival(rows: 60, columns: 2, seed: 5, whole: false)
    let groups = (0..<60).map { $0 % 2 }
    let test = try #require(LogRankTest(data.survival, groups: groups))
    let fit = try CoxRegression(
      features: Matrix(rows: 60, columns: 1, values: groups.map { Double($0) }), survival: data.survival)
    #expect(isNear(fit.scoreStatistic, test.statistic, within: 1e-10))
  }

  /// Two rows, the first with x = 1 dies first: `ℓ = β - ln(1 + e^β)` has no maximum.
  @Test func `a likelihood that never stops rising is named`() throws {
    let survival = try SurvivalTimes(times: [1, 2, 3, 4], events: [true, true, true, false])
    let column = Matrix(rows: 4, columns: 1, values: [4, 3, 2, 1])
    #expect(try CoxRegression(features: column, survival: survival).isMonotone)
    let ridge = try CoxRegression(features: column, survival: survival, ridgePenalty: 1)
    #expect(!ridge.isMonotone)
    #expect(ridge.coefficients[0].isFinite)
  }

  @Test func `collinear columns and missing events are errors`() throws {
    let survival = try SurvivalTimes(times: [1, 2, 3, 4], events: [true, true, false, true])
    let twice = Matrix(rows: 4, columns: 2, values: [1, 5, 2, 4, 1, 5, 2, 4])
    #expect(throws: StatisticsError.self) { try CoxRegression(features: twice, survival: survival) }
    let silent = try SurvivalTimes(times: [1, 2], events: [false, false])
    let column = Matrix(rows: 2, columns: 1, values: [1, 2])
    #expect(throws: StatisticsError.self) { try CoxRegression(features: column, survival: silent) }
    #expect(throws: StatisticsError.self) { try coxNetPath(features: column, survival: silent) }
  }

  @Test func `the baseline of no column is Nelson and Aalen's`() throws {
    let survival = try SurvivalTimes(times: [1, 2, 3], events: [true, false, true])
    let fit = try CoxRegression(
      features: Matrix(rows: 3, columns: 0, values: []), survival: survival, ties: .breslow)
    let hazards = fit.baselines[0].cumulativeHazards
    #expect(isNear(hazards[0], 0.333333333333333))
    #expect(isNear(hazards[1], 1.33333333333333))
    #expect(fit.baselines[0].survival(at: 0.5, linearPredictor: 3) == 1)
  }
}

@Suite struct `Cox path` {
  /// Gradient of Breslow's partial likelihood on the standardised scale, by its definition.
  private static func violation(
    _ solution: CoxNetPath.Solution, _ data: GeneratedSurvival, alpha: Double
  ) -> Double {
    let (rows, survival) = (data.features.rows, data.survival)
    let risks = solution.linearPredictor(of: data.features).map { exp($0) }
    var worst = 0.0
    for column in 0..<data.features.columns {
      let moments = Moments(data.features.column(column))
      let scale = (moments.sumOfSquares / Double(rows)).squareRoot()
      var gradient = 0.0
      for row in 0..<rows where survival.events[row] {
        let atRisk = (0..<rows).filter { survival.times[$0] >= survival.times[row] }
        let total = atRisk.reduce(0) { $0 + risks[$1] }
        let mean = atRisk.reduce(0) { $0 + risks[$1] * data.features[$1, column] } / total
        gradient += (data.features[row, column] - mean) / scale / Double(rows)
      }
      let beta = solution.columns.firstIndex(of: column).map { solution.coefficients[$0] * scale } ?? 0
      let bound = alpha * solution.lambda
      let pull = gradient - (1 - alpha) * solution.lambda * beta
      let excess = beta == 0 ? max(0, abs(gradient) - bound) : abs(pull - (beta > 0 ? bound : -bound))
      worst = max(worst, excess)
    }
    return worst
  }

  @Test(arguments: [1.0, 0.5, 0.0]) func `satisfies its optimality conditions`(alpha: Double) throws {
    let data = try GeneratedSurvival(rows: 40, columns: 60, seed: 3, whole: true)
    var settings = ElasticNetSettings()
    settings.alpha = alpha
    settings.tolerance = 1e-16
    settings.lambdaMinimumRatio = 0.2
    settings.lambdaCount = 10
    let path = try coxNetPath(features: data.features, survival: data.survival, settings: settings)
    #expect(path.solutions.count == 10)
    for solution in path.solutions { #expect(Self.violation(solution, data, alpha: alpha) < 1e-7) }
  }

  @Test func `a weight of two equals the row twice`() throws {
    let data = try GeneratedSurvival(rows: 40, columns: 6, seed: 9, whole: true)
    let doubled = (0..<40).flatMap { $0 % 3 == 0 ? [$0, $0] : [$0] }
    var settings = ElasticNetSettings()
    settings.tolerance = 1e-16
    let weighted = try coxNetPath(
      features: data.features, survival: data.survival, weights: (0..<40).map { $0 % 3 == 0 ? 2 : 1 },
      settings: settings, lambdas: [0.1, 0.03])
    let repeated = try coxNetPath(
      features: data.features.selecting(rows: doubled, columns: Array(0..<6)),
      survival: data.survival.selecting(doubled), settings: settings, lambdas: [0.1, 0.03])
    for (a, b) in zip(weighted.solutions, repeated.solutions) {
      #expect(a.columns == b.columns)
      #expect(zip(a.coefficients, b.coefficients).allSatisfy { isNear($0, $1, within: 1e-7) })
    }
  }

  @Test(arguments: [Double.nan, .infinity]) func `values that are no numbers are refused`(value: Double)
    throws
  {
    var data = try GeneratedSurvival(rows: 20, columns: 3, seed: 9, whole: false)
    data.features[7, 1] = value
    #expect(throws: StatisticsError.self) {
      try coxNetPath(features: data.features, survival: data.survival)
    }
    #expect(throws: StatisticsError.self) {
      try CoxRegression(features: data.features, survival: data.survival)
    }
  }

  @Test func `predictors beyond all bounds end the path and no more`() throws {
    // Each row's score is far above the next one's, and so is its hazard.
    let times = (0..<12).map { Double($0 + 1) }
    let survival = try SurvivalTimes(times: times, events: times.map { _ in true })
    let scores = Matrix(rows: 12, columns: 1, values: times.map { -$0 * 1e6 })
    var settings = ElasticNetSettings()
    settings.lambdaMinimumRatio = 1e-8
    settings.maximumDevianceRatio = 1
    let path = try coxNetPath(features: scores, survival: survival, settings: settings)
    #expect(path.solutions.allSatisfy { $0.coefficients.allSatisfy(\.isFinite) && $0.devianceRatio.isFinite })
    #expect(try CoxRegression(features: scores, survival: survival).isMonotone)
  }

  @Test func `a fold without an event is named`() throws {
    let data = try GeneratedSurvival(rows: 40, columns: 3, seed: 9, whole: false)
    let folds = (0..<40).map { data.survival.events[$0] ? 0 : 1 }
    #expect(throws: StatisticsError.self) {
      try CrossValidatedCoxPath(features: data.features, survival: data.survival, folds: folds)
    }
  }
}

@Suite struct `Concordance and time-dependent measures by hand` {
  /// Comparable: (1, 2), (1, 3), (1, 4), (3, 4); lost: (3, 4).
  @Test func `pairs are counted`() throws {
    let survival = try SurvivalTimes(times: [1, 2, 3, 4], events: [true, false, true, false])
    let value = try #require(Concordance([9, 1, 2, 3], survival))
    #expect(value.estimate == 0.75)
    #expect(value.pairs == 4)
    let equal = try #require(Concordance([1, 1, 1, 1], survival))
    #expect(equal.estimate == 0.5)
    #expect(equal.standardError == 0)
    #expect(Concordance([1, 2], try SurvivalTimes(times: [1, 2], events: [false, false])) == nil)
    // Events at the same time are not compared; an event and an end of observation are.
    let tied = try SurvivalTimes(times: [1, 1, 1], events: [true, true, false])
    #expect(Concordance([2, 1, 0], tied)?.pairs == 2)
  }

  /// G falls to 2/3 at 2, where three were still observed.
  @Test func `the censoring curve counts ends of observation`() throws {
    let survival = try SurvivalTimes(times: [1, 2, 3, 4], events: [true, false, true, false])
    let censoring = CensoringCurve(survival)
    #expect(censoring.observed(before: 2) == 1)
    #expect(isNear(censoring.observed(at: 2), 0.666666666666667))
    #expect(censoring.observed(at: 4) == 0)
    // Pairs of the first event weigh 1, that of the third row 9/4: (3 · 1 + 0 · 9/4)/(3 + 9/4).
    let uno = try #require(Concordance([9, 1, 2, 3], survival, weightedBy: censoring))
    #expect(isNear(uno.estimate, 0.571428571428571))
  }

  @Test func `without censoring the curve is the usual ROC curve`() throws {
    let data = try GeneratedSurvival(rows: 50, columns: 2, seed: 21, whole: true)
    let survival = try SurvivalTimes(
      times: data.survival.times, events: [Bool](repeating: true, count: 50))
    let risks = data.features.column(0).map { ($0 * 6).rounded() }
    let curve = try #require(
      TimeDependentROC(risks, survival, at: 8, censoring: CensoringCurve(survival)))
    let positives = survival.times.map { $0 <= 8 }
    let usualArea = try #require(areaUnderCurve(risks, positives: positives))
    #expect(isNear(curve.area, usualArea))
    let predictions = risks.map { logistic(-$0) }
    let brier = try #require(
      survivalBrierScore(predictions, survival, at: 8, censoring: CensoringCurve(survival)))
    let usual = brierScore(predictions.map { 1 - $0 }, positives: positives)
    #expect(isNear(brier, usual))
    #expect(TimeDependentROC(risks, survival, at: 0.5, censoring: CensoringCurve(survival)) == nil)
  }

  @Test func `calibration of a model on its own rows has slope one`() throws {
    let data = try GeneratedSurvival(rows: 120, columns: 4, seed: 7, whole: false)
    let fit = try CoxRegression(features: data.features, survival: data.survival)
    let predictors = fit.linearPredictor(of: data.features)
    let risks = predictors.map { 1 - fit.baselines[0].survival(at: 10, linearPredictor: $0) }
    let calibration = try #require(
      SurvivalCalibration(risks: risks, predictors: predictors, data.survival, at: 10, groups: 4))
    #expect(isNear(calibration.slope, 1, within: 1e-9))
    #expect(calibration.groups.map(\.count) == [30, 30, 30, 30])
    #expect(isNear(calibration.observedToExpected, 1, within: 0.1))
    #expect(
      zip(calibration.groups, calibration.groups.dropFirst()).allSatisfy { $0.predicted < $1.predicted })
    let flat = try #require(
      SurvivalCalibration(
        risks: risks.map { _ in 0.5 }, predictors: risks.map { _ in 0 }, data.survival, at: 10))
    #expect(flat.slope == nil)
    #expect(flat.groups.count == 1)
  }

  @Test func `a model's integrated score is better than everyone's curve`() throws {
    let data = try GeneratedSurvival(rows: 120, columns: 4, seed: 7, whole: false)
    let fit = try CoxRegression(features: data.features, survival: data.survival)
    let predictors = fit.linearPredictor(of: data.features)
    let score = try #require(
      IntegratedBrierScore(
        times: [2, 5, 10, 20], data.survival, censoring: CensoringCurve(data.survival),
        predicted: { time in
          predictors.map { fit.baselines[0].survival(at: time, linearPredictor: $0) }
        }))
    #expect(score.integrated < score.integratedReference)
    #expect(try #require(score.scaled) > 0)
  }

  @Test func `resampled intervals depend on the seed only`() throws {
    let data = try GeneratedSurvival(rows: 60, columns: 2, seed: 4, whole: true)
    let risks = data.features.column(0)
    func interval(_ seed: UInt64, clusters: Clusters? = nil) -> Interval? {
      Interval(resampling: data.survival, clusters: clusters, seed: seed, replicates: 200) { rows in
        Concordance(rows.map { risks[$0] }, data.survival.selecting(rows))?.estimate
      }
    }
    let value = try #require(Concordance(risks, data.survival)).estimate
    let first = try #require(interval(1))
    #expect(first == interval(1))
    #expect(first != interval(2))
    #expect(first.lower < value && value < first.upper)
    let clusters = try #require(Clusters((0..<60).map { $0 / 2 }))
    #expect(interval(1, clusters: clusters) != nil)
    // Where every row has its event there is one stratum only.
    let complete = try SurvivalTimes(times: [1, 2, 3], events: [true, true, true])
    #expect(
      Interval(resampling: complete, seed: 1, replicates: 10) { _ in 1 } == Interval(lower: 1, upper: 1))
  }
}
