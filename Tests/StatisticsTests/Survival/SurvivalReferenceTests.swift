import LinearAlgebra
import Statistics
import Testing

/// Values of R's survival 3.5 on generated rows, with and without ties; written by `Benchmarks/reference/survival.R`.
@Suite(.serialized) struct `Survival against R` {
  static let kinds = ["tied", "untied"]

  private static func load(_ kind: String) throws -> (data: GeneratedSurvival, reference: ReferenceJSON) {
    let data = try GeneratedSurvival(rows: 120, columns: 4, seed: 7, whole: kind == "tied")
    return (data, try ReferenceJSON.stored("survival.json")[kind])
  }

  @Test(arguments: kinds) func `the rows are those of the reference`(kind: String) throws {
    let (data, reference) = try Self.load(kind)
    for row in 0..<10 {
      #expect(isNear(data.survival.times[row], reference.time[row].double, within: 1e-13))
      #expect(data.survival.events[row] == (reference.event[row].double == 1))
    }
    for row in 0..<3 { #expect(isNear(data.features[row, 1], reference.x[row].double)) }
  }

  @Test(arguments: kinds, KaplanMeier.Scale.allCases)
  func `Kaplan-Meier curves agree`(kind: String, scale: KaplanMeier.Scale) throws {
    let (data, reference) = try Self.load(kind)
    let expected = reference.curves[scale.rawValue]
    let curve = KaplanMeier(data.survival)
    var tally = Tally("survival.json", "Kaplan-Meier, \(kind), \(scale.rawValue) (survfit)")
    try #require(curve.points.count == expected.time.list.count)
    for (index, point) in curve.points.enumerated() {
      tally.check(point.time, expected.time[index].double, relative: 1e-14)
      #expect(point.atRisk == Int(expected.risk[index].double))
      #expect(point.events == Int(expected.events[index].double))
      #expect(point.censored == Int(expected.censored[index].double))
      tally.check(point.survival, expected.survival[index].double, relative: 1e-13)
      guard let interval = point.interval(scale: scale), point.survival < 1 else { continue }
      tally.check(curve.standardError(at: point.time), expected.error[index].double, relative: 1e-12)
      tally.check(interval.lower, expected.lower[index].double, relative: 1e-11, absolute: 1e-14)
      tally.check(interval.upper, expected.upper[index].double, relative: 1e-11)
    }
    for (index, share) in [0.25, 0.5].enumerated() {
      let interval = curve.timeInterval(ofShare: share, scale: scale)
      for (value, reference) in [
        (curve.time(ofShare: share), expected.quantiles[index]),
        (interval.lower, expected.quantileLower[index]),
        (interval.upper, expected.quantileUpper[index]),
      ] {
        #expect((value == nil) == reference.double.isNaN)
        if let value { tally.check(value, reference.double, relative: 1e-13, "share \(share)") }
      }
    }
    tally.report()
  }

  @Test(arguments: kinds) func `log-rank tests agree`(kind: String) throws {
    let (data, reference) = try Self.load(kind)
    let groups = data.survival.times.indices.map { $0 % 3 }
    let test = try #require(LogRankTest(data.survival, groups: groups))
    let stratified = try #require(
      LogRankTest(data.survival, groups: groups, strata: data.survival.times.indices.map { $0 % 2 }))
    var tally = Tally("survival.json", "log-rank, \(kind) (survdiff)")
    for (index, group) in test.groups.enumerated() {
      #expect(group.observed == Int(reference.logrank.observed[index].double))
      tally.check(group.expected, reference.logrank.expected[index].double, relative: 1e-12)
    }
    tally.check(test.statistic, reference.logrank.statistic.double, relative: 1e-11)
    tally.check(test.p, reference.logrank.p.double, relative: 1e-11)
    tally.check(stratified.statistic, reference.logrank.stratified.double, relative: 1e-11)
    #expect(test.degrees == 2)
    tally.report()
  }

