import Foundation
import LinearAlgebra
import Statistics
import TestSupport
import Testing

@Suite struct `Intraclass correlation` {
  @Test(.enabled(if: ReferenceData.isPresent, ReferenceData.absence))
  func `Shrout and Fleiss's example agrees with psych`() throws {
    let table = try ReferenceTable("data/shrout_fleiss1979.csv")
    let ratings = Matrix(columns: try table.names.map(table.numbers), rows: table.rows.count)
    let reference = try ReferenceJSON.load("icc_shrout_fleiss.json").rows
    var tally = Tally("icc_shrout_fleiss.json", "intraclass correlation (psych)")
    for (index, kind) in [(0, IntraclassCorrelation.Kind.oneWay), (1, .agreement), (2, .consistency)] {
      let icc = try #require(IntraclassCorrelation(ratings, kind: kind))
      let expected = reference[index]
      tally.check(icc.value, expected.ICC.double, relative: 1e-12, "value")
      tally.check(icc.statistic, expected.F.double, relative: 1e-12, "F")
      tally.check(icc.p, expected.p.double, relative: 1e-10, "p")
      tally.check(icc.interval.lower, expected["lower bound"].double, relative: 1e-10, "lower")
      tally.check(icc.interval.upper, expected["upper bound"].double, relative: 1e-10, "upper")
    }
    tally.report()
  }

  @Test func `raters who differ by a constant agree in consistency only`() throws {
    let ratings = Matrix(columns: [[1, 2, 3, 5], [2, 3, 4, 6]], rows: 4)
    let consistency = try #require(IntraclassCorrelation(ratings, kind: .consistency))
    let agreement = try #require(IntraclassCorrelation(ratings, kind: .agreement))
    #expect(abs(consistency.value - 1) < 1e-12 && agreement.value < 0.9)
    #expect(IntraclassCorrelation(Matrix(columns: [[1, 1], [1, 1]], rows: 2), kind: .agreement) == nil)
    #expect(IntraclassCorrelation(Matrix(columns: [[1, .nan], [1, 2]], rows: 2), kind: .agreement) == nil)
    #expect(IntraclassCorrelation(Matrix(columns: [[1, 2]], rows: 2), kind: .agreement) == nil)
  }

  @Test func `features are kept by their ICC or its lower limit`() throws {
    var stream = RandomStream(seed: 2, purpose: .synthesis)
    let values = (0..<20).map { _ in
      let truth = stream.normal()
      return (0..<2).map { _ in
        [truth + 0.05 * stream.normal(), truth + 0.45 * stream.normal(), stream.normal()]
      }
    }
    let repeats = try RepeatedFeatures(featureNames: ["stable", "fair", "noise"], values: values)
    #expect(repeats.reliable(.agreement) == ["stable", "fair"])
    #expect(repeats.reliable(.agreement, minimum: 0.9, by: .lowerLimit) == ["stable"])
    #expect(throws: StatisticsError.self) {
      try RepeatedFeatures(featureNames: ["a"], values: [[[1], [2]], [[1]]])
    }
    #expect(throws: StatisticsError.self) { try RepeatedFeatures(featureNames: ["a"], values: [[[1], [2]]]) }
  }
}

@Suite struct `Across sites` {
  private static let methods: [(String, MetaAnalysis.Method)] = [
    ("DL", .derSimonianLaird), ("REML", .restrictedLikelihood),
  ]

