import LinearAlgebra
import Statistics
import TestSupport
import Testing

/// Values of files whose main part other tests compare, and the second programs' values of what R gave.
@Suite(.enabled(if: ReferenceData.isPresent, ReferenceData.absence))
struct `Further values of R and SciPy` {
  @Test func `SciPy's tests of two groups agree`() throws {
    let table = try ReferenceTable("data/wdbc.csv")
    let reference = try ReferenceTable("wdbc_univariate_scipy.csv")
    let positives = try table.numbers("malignant").map { $0 == 1 }
    var tally = Tally("wdbc_univariate_scipy.csv", "two-group tests (SciPy)")
    for (row, name) in try reference.text("feature").enumerated() {
      let values = try table.numbers(name)
      func expected(_ column: String) throws -> Double { try reference.numbers(column)[row] }
      let corrected = try #require(MannWhitney(values, positives: positives, method: .normal))
      let plain = try #require(MannWhitney(values, positives: positives, method: .normalUncorrected))
      let cases = zip(values, positives).filter(\.1).map(\.0)
      let controls = zip(values, positives).filter { !$0.1 }.map(\.0)
      let welch = try #require(StudentTest(cases, controls, variances: .unequal))
      let student = try #require(StudentTest(cases, controls, variances: .equal))
      tally.check(corrected.u, try expected("U1"), name)
      tally.check(corrected.p, try expected("p_cc"), relative: 1e-10, name)
      tally.check(plain.p, try expected("p_nocc"), relative: 1e-10, name)
      tally.check(student.t, try expected("t"), relative: 1e-11, name)
      tally.check(student.p, try expected("p_t"), relative: 1e-10, absolute: 1e-300, name)
      tally.check(welch.t, try expected("t_w"), relative: 1e-11, name)
      tally.check(welch.degrees, try expected("df_w"), relative: 1e-11, name)
      tally.check(welch.p, try expected("p_w"), relative: 1e-10, absolute: 1e-300, name)
    }
    tally.report()
  }