  @Test(arguments: kinds, ["efron", "breslow", "stratified"])
  func `Cox regressions agree`(kind: String, variant: String) throws {
    let (data, reference) = try Self.load(kind)
    let expected = reference[variant]
    let strata = variant == "stratified" ? data.survival.times.indices.map { $0 % 2 } : nil
    let fit = try CoxRegression(
      features: data.features, survival: data.survival, strata: strata,
      ties: variant == "breslow" ? .breslow : .efron)
    var tally = Tally("survival.json", "Cox, \(kind), \(variant) (coxph)")
    for column in 0..<4 {
      tally.check(fit.coefficients[column], expected.coef[column].double, relative: 1e-9, "coefficient")
      tally.check(fit.standardErrors[column], expected.se[column].double, relative: 1e-9, "standard error")
      tally.check(fit.waldP[column], expected.waldP[column].double, relative: 1e-8, "p")
    }
    tally.check(fit.covariance[0, 1], expected.covariance12.double, relative: 1e-8)
    tally.check(fit.nullLogLikelihood, expected.loglik[0].double, relative: 1e-12)
    tally.check(fit.logLikelihood, expected.loglik[1].double, relative: 1e-12)
    tally.check(fit.scoreStatistic, expected.score.double, relative: 1e-10)
    tally.check(fit.likelihoodRatioP, expected.lrtP.double, relative: 1e-9)
    let predictors = fit.linearPredictor(of: data.features)
    for row in 0..<5 { tally.check(predictors[row], expected.predictor[row].double, absolute: 1e-9) }
    if strata == nil {
      // Times of the file have 15 digits.
      for (index, time) in expected.time.doubles.enumerated() {
        tally.check(
          fit.baselines[0].cumulativeHazard(at: time + 1e-9), expected.hazard[index].double, relative: 1e-9,
          "at \(time)")
      }
    }
    for transform in ProportionalHazards.Transform.allCases {
      let test = ProportionalHazards(
        fit, features: data.features, survival: data.survival, strata: strata, transform: transform)
      let table = expected["zph_\(transform.rawValue)"]
      for (index, item) in (test.columns + [test.global]).enumerated() {
        let item = try #require(item)
        tally.check(item.statistic, table.statistic[index].double, relative: 1e-7, transform.rawValue)
        tally.check(item.p, table.p[index].double, relative: 1e-7, transform.rawValue)
      }
    }
    #expect(!fit.isMonotone)
    tally.report()
  }

  @Test(arguments: kinds) func `ridge penalties agree`(kind: String) throws {
    let (data, reference) = try Self.load(kind)
    let fit = try CoxRegression(features: data.features, survival: data.survival, ridgePenalty: 3)
    var tally = Tally("survival.json", "Cox with ridge, \(kind) (coxph)")
    for column in 0..<4 {
      tally.check(fit.coefficients[column], reference.ridge.coef[column].double, relative: 1e-7)
    }
    tally.report()
  }

  @Test(arguments: kinds) func `concordances agree`(kind: String) throws {
    let (data, reference) = try Self.load(kind)
    let risks = (0..<120).map { row -> Double in
      let first = (data.features[row, 0] * 8).rounded(.toNearestOrEven)
      return first - (data.features[row, 1] * 6).rounded(.toNearestOrEven)
    }
    let expected = reference.concordance
    let censoring = CensoringCurve(data.survival)
    let harrell = try #require(Concordance(risks, data.survival))
    let uno = try #require(Concordance(risks, data.survival, weightedBy: censoring))
    let cut = try #require(Concordance(risks, data.survival, weightedBy: censoring, until: 20))
    let clusters = try #require(Clusters((0..<120).map { $0 / 2 }))
    let clustered = try #require(Concordance(risks, data.survival, clusters: clusters))
    var tally = Tally("survival.json", "concordance, \(kind) (survival)")
    tally.check(harrell.estimate, expected.harrell.double, relative: 1e-13)
    tally.check(harrell.standardError, expected.error.double, relative: 1e-11)
    tally.check(Double(harrell.pairs), expected.pairs.double)
    tally.check(uno.estimate, expected.uno.double, relative: 1e-12)
    tally.check(cut.estimate, expected.unoUntil20.double, relative: 1e-12)
    tally.check(clustered.standardError, expected.clusteredError.double, relative: 1e-11)
    tally.report()
  }
}

/// Paths of glmnet 4.1, which divides the path for Cox in single precision, so that its λ agree to 1e-9 only, with `family = "cox"`; written by `Benchmarks/reference/survival.R`.
@Suite(.serialized) struct `Cox path against glmnet` {
  /// Rows, columns and seed of each table.
  static let tables = [("tall", 150, 20, 11), ("wide", 80, 150, 13), ("net", 80, 60, 17)]