  private static func check(
    _ estimates: [Double], _ variances: [Double], _ fits: ReferenceJSON, _ tally: inout Tally
  ) throws {
    for fit in fits.list {
      guard let method = methods.first(where: { $0.0 == fit.method.string })?.1,
        let test = MetaAnalysis.Test(rawValue: fit.test.string)
      else { continue }
      let pooled = try MetaAnalysis(estimates, variances: variances, method: method, test: test)
      // metafor ends its REML iteration at a change of 1e-5, and its profile search within 1.22e-4.
      let isREML = method == .restrictedLikelihood && pooled.tau2 > 0
      let relative = isREML ? 1e-6 : 1e-10
      let values: [(Double, ReferenceJSON, String)] = [
        (pooled.mean, fit.mu, "mean"), (pooled.standardError, fit.se, "error"),
        (pooled.statistic, fit.stat, "statistic"), (pooled.p, fit.pval, "p"),
        (pooled.interval.lower, fit.ci[0], "lower"), (pooled.interval.upper, fit.ci[1], "upper"),
        (pooled.predictionInterval.lower, fit.pi[0], "lower prediction"),
        (pooled.predictionInterval.upper, fit.pi[1], "upper prediction"),
        (pooled.tau2, fit.tau2, "tau2"), (pooled.tau2StandardError, fit.se_tau2, "error of tau2"),
        (pooled.i2, fit.I2, "I2"), (pooled.h2, fit.H2, "H2"), (pooled.q, fit.Q, "Q"),
        (pooled.qP, fit.Qp, "p of Q"),
      ]
      for (value, expected, name) in values {
        tally.check(
          value, expected.double, relative: relative, "\(fit.method.string) \(fit.test.string) \(name)")
      }
      let interval = try #require(pooled.tau2Interval)
      for (value, index) in [(interval.lower, 0), (interval.upper, 1)] {
        tally.check(value, fit.tau2_ci_Qprofile[index].double, absolute: 1.22e-4, "profile")
      }
    }
  }

  @Test(.enabled(if: ReferenceData.isPresent, ReferenceData.absence))
  func `the BCG trials agree with metafor`() throws {
    let reference = try ReferenceJSON.load("metafor_bcg.json")
    var tally = Tally("metafor_bcg.json", "random effects of 13 trials (metafor)")
    let (y, v) = (reference.yi.doubles, reference.vi.doubles)
    try Self.check(y, v, reference.fits, &tally)
    tally.report()
    // The profile's ends are where Q meets the quantiles of χ² with 12 degrees of freedom.
    let interval = try #require(try MetaAnalysis(y, variances: v).tau2Interval)
    for (tau2, quantile) in [(interval.lower, 23.336664158645338), (interval.upper, 4.403788506981701)] {
      let w = v.map { 1 / ($0 + tau2) }
      let mean = zip(w, y).reduce(0) { $0 + $1.0 * $1.1 } / w.reduce(0, +)
      let q = zip(w, y).reduce(0) { $0 + $1.0 * ($1.1 - mean) * ($1.1 - mean) }
      #expect(abs(q - quantile) < 1e-9)
    }
  }

  @Test(.enabled(if: ReferenceData.isPresent, ReferenceData.absence))
  func `AUCs of six sites agree with pROC and metafor`() throws {
    let table = try ReferenceTable("data/wdbc.csv")
    let reference = try ReferenceJSON.load("meta_auc_wdbc6.json")
    let (texture, positives) = (
      try table.numbers("mean_texture"), try table.numbers("malignant").map { $0 == 1 }
    )
    var tally = Tally("meta_auc_wdbc6.json", "logit AUC of six sites (pROC, metafor)")
    var sites: [(name: String, probabilities: [Double], positives: [Bool])] = []
    var (estimates, variances, raw, rawVariances) = ([Double](), [Double](), [Double](), [Double]())
    for (site, expected) in reference.sites.list.enumerated() {
      let rows = texture.indices.filter { $0 % 6 == site }
      let (scores, outcomes) = (rows.map { texture[$0] }, rows.map { positives[$0] })
      sites.append(("\(site)", scores, outcomes))
      let deLong = try #require(DeLong(scores, positives: outcomes))
      let logit = try #require(deLong.logitEstimate)
      tally.check(deLong.auc, expected.auc.double, relative: 1e-12)
      tally.check(logit.value, expected.logit.double, relative: 1e-12)
      tally.check(logit.variance, expected.var_logit.double, relative: 1e-11)
      estimates.append(logit.value)
      variances.append(logit.variance)
      raw.append(deLong.auc)
      rawVariances.append(deLong.variance)
    }
    try Self.check(estimates, variances, reference.fits, &tally)
    try Self.check(raw, rawVariances, reference.raw_scale, &tally)
    let pooled = try #require(try SitePooling(sites).pooled)
    tally.check(pooled.auc, 1 / (1 + exp(-1.2368411649264)), relative: 1e-12)
    tally.report()
    #expect(!pooled.analysis.hasFewSites)
  }

