import Statistics
import TestSupport
import Testing

/// The aneurysm table of pROC: outcome and one marker.
private struct Aneurysms {
  let positives: [Bool]
  let table: ReferenceTable

  init() throws {
    table = try ReferenceTable("data/asah.csv")
    positives = try table.numbers("poor").map { $0 == 1 }
  }
}

@Suite struct `ROC against pROC` {
  @Test(
    .enabled(if: ReferenceData.isPresent, ReferenceData.absence), arguments: ["s100b", "ndka", "wfns"])
  func `curve, AUC, DeLong and Youden agree`(marker: String) throws {
    let data = try Aneurysms()
    let reference = try ReferenceJSON.load("asah.json")[marker]
    let scores = try data.table.numbers(marker)
    let deLong = try #require(DeLong(scores, positives: data.positives))
    let curve = try #require(ReceiverOperating(scores, positives: data.positives))
    var tally = Tally("asah.json", "ROC of \(marker) (pROC)")
    tally.check(deLong.auc, reference.auc.double, relative: 1e-12)
    tally.check(deLong.variance, reference.delong_var.double, relative: 1e-11)
    let logit = try #require(deLong.logitInterval())
    for (interval, expected) in [
      (deLong.interval(), reference.delong_ci95), (logit, reference.logit_delong_ci95),
    ] {
      tally.check(interval.lower, expected[0].double, relative: 1e-11)
      tally.check(interval.upper, expected[1].double, relative: 1e-11)
    }
    try #require(curve.points.count == reference.roc.sens.list.count)
    for (index, point) in curve.points.enumerated() {
      if index > 0, index < curve.points.count - 1 {
        tally.check(point.threshold, reference.roc.thresholds[index].double, relative: 1e-12)
      }
      tally.check(point.sensitivity, reference.roc.sens[index].double, absolute: 1e-14)
      tally.check(point.specificity, reference.roc.spec[index].double, absolute: 1e-14)
    }
    let best = curve.youden
    let expected = reference.youden
    let confusion = ConfusionMatrix(scores, positives: data.positives, cutoff: best.threshold)
    tally.check(best.threshold, expected.threshold.double, relative: 1e-12)
    tally.check(best.sensitivity, expected.sensitivity.double, absolute: 1e-14)
    tally.check(best.specificity, expected.specificity.double, absolute: 1e-14)
    tally.check(
      try #require(confusion.positivePredictiveValue.estimate), expected.ppv.double, absolute: 1e-14)
    tally.check(
      try #require(confusion.negativePredictiveValue.estimate), expected.npv.double, absolute: 1e-14)
    tally.check(try #require(confusion.accuracy.estimate), expected.accuracy.double, absolute: 1e-14)
    tally.check(Double(confusion.truePositives), expected.tp.double)
    tally.report()
  }

  @Test(.enabled(if: ReferenceData.isPresent, ReferenceData.absence))
  func `paired and unpaired comparisons agree`() throws {
    let data = try Aneurysms()
    let reference = try ReferenceJSON.load("asah.json")
    var tally = Tally("asah.json", "DeLong comparisons (pROC)")
    for expected in reference.delong_paired.list {
      let a = try #require(DeLong(try data.table.numbers(expected.a.string), positives: data.positives))
      let b = try #require(DeLong(try data.table.numbers(expected.b.string), positives: data.positives))
      let comparison = a.paired(with: b)
      tally.check(comparison.statistic, expected.Z.double, relative: 1e-11)
      tally.check(comparison.p, expected.p.double, relative: 1e-10)
      tally.check(comparison.difference, expected.diff.double, relative: 1e-11)
      tally.check(comparison.interval.lower, expected.ci95_diff[0].double, relative: 1e-10)
      tally.check(comparison.interval.upper, expected.ci95_diff[1].double, relative: 1e-10)
    }
    let isMale = try data.table.text("gender").map { $0 == "Male" }
    let scores = try data.table.numbers("s100b")
    func group(_ male: Bool) throws -> DeLong {
      let rows = isMale.indices.filter { isMale[$0] == male }
      return try #require(DeLong(rows.map { scores[$0] }, positives: rows.map { data.positives[$0] }))
    }
    let expected = reference.delong_unpaired_s100b_male_vs_female
    let comparison = try group(true).unpaired(with: try group(false))
    tally.check(comparison.statistic, expected.D.double, relative: 1e-11)
    tally.check(try #require(comparison.degrees), expected.df.double, relative: 1e-11)
    tally.check(comparison.p, expected.p.double, relative: 1e-10)
    tally.report()
  }

  @Test(.enabled(if: ReferenceData.isPresent, ReferenceData.absence))
  func `2,000 Philox replicates and their percentiles agree`() throws {
    let data = try Aneurysms()
    let reference = try ReferenceJSON.load("philox.json")
    let bootstrap = try #require(
      StratifiedBootstrap(
        try data.table.numbers("s100b"), positives: data.positives, replicates: 2_000,
        seed: UInt64(reference.seed.double)))
    var tally = Tally("philox.json", "stratified bootstrap AUC (NumPy)")
    for (value, expected) in zip(bootstrap.replicates, reference.aucs_2000.doubles) {
      tally.check(value, expected, relative: 1e-14)
    }
    let interval = try #require(bootstrap.percentileInterval())
    tally.check(interval.lower, reference.auc_perc_2000_type7[0].double, relative: 1e-12)
    tally.check(interval.upper, reference.auc_perc_2000_type7[2].double, relative: 1e-12)
    let accelerated = try ReferenceJSON.load("asah_s100b_bca.json")
    tally.check(bootstrap.acceleration, accelerated.a_stratified.double, relative: 1e-10)
    tally.report()
    // The reference drew other replicates: the interval agrees only as far as 2,000 of them fix it.
    let bca = try #require(bootstrap.acceleratedInterval())
    #expect(abs(bca.lower - accelerated.bca_type7[0].double) < 0.015)
    #expect(abs(bca.upper - accelerated.bca_type7[1].double) < 0.015)
  }

  /// pROC drew other replicates: 10,000 of each fix the ends to about 0.003, as the data's notes say.
  @Test(
    .enabled(if: ReferenceData.isPresent, ReferenceData.absence), arguments: ["s100b", "ndka", "wfns"])
  func `10,000 replicates give pROC's percentile interval`(marker: String) throws {
    let data = try Aneurysms()
    let expected = try ReferenceJSON.load("asah.json")[marker].boot10000_stratified_seed42_ci95
    let bootstrap = try #require(
      StratifiedBootstrap(
        try data.table.numbers(marker), positives: data.positives, replicates: 10_000, seed: 42))
    let interval = try #require(bootstrap.percentileInterval())
    var tally = Tally("asah.json", "10,000 stratified bootstrap AUCs of \(marker) (pROC)")
    tally.check(interval.lower, expected[0].double, absolute: 0.004)
    tally.check(interval.upper, expected[1].double, absolute: 0.004)
    tally.report()
  }

  @Test(.enabled(if: ReferenceData.isPresent, ReferenceData.absence))
  func `Wilson and exact intervals agree with binom`() throws {
    let reference = try ReferenceJSON.load("asah.json").s100b_youden_binom
    var tally = Tally("asah.json", "binomial intervals (binom)")
    for expected in [reference.sens, reference.spec] {
      let proportion = Proportion(Int(expected.k.double), of: Int(expected.n.double))
      let wilson = try #require(proportion.wilsonInterval())
      let exact = try #require(proportion.exactInterval())
      tally.check(wilson.lower, expected.wilson[0].double, relative: 1e-12)
      tally.check(wilson.upper, expected.wilson[1].double, relative: 1e-12)
      tally.check(exact.lower, expected.clopper_pearson[0].double, relative: 1e-10)
      tally.check(exact.upper, expected.clopper_pearson[1].double, relative: 1e-10)
    }
    tally.report()
  }

  /// A table of predictions and the curves that dcurves gives for its columns.
  struct CurveTable: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let predictions: String
    let outcome: String
    let models: [String]
  }

  static let curves = [
    CurveTable(
      testDescription: "asah_glm_dca.csv", predictions: "asah_glm_pred.csv", outcome: "y", models: ["p"]),
    CurveTable(
      testDescription: "wdbc_split_dca.csv", predictions: "wdbc_split_test_pred.csv", outcome: "y",
      models: ["p"]),
    CurveTable(
      testDescription: "dcurves_df_binary_dca.csv", predictions: "data/dcurves_df_binary.csv",
      outcome: "cancer", models: ["cancerpredmarker", "fam"]),
  ]

  @Test(.enabled(if: ReferenceData.isPresent, ReferenceData.absence), arguments: curves)
  func `decision curves agree with dcurves`(item: CurveTable) throws {
    let predictions = try ReferenceTable(item.predictions)
    let reference = try ReferenceTable(item.testDescription)
    let positives = try predictions.text(item.outcome).map { $0 == "1" || $0 == "True" }
    let (labels, thresholds) = (try reference.text("model"), try reference.numbers("threshold"))
    let benefits = try reference.numbers("net_benefit")
    var tally = Tally(item.testDescription, "decision curves (dcurves)")
    for model in item.models + ["all"] {
      let rows = labels.indices.filter { labels[$0] == model }
      try #require(rows.count == 99)
      let column = model == "all" ? item.models[0] : model == "fam" ? "famhistory" : model
      let curve = DecisionCurve(
        try predictions.numbers(column), positives: positives, thresholds: rows.map { thresholds[$0] })
      for (value, row) in zip(model == "all" ? curve.treatAll : curve.model, rows) {
        tally.check(value, benefits[row], absolute: 1e-12, "\(model) at \(thresholds[row])")
      }
    }
    tally.report()
  }
}

@Suite struct `ROC by hand` {
  private let scores = [0.1, 0.4, 0.35, 0.8]
  private let positives = [false, false, true, true]