  @Test func `a model of four markers agrees`() throws {
    let table = try ReferenceTable("data/asah.csv")
    let reference = try ReferenceJSON.load("asah.json")
    let names = ["s100b", "ndka", "wfns", "age"]
    let outcomes = try table.numbers("poor")
    let positives = outcomes.map { $0 == 1 }
    let features = Matrix(columns: try names.map(table.numbers), rows: outcomes.count)
    let fit = try LogisticRegression(features: features, outcomes: outcomes)
    var tally = Tally("asah.json", "a model of four markers, rank sums (R, rms)")
    check(fit, reference.glm, &tally)
    let p = fit.linearPredictor(of: features).map(logistic)
    for (value, expected) in zip(p, try ReferenceTable("asah_glm_pred.csv").numbers("p")) {
      tally.check(value, expected, relative: 1e-9, "probability")
    }
    let test = try #require(SpiegelhalterTest(p, positives: positives))
    let expected = reference.glm.val_prob
    tally.check(test.z, expected["S:z"].double, relative: 1e-7, "Spiegelhalter's z")
    tally.check(test.p, expected["S:p"].double, relative: 1e-7, "Spiegelhalter's p")
    tally.check(brierScore(p, positives: positives), expected.Brier.double, relative: 1e-9, "Brier")
    let auc = try #require(areaUnderCurve(p, positives: positives))
    tally.check(auc, expected["C (ROC)"].double, relative: 1e-12, "AUC")
    for marker in names.dropLast() {
      let ranks = try #require(
        MannWhitney(try table.numbers(marker), positives: positives, method: .normal))
      tally.check(ranks.u, reference[marker].wilcox_W.double, marker)
      tally.check(ranks.p, reference[marker].wilcox_p.double, relative: 1e-10, marker)
    }
    tally.report()
  }

  private func check(_ fit: LogisticRegression, _ expected: ReferenceJSON, _ tally: inout Tally) {
    for (index, value) in ([fit.intercept] + fit.coefficients).enumerated() {
      tally.check(value, expected.coef[index].double, relative: 1e-9, "coefficient")
      // R's errors are those before its last iteration.
      tally.check(fit.standardErrors[index], expected.se[index].double, relative: 1e-6, "error")
      tally.check(value / fit.standardErrors[index], expected.z[index].double, relative: 1e-6, "z")
      tally.check(fit.waldP[index], expected.p[index].double, relative: 1e-5, "p")
    }
    tally.check(fit.deviance, expected.deviance.double, relative: 1e-11, "deviance")
    tally.check(fit.nullDeviance, expected.null_deviance.double, relative: 1e-12, "null deviance")
    tally.check(
      fit.deviance + 2 * Double(fit.coefficients.count + 1), expected.aic.double, relative: 1e-11, "AIC")
  }

  /// The reference drew 10,000 other resamples: limits agree as far as so many fix them (README: ±0.003).
  @Test(arguments: ["s100b", "ndka", "wfns"])
  func `limits of 10,000 resamples agree`(marker: String) throws {
    let table = try ReferenceTable("data/asah.csv")
    let reference = try ReferenceJSON.load("asah.json")[marker]
    let bootstrap = try #require(
      StratifiedBootstrap(
        try table.numbers(marker), positives: try table.numbers("poor").map { $0 == 1 },
        replicates: 10_000, seed: 42))
    let interval = try #require(bootstrap.percentileInterval())
    var tally = Tally("asah.json", "bootstrap of \(marker) (pROC)")
    tally.check(interval.lower, reference.boot10000_stratified_seed42_ci95[0].double, absolute: 0.004)
    tally.check(interval.upper, reference.boot10000_stratified_seed42_ci95[1].double, absolute: 0.004)
    let median = quantile(ofSorted: bootstrap.replicates.sorted(), 0.5)
    tally.check(median, reference.boot_median.double, absolute: 0.002)
    tally.report()
  }

  @Test func `the covariance of a model, and its fit to a part, agree`() throws {
    let table = try ReferenceTable("data/wdbc.csv")
    let reference = try ReferenceJSON.load("wdbc_glm.json")
    let names = reference.glm_all.features.strings
    let outcomes = try table.numbers("malignant")
    let features = Matrix(columns: try names.map(table.numbers), rows: outcomes.count)
    var tally = Tally("wdbc_glm.json", "covariance, training part (R)")
    let whole = try LogisticRegression(features: features, outcomes: outcomes)
    for row in 0...names.count {
      for column in 0...names.count {
        let scale = (whole.covariance[row, row] * whole.covariance[column, column]).squareRoot()
        tally.check(
          whole.covariance[row, column], reference.glm_all.vcov[row][column].double, absolute: 1e-6 * scale)
      }
      tally.check(
        whole.waldP[row], reference.glm_all.p[row].double, relative: 1e-5, "p")
    }
    tally.check(-0.5 * whole.deviance, reference.glm_all.loglik.double, relative: 1e-11, "log-likelihood")
    let (training, test) = try Self.parts(outcomes)
    let fit = try LogisticRegression(
      features: features.selecting(rows: training, columns: Array(names.indices)),
      outcomes: training.map { outcomes[$0] })
    tally.check(fit.intercept, reference.split.coef_train["(Intercept)"].double, relative: 1e-8)
    for (name, value) in zip(names, fit.coefficients) {
      tally.check(value, reference.split.coef_train[name].double, relative: 1e-8, name)
    }
    let predictor = fit.linearPredictor(
      of: features.selecting(rows: test, columns: Array(names.indices)))
    let deLong = try #require(DeLong(predictor, positives: test.map { outcomes[$0] == 1 }))
    tally.check(deLong.auc, reference.split.auc_test.double, relative: 1e-12, "AUC")
    tally.check(deLong.interval().lower, reference.split.delong_ci[0].double, relative: 1e-10, "DeLong")
    tally.check(deLong.interval().upper, reference.split.delong_ci[1].double, relative: 1e-10, "DeLong")
    tally.report()
  }

  /// Rows whose rank within their class, from 1, is 3, 6 or 9 modulo 10 are the test part.
  private static func parts(_ outcomes: [Double]) throws -> (training: [Int], test: [Int]) {
    var ranks = [0.0: 0, 1.0: 0]
    var (training, test) = ([Int](), [Int]())
    for (row, outcome) in outcomes.enumerated() {
      ranks[outcome, default: 0] += 1
      if [3, 6, 9].contains(ranks[outcome, default: 0] % 10) {
        test.append(row)
      } else {
        training.append(row)
      }
    }
    return (training, test)
  }

  @Test func `models of three signatures differ as pROC says`() throws {
    let reference = try ReferenceJSON.load("pipeline_sim.json")
    let positives = try ReferenceTable("data/sim_radiomics_n45_p1709.csv").numbers("y").map { $0 == 1 }
    var tally = Tally("pipeline_sim.json", "paired DeLong of the signatures (pROC)")
    for (name, expected) in reference.delong.members {
      let sides = try name.split(separator: "_").filter { $0 != "vs" }.map { side in
        try #require(DeLong(reference.sig[String(side)].p_test.doubles, positives: positives))
      }
      let comparison = sides[0].paired(with: sides[1])
      tally.check(comparison.statistic, expected.Z.double, relative: 1e-10, name)
      tally.check(comparison.p, expected.p.double, relative: 1e-10, name)
    }
    #expect(tally.total == 6)
    tally.report()
  }

  @Test func `drawn rows are those of the reference`() throws {
    let reference = try ReferenceJSON.load("philox.json")
    let positives = try ReferenceTable("data/asah.csv").numbers("poor").map { $0 == 1 }
    let strata = [false, true].map { outcome in positives.indices.filter { positives[$0] == outcome } }
    var tally = Tally("philox.json", "rows of ten stratified resamples (Random123)")
    for replicate in reference.reps.list {
      let rows = strata.enumerated().flatMap { stratum, members in
        var stream = RandomStream(
          seed: UInt64(reference.seed.double), purpose: .resample, replicate: Int(replicate.rep.double),
          stratum: stratum)
        return members.map { _ in members[stream.index(below: members.count)] }
      }
      for (row, expected) in zip(rows, replicate.indices0.doubles) { tally.check(Double(row), expected) }
    }
    #expect(tally.total == 1_130)
    tally.report()
  }
}