  /// metafor's `test = "adhoc"`, by hand: the variance of the residuals counts as 1 at least.
  @Test func `estimates that are alike do not make the interval narrower than chance allows`() throws {
    // Equal estimates: no variance between sites, weights 1/v, t with two degrees of freedom at 0.975.
    let t = 4.302652729749464
    let v = [0.04, 0.09, 0.01]
    let weight = 1 / 0.04 + 1 / 0.09 + 1 / 0.01
    let equal = try MetaAnalysis([1.2, 1.2, 1.2], variances: v)
    #expect(equal.test == .modifiedHartungKnapp && equal.tau2 == 0)
    #expect(abs(equal.standardError - (1 / weight).squareRoot()) < 1e-15)
    #expect(abs(equal.interval.upper - (1.2 + t * (1 / weight).squareRoot())) < 1e-12)
    let plain = try MetaAnalysis([1.2, 1.2, 1.2], variances: v, test: .hartungKnapp)
    #expect(plain.interval.upper - plain.interval.lower < 1e-12)
    // Alike, but not equal: never narrower than the fixed-effect model's, 1.96 standard errors.
    let alike = try MetaAnalysis([1.1, 1.2, 1.15], variances: v)
    let fixed = 2 * 1.959963984540054 * (1 / weight).squareRoot()
    #expect(alike.interval.upper - alike.interval.lower >= fixed)
    #expect(
      try MetaAnalysis([1.1, 1.2, 1.15], variances: v, test: .hartungKnapp).standardError
        < (1 / weight).squareRoot())
    // Apart: the residuals' variance, Σ w (y - mean)² / 2, is above 1 by moments' τ² = 0 here, and is taken.
    let (y, w) = ([0.0, 0.5, 0.1], [25.0, 100.0 / 9, 100])
    let mean = (w[1] * 0.5 + w[2] * 0.1) / weight
    let q = zip(w, y).reduce(0) { $0 + $1.0 * ($1.1 - mean) * ($1.1 - mean) }
    let apart = try MetaAnalysis(y, variances: v, method: .derSimonianLaird)
    let expected = apart.tau2 == 0 ? max(1, q / 2).squareRoot() / weight.squareRoot() : apart.standardError
    #expect(abs(apart.standardError - expected) < 1e-14)
  }

  @Test func `sites without an AUC are named and not pooled`() throws {
    let pooling = try SitePooling([
      ("a", [0.1, 0.4, 0.35, 0.8], [false, false, true, true]), ("b", [0.1, 0.2], [true, true]),
      ("c", [0.1, 0.2, 0.8, 0.9], [false, false, true, true]),
    ])
    #expect(pooling.sites.map(\.isPooled) == [true, false, false])
    #expect(pooling.pooled == nil)
    #expect(throws: StatisticsError.self) { try MetaAnalysis([1], variances: [1]) }
    #expect(throws: StatisticsError.self) { try MetaAnalysis([1, 2], variances: [1, 0]) }
  }

  @Test func `leaving out one site fits without it and pools the sites`() throws {
    let table = try syntheticTable(subjects: 120)
    let result = try LeaveOneSiteOut(table, plan: .short, seed: 7, replicates: 50)
    #expect(result.folds.map(\.site) == table.siteNames)
    #expect(result.folds.map(\.evaluation.rows).reduce(0, +) == 120)
    let pooled = try #require(result.pooling.pooled)
    #expect(pooled.interval.lower < pooled.auc && pooled.auc < pooled.interval.upper)
    #expect(pooled.analysis.hasFewSites && pooled.auc > 0.7)
    var plan = ModelPlan.short
    plan.harmonisation = CombatSettings()
    let error = #expect(throws: StatisticsError.self) {
      try LeaveOneSiteOut(table, plan: plan, seed: 7, replicates: 50)
    }
    #expect(error?.code == .unseenSite)
    plan.harmonisation?.unseenSite = .unchanged
    #expect(try LeaveOneSiteOut(table, plan: plan, seed: 7, replicates: 50).folds.count == 3)
  }
}
