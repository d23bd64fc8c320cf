import Foundation
import LinearAlgebra
import Statistics
import TestSupport
import Testing

@Suite struct `Calibration and inflation against R` {
  private struct Fit {
    let features: [[Double]]
    let regression: LogisticRegression
    let probabilities: [Double]
    let positives: [Bool]

    init(_ names: [String]) throws {
      let table = try ReferenceTable("data/wdbc.csv")
      let columns = try names.map(table.numbers)
      features = columns
      positives = try table.numbers("malignant").map { $0 == 1 }
      let matrix = Matrix(columns: columns, rows: table.rows.count)
      regression = try LogisticRegression(features: matrix, outcomes: positives.map { $0 ? 1 : 0 })
      probabilities = regression.linearPredictor(of: matrix).map { 1 / (1 + exp(-$0)) }
    }
  }

  @Test(.enabled(if: ReferenceData.isPresent, ReferenceData.absence))
  func `inflation factors, Hosmer-Lemeshow and scaled Brier agree`() throws {
    let reference = try ReferenceJSON.load("wdbc_glm.json").glm_all
    let names = reference.features.strings
    let fit = try Fit(names)
    var tally = Tally("wdbc_glm.json", "inflation, Hosmer-Lemeshow, Brier (car, R)")
    let ofModel = try #require(VarianceInflation.factors(of: fit.regression))
    let ofColumns = try #require(VarianceInflation.factors(of: fit.features))
    for (index, name) in names.enumerated() {
      // The covariance depends on where the iteration ended.
      tally.check(ofModel[index], reference.vif[name].double, relative: 1e-6, name)
      tally.check(ofColumns[index], reference.vif_lm[name].double, relative: 1e-10, name)
    }
    let brier = try #require(scaledBrierScore(fit.probabilities, positives: fit.positives))
    tally.check(brier, reference.brier_scaled.double, relative: 1e-9)
    try check(fit.probabilities, fit.positives, reference.hosmer_lemeshow, &tally)
    tally.report()
  }

  private func check(
    _ probabilities: [Double], _ positives: [Bool], _ expected: ReferenceJSON, _ tally: inout Tally
  ) throws {
    let test = try #require(HosmerLemeshow(probabilities, positives: positives))
    tally.check(test.statistic, expected.chisq.double, relative: 1e-8, "statistic")
    tally.check(test.degrees, expected.df.double, "degrees")
    tally.check(test.p, expected.p.double, relative: 1e-8, "p")
    for (index, group) in test.groups.enumerated() {
      tally.check(Double(group.rows), expected.n[index].double, "rows")
      tally.check(Double(group.observed), expected.obs1[index].double, "observed")
      tally.check(group.expected, expected.exp1[index].double, relative: 1e-8, "expected")
    }
  }

  @Test(.enabled(if: ReferenceData.isPresent, ReferenceData.absence))
  func `tests and the smooth curve of the test part agree`() throws {
    let table = try ReferenceTable("wdbc_split_test_pred.csv")
    let reference = try ReferenceJSON.load("wdbc_glm.json")
    let (p, positives) = (try table.numbers("p"), try table.numbers("y").map { $0 == 1 })
    var tally = Tally("wdbc_glm.json", "calibration of the test part (rms, R)")
    try check(p, positives, reference.split.hl, &tally)
    let spiegelhalter = try #require(SpiegelhalterTest(p, positives: positives))
    tally.check(spiegelhalter.z, reference.split.spiegelhalter_z.double, relative: 1e-11, "z")
    tally.check(spiegelhalter.p, reference.split.val_prob["S:p"].double, relative: 1e-10, "p")
    let smooth = Lowess(calibrationOf: p, positives: positives)
    for (index, expected) in reference.lowess_test.x.doubles.enumerated() {
      tally.check(smooth.x[index], expected, relative: 1e-12, "lowess x")
      tally.check(
        smooth.y[index], reference.lowess_test.y.doubles[index], relative: 1e-9, absolute: 1e-12, "lowess y")
    }
    tally.report()
  }