  @Test(arguments: ["tied", "untied"], ["tall", "wide", "net"])
  func `coefficients and cross-validation agree`(kind: String, shape: String) throws {
    let table = try #require(Self.tables.first { $0.0 == shape })
    let data = try GeneratedSurvival(
      rows: table.1, columns: table.2, seed: UInt64(table.3), whole: kind == "tied")
    let reference = try ReferenceJSON.stored("survival.json")["\(kind)_\(shape)"]
    var settings = ElasticNetSettings()
    settings.alpha = reference.alpha.double
    settings.lambdaMinimumRatio = reference.minimumRatio.double
    settings.tolerance = 1e-17
    settings.maximumPasses = 10_000_000
    var tally = Tally("survival.json", "Cox path, \(kind), \(shape) (glmnet)")
    let folds = (0..<table.1).map { $0 % 5 }
    let own = try CrossValidatedCoxPath(
      features: data.features, survival: data.survival, folds: folds, settings: settings)
    let path = own.path
    try #require(path.solutions.count == reference.lambda.list.count)
    tally.check(path.nullDeviance, reference.nulldev.double, relative: 1e-12, "null deviance")
    for (index, solution) in path.solutions.enumerated() {
      tally.check(solution.lambda, reference.lambda[index].double, relative: 1e-8, "lambda")
      tally.check(solution.devianceRatio, reference.ratio[index].double, absolute: 1e-7, "dev.ratio \(index)")
    }
    for (cut, index) in reference.cuts.doubles.enumerated() {
      let solution = path.solutions[Int(index)]
      for column in 0..<table.2 {
        let place = solution.columns.firstIndex(of: column)
        tally.check(
          place.map { solution.coefficients[$0] } ?? 0, reference.coef[cut][column].double, absolute: 1e-6,
          "column \(column) at \(index)")
      }
    }
    let shared = try CrossValidatedCoxPath(
      features: data.features, survival: data.survival, folds: folds, settings: settings,
      convention: .sharedPath)
    for index in path.solutions.indices {
      tally.check(own.meanDeviance[index], reference.cvm[index].double, relative: 1e-6, "cvm \(index)")
      tally.check(own.standardError[index], reference.cvsd[index].double, relative: 1e-5, "cvsd \(index)")
      tally.check(
        shared.meanDeviance[index], reference.sharedCvm[index].double, relative: 1e-6, "cvm, shared")
      tally.check(
        shared.standardError[index], reference.sharedCvsd[index].double, relative: 1e-5, "cvsd, shared")
    }
    let smallest = try #require(own.index(by: .minimum))
    let sparse = try #require(own.index(by: .oneStandardError))
    tally.check(path.solutions[smallest].lambda, reference.lambdaMin.double, relative: 1e-8, "lambda.min")
    tally.check(path.solutions[sparse].lambda, reference.lambda1se.double, relative: 1e-8, "lambda.1se")
    let weighted = try coxNetPath(
      features: data.features, survival: data.survival, weights: (0..<table.1).map { Double(1 + $0 % 3) },
      settings: settings, lambdas: Array(reference.lambda.doubles.prefix(20)))
    let last = try #require(weighted.solutions.last)
    for column in 0..<table.2 {
      let place = last.columns.firstIndex(of: column)
      tally.check(
        place.map { last.coefficients[$0] } ?? 0, reference.weighted[column].double, absolute: 1e-6,
        "weighted")
    }
    tally.report()
  }
}

/// Values of lifelines 0.30 and scikit-survival 0.28; written by `Benchmarks/reference/survival.py`.
@Suite struct `Survival against Python` {
  @Test func `predictions and their measures agree`() throws {
    let data = try GeneratedSurvival(rows: 120, columns: 4, seed: 7, whole: false)
    let reference = try ReferenceJSON.stored("survival_peers.json")
    func part(_ rows: Range<Int>) -> (features: Matrix, survival: SurvivalTimes) {
      (
        data.features.selecting(rows: Array(rows), columns: Array(0..<4)),
        data.survival.selecting(Array(rows))
      )
    }
    let (training, test) = (part(0..<80), part(80..<120))
    let fit = try CoxRegression(features: training.features, survival: training.survival)
    var tally = Tally("survival_peers.json", "predictions (scikit-survival, lifelines)")
    for column in 0..<4 {
      tally.check(fit.coefficients[column], reference.coefficients[column].double, relative: 1e-7)
      tally.check(fit.coefficients[column], reference.lifelines.coefficients[column].double, relative: 1e-6)
      tally.check(fit.standardErrors[column], reference.lifelines.errors[column].double, relative: 1e-6)
    }
    tally.check(fit.logLikelihood, reference.lifelines.logLikelihood.double, relative: 1e-9)
    let times = reference.at.doubles
    let risks = fit.linearPredictor(of: test.features)
    func predicted(_ time: Double) -> [Double] {
      risks.map { fit.baselines[0].survival(at: time, linearPredictor: $0) }
    }
    let censoring = CensoringCurve(training.survival)
    let curve = KaplanMeier(training.survival)
    for (index, time) in times.enumerated() {
      for row in 0..<5 {
        tally.check(predicted(time)[row], reference.survival[row][index].double, relative: 1e-6, "survival")
      }
      let roc = try #require(TimeDependentROC(risks, test.survival, at: time, censoring: censoring))
      tally.check(roc.area, reference.areas[index].double, relative: 1e-10, "AUC at \(time)")
      let brier = try #require(
        survivalBrierScore(predicted(time), test.survival, at: time, censoring: censoring))
      tally.check(brier, reference.brier[index].double, relative: 1e-6, "Brier at \(time)")
      tally.check(curve.survival(at: time), reference.lifelines.kaplanMeier[index].double, relative: 1e-12)
      let interval = try #require(curve.interval(at: time))
      tally.check(interval.lower, reference.lifelines.lower[index].double, relative: 1e-9, "lower limit")
    }
    let harrell = try #require(Concordance(risks, test.survival))
    let uno = try #require(Concordance(risks, test.survival, weightedBy: censoring, until: 20))
    let training2 = try #require(
      Concordance(fit.linearPredictor(of: training.features), training.survival))
    let integrated = try #require(
      IntegratedBrierScore(times: times, test.survival, censoring: censoring, predicted: predicted))
    tally.check(harrell.estimate, reference.harrell.double, relative: 1e-13)
    tally.check(uno.estimate, reference.uno.double, relative: 1e-12)
    tally.check(training2.estimate, reference.lifelines.concordance.double, relative: 1e-12)
    tally.check(integrated.integrated, reference.integrated.double, relative: 1e-6)
    tally.report()
  }
}