  /// Pairs won: (0.35, 0.1), (0.8, 0.1), (0.8, 0.4); lost: (0.35, 0.4).
  @Test func `AUC counts pairs`() throws {
    #expect(areaUnderCurve(scores, positives: positives) == 0.75)
    #expect(areaUnderCurve([1, 1, 1, 1], positives: positives) == 0.5)
    #expect(areaUnderCurve(scores, positives: [true, true, true, true]) == nil)
    #expect(DeLong(scores, positives: [true, false, false, false]) == nil)
  }

  @Test func `the curve runs from everything to nothing positive`() throws {
    let curve = try #require(ReceiverOperating(scores, positives: positives))
    #expect(curve.points.map(\.sensitivity) == [1, 1, 0.5, 0.5, 0])
    #expect(curve.points.map(\.specificity) == [0, 0.5, 0.5, 1, 1])
    #expect(abs(curve.youden.threshold - 0.225) < 1e-15)
  }

  @Test func `a confusion matrix counts each row once`() {
    let table = ConfusionMatrix(scores, positives: positives, cutoff: 0.4)
    #expect(table.truePositives == 1)
    #expect(table.falsePositives == 1)
    #expect(table.sensitivity.estimate == 0.5)
    #expect(table.accuracy == Proportion(2, of: 4))
    #expect(table.f1 == 0.5)
    #expect(table.matthews == 0)
  }