  @Test(.enabled(if: ReferenceData.isPresent, ReferenceData.absence))
  func `net reclassification and integrated discrimination agree`() throws {
    let reference = try ReferenceJSON.load("nri_idi.json")
    let old = try Fit(["mean_texture", "mean_smoothness"])
    let new = try Fit(["mean_texture", "mean_smoothness", "mean_radius"])
    let result = try #require(
      Reclassification(from: old.probabilities, to: new.probabilities, positives: old.positives))
    var tally = Tally("nri_idi.json", "NRI and IDI (Hmisc)")
    tally.check(result.continuous.value, reference.nri.double, relative: 1e-12)
    tally.check(result.continuous.standardError, reference.se_nri.double, relative: 1e-12)
    tally.check(result.continuous.cases, reference.nri_ev.double, relative: 1e-12)
    tally.check(result.continuous.controls, reference.nri_ne.double, relative: 1e-12)
    tally.check(result.discrimination.value, reference.idi.double, relative: 1e-9)
    tally.check(result.discrimination.standardError, reference.se_idi.double, relative: 1e-9)
    tally.check(result.discrimination.z, reference.z_idi.double, relative: 1e-9)
    tally.report()
  }
}

@Suite struct `Evaluation by hand` {
  private let p = [0.1, 0.3, 0.35, 0.8]
  private let positives = [false, true, false, true]

  @Test func `categories count moves over the bounds`() throws {
    let new = [0.05, 0.6, 0.2, 0.9]
    let result = try #require(Reclassification(from: p, to: new, positives: positives, bounds: [0.33, 0.5]))
    #expect(result.categorical?.cases == 0.5 && result.categorical?.controls == 0.5)
    #expect(result.continuous.value == 2)
    #expect(abs(result.discrimination.value - (0.2 + 0.1)) < 1e-15)
    #expect(Reclassification(from: p, to: new, positives: [true, false, false, false]) == nil)
  }

  @Test func `expected calibration error weighs bins by rows`() throws {
    let error = try #require(expectedCalibrationError(p, positives: positives, bins: 2))
    #expect(abs(error - (abs(0.1 + 0.3 + 0.35 - 1) + abs(0.8 - 1)) / 4) < 1e-15)
    #expect(expectedCalibrationError([], positives: []) == nil)
    #expect(expectedCalibrationError([1], positives: [true]) == 0)
  }

  @Test func `scaled Brier is 0 for the share of cases and 1 for the truth`() {
    #expect(scaledBrierScore([0.5, 0.5, 0.5, 0.5], positives: positives) == 0)
    #expect(scaledBrierScore([0, 1, 0, 1], positives: positives) == 1)
    #expect(scaledBrierScore([0, 1], positives: [true, true]) == nil)
  }

  /// From the top: 0.8 is a case (1/1, recall 1/2), 0.35 none, 0.3 a case (2/3, recall 1).
  @Test func `average precision adds precision at each case`() throws {
    let curve = try #require(PrecisionRecall(p, positives: positives))
    #expect(curve.points.map(\.recall) == [0.5, 0.5, 1, 1])
    #expect(curve.points.map(\.precision) == [1, 0.5, 2.0 / 3, 0.5])
    #expect(abs(curve.averagePrecision - (0.5 + 0.5 * 2 / 3)) < 1e-15)
    let tied = try #require(PrecisionRecall([1, 1, 1, 1], positives: positives))
    #expect(tied.averagePrecision == 0.5 && tied.points.count == 1)
    #expect(PrecisionRecall([1], positives: [false]) == nil)
  }