  @Test func `proportions without trials have no estimate`() {
    #expect(Proportion(0, of: 0).estimate == nil)
    #expect(Proportion(0, of: 0).wilsonInterval() == nil)
    #expect(Proportion(0, of: 5).wilsonInterval()?.lower == 0)
    #expect(Proportion(5, of: 5).exactInterval()?.upper == 1)
  }

  @Test func `a perfect score has an interval of no width`() throws {
    let bootstrap = try #require(
      StratifiedBootstrap([1, 2, 3, 4], positives: positives, replicates: 50, seed: 1))
    #expect(bootstrap.percentileInterval() == Interval(lower: 1, upper: 1))
    #expect(bootstrap.acceleration == 0)
    #expect(DeLong([1, 2, 3, 4], positives: positives)?.logitInterval() == nil)
  }

  /// Vickers and Elkin's definition: 1/4 - 1/4 · (0.4/0.6).
  @Test func `net benefit weighs false positives by the odds`() {
    let curve = DecisionCurve(scores, positives: positives, thresholds: [0.4])
    #expect(abs(curve.model[0] - (0.25 - 0.25 * 0.4 / 0.6)) < 1e-15)
    #expect(abs(curve.treatAll[0] - (0.5 - 0.5 * 0.4 / 0.6)) < 1e-15)
  }
}