  @Test func `classification has intervals and a test against guessing`() throws {
    let scores = (0..<40).map { Double($0) / 40 }
    let outcomes = (0..<40).map { $0 >= 20 || $0 % 7 == 0 }
    let result = Classification(scores, positives: outcomes, cutoff: 0.5, seed: 3, replicates: 400)
    let (f1, interval) = (try #require(result.f1), try #require(result.f1Interval))
    #expect(interval.lower < f1 && f1 < interval.upper)
    #expect(try #require(result.matthewsInterval).lower > 0)
    #expect(result.noInformationRate == 23.0 / 40)
    // 37 of 40 right: the binomial tail Σ C(40, k) q^k (1 - q)^(40 - k), k from 37 on.
    let (q, right) = (23.0 / 40, 37)
    var (term, tail) = (pow(q, 40), 0.0)
    for k in stride(from: 40, through: right, by: -1) {
      tail += term
      term *= Double(k) / Double(41 - k) * (1 - q) / q
    }
    #expect(abs(try #require(result.noInformationP) / tail - 1) < 1e-11)
    let none = Classification([], positives: [], cutoff: 0.5, seed: 1, replicates: 5)
    #expect(none.noInformationRate == nil && none.f1Interval == nil)
  }

  @Test func `cut-off rules choose from the curve`() throws {
    #expect(try CutoffRule.sensitivity(minimum: 1).threshold(p, positives: positives) == 0.2)
    #expect(abs(try CutoffRule.sensitivity(minimum: 0.5).threshold(p, positives: positives) - 0.575) < 1e-15)
    #expect(try CutoffRule.sensitivity(minimum: 1).threshold([0.1, 0.2], positives: [true, false]) == 0)
    #expect(try CutoffRule.fixed(0.25).threshold(p, positives: positives) == 0.25)
    #expect(throws: StatisticsError.self) { try CutoffRule.fixed(1.5).threshold(p, positives: positives) }
    let table = try syntheticTable()
    var plan = ModelPlan.short
    let youden = try fitModel(table, rows: table.allRows, plan: plan, address: .finalFit(seed: 1))
    plan.cutoff = .sensitivity(minimum: 0.95)
    let sensitive = try fitModel(table, rows: table.allRows, plan: plan, address: .finalFit(seed: 1))
    #expect(sensitive.cutoff < youden.cutoff && sensitive.coefficients == youden.coefficients)
    let calls = ConfusionMatrix(
      sensitive.probabilities(of: table, rows: table.allRows), positives: table.positives,
      cutoff: sensitive.cutoff)
    #expect(try #require(calls.sensitivity.estimate) >= 0.95)
  }

  @Test func `all pairs of models are compared and adjusted after Holm`() throws {
    var stream = RandomStream(seed: 9, purpose: .synthesis)
    let outcomes = (0..<80).map { $0 % 2 == 0 }
    let models = [2.0, 0.5, 0].enumerated().map { index, signal in
      (name: "m\(index)", probabilities: outcomes.map { ($0 ? signal : 0) + stream.normal() })
    }
    let pairs = ModelComparison.all(models, positives: outcomes)
    #expect(pairs.map(\.first) == ["m0", "m0", "m1"] && pairs.map(\.second) == ["m1", "m2", "m2"])
    #expect(pairs.map(\.adjustedP) == MultipleTesting.holm(pairs.map(\.comparison.p)))
    #expect(ModelComparison.all(models, positives: outcomes.map { _ in true }).isEmpty)
  }

  @Test func `a smooth curve through a line is the line`() {
    let x = (0..<50).map { Double($0 * $0) }
    let smooth = Lowess(x: x, y: x.map { 3 - 2 * $0 }, iterations: 2)
    for (x, y) in zip(smooth.x, smooth.y) { #expect(abs(y - (3 - 2 * x)) < 1e-8) }
    #expect(Lowess(x: [1], y: [2]).y == [2])
    #expect(Lowess(x: [1, 1, 1], y: [0, 1, 1]).y.allSatisfy { abs($0 - 2.0 / 3) < 1e-15 })
  }
}
