import LinearAlgebra
import Statistics
import TestSupport
import Testing

@Suite struct `Logistic regression` {
  @Test(.enabled(if: ReferenceData.isPresent, ReferenceData.absence))
  func `coefficients, errors and tests agree with R`() throws {
    let table = try ReferenceTable("data/wdbc.csv")
    let reference = try ReferenceJSON.load("wdbc_glm.json").glm_all
    let outcomes = try table.numbers("malignant")
    let names = reference.features.strings
    let features = Matrix(columns: try names.map(table.numbers), rows: outcomes.count)
    let fit = try LogisticRegression(features: features, outcomes: outcomes)
    var tally = Tally("wdbc_glm.json", "logistic regression (R)")
    for (index, value) in ([fit.intercept] + fit.coefficients).enumerated() {
      tally.check(value, reference.coef[index].double, relative: 1e-9)
      tally.check(fit.standardErrors[index], reference.se[index].double, relative: 1e-6)
      tally.check(fit.waldP[index], reference.p[index].double, relative: 1e-6)
    }
    tally.check(fit.deviance, reference.deviance.double, relative: 1e-12)
    tally.check(fit.nullDeviance, reference.null_deviance.double, relative: 1e-12)
    let probabilities = fit.linearPredictor(of: features).map(logistic)
    let positives = outcomes.map { $0 == 1 }
    tally.check(brierScore(probabilities, positives: positives), reference.brier.double, relative: 1e-9)
    tally.check(
      try #require(areaUnderCurve(probabilities, positives: positives)), reference.auc.double, relative: 1e-12
    )
    tally.report()
    #expect(fit.separation == nil)
  }

  @Test(.enabled(if: ReferenceData.isPresent, ReferenceData.absence))
  func `calibration of held-out predictions agrees with R`() throws {
    let table = try ReferenceTable("wdbc_split_test_pred.csv")
    let reference = try ReferenceJSON.load("wdbc_glm.json").split
    let positives = try table.numbers("y").map { $0 == 1 }
    let p = try table.numbers("p")
    let calibration = try #require(Calibration(p, positives: positives))
    var tally = Tally("wdbc_glm.json", "calibration (R)")
    // R takes the standard error one iteration before its last, whose deviance settled to 1e-8.
    tally.check(calibration.slope, reference.cal_slope.double, relative: 1e-6)
    tally.check(calibration.slopeStandardError, reference.cal_slope_se.double, relative: 1e-6, slack: 300)
    tally.check(calibration.intercept, reference.cal_intercept_joint.double, relative: 1e-6)
    tally.check(calibration.inTheLarge, reference.citl.double, relative: 1e-7)
    tally.check(calibration.inTheLargeStandardError, reference.citl_se.double, relative: 1e-6)
    tally.check(calibration.observedOverExpected, reference.OE.double, relative: 1e-9)
    tally.check(brierScore(p, positives: positives), reference.brier.double, relative: 1e-9)
    tally.report()
  }

  private let x = Matrix(rows: 6, columns: 1, values: [1, 2, 3, 4, 5, 6])

  /// One binary column: the coefficient is the log odds ratio of the 2 x 2 table, ln((3·2)/(1·2)) with 3/2 and 1/2.
  @Test func `a binary column gives the log odds ratio`() throws {
    let features = Matrix(rows: 8, columns: 1, values: [0, 0, 0, 0, 1, 1, 1, 1])
    let fit = try LogisticRegression(features: features, outcomes: [0, 0, 0, 1, 0, 1, 1, 1])
    #expect(abs(fit.coefficients[0] - 2 * 1.0986122886681098) < 1e-12)
    #expect(abs(fit.standardErrors[1] - (1 + 1.0 / 3 + 1 + 1.0 / 3).squareRoot()) < 1e-12)
  }

  @Test func `complete separation is named`() throws {
    #expect(try LogisticRegression(features: x, outcomes: [0, 0, 0, 1, 1, 1]).separation == .complete)
  }

  @Test func `quasi-complete separation is named`() throws {
    let features = Matrix(rows: 6, columns: 1, values: [1, 2, 3, 3, 4, 5])
    #expect(
      try LogisticRegression(features: features, outcomes: [0, 0, 0, 1, 1, 1]).separation == .quasiComplete)
  }

  @Test func `overlapping classes are not called separated`() throws {
    #expect(try LogisticRegression(features: x, outcomes: [0, 0, 1, 0, 1, 1]).separation == nil)
  }

  @Test func `ridge and Firth stay finite under separation`() throws {
    let ridge = try LogisticRegression(features: x, outcomes: [0, 0, 0, 1, 1, 1], penalty: .ridge(1))
    let firth = try LogisticRegression(features: x, outcomes: [0, 0, 0, 1, 1, 1], penalty: .firth)
    #expect(ridge.separation == nil && firth.separation == nil)
    #expect(abs(ridge.coefficients[0]) < 3)
    #expect(abs(firth.coefficients[0]) < 3)
    // By symmetry the boundary lies in the middle.
    #expect(abs(ridge.intercept + 3.5 * ridge.coefficients[0]) < 1e-9)
    #expect(abs(firth.intercept + 3.5 * firth.coefficients[0]) < 1e-9)
  }

  /// Firth's penalised likelihood of a single proportion k/n adds half a success and half a failure.
  @Test func `Firth's intercept alone adds half a case and half a control`() throws {
    let fit = try LogisticRegression(
      features: Matrix(rows: 5, columns: 0), outcomes: [1, 0, 0, 0, 0], penalty: .firth)
    #expect(abs(fit.intercept - logit(1.5 / 6)) < 1e-10)
  }

  @Test func `ridge satisfies its score equations`() throws {
    let features = Matrix(rows: 6, columns: 2, values: [1, -2, 0.5, 3, 1, 2, 0, 1, 1, -1, 2, 0.5])
    let outcomes = [0.0, 0, 1, 1, 0, 1]
    let fit = try LogisticRegression(features: features, outcomes: outcomes, penalty: .ridge(0.7))
    let errors = zip(outcomes, fit.linearPredictor(of: features)).map { $0 - logistic($1) }
    #expect(abs(errors.reduce(0, +)) < 1e-12)
    for column in 0..<2 {
      let score = zip(features.column(column), errors).reduce(0) { $0 + $1.0 * $1.1 }
      #expect(abs(score - 0.7 * fit.coefficients[column]) < 1e-12)
    }
  }

  @Test func `weights count rows`() throws {
    let outcomes = [0.0, 0, 1, 0, 1, 1]
    let weighted = try LogisticRegression(features: x, outcomes: outcomes, weights: [2, 1, 1, 1, 1, 3])
    let repeated = try LogisticRegression(
      features: Matrix(rows: 9, columns: 1, values: [1, 1, 2, 3, 4, 5, 6, 6, 6]),
      outcomes: [0, 0, 0, 1, 0, 1, 1, 1, 1])
    #expect(abs(weighted.coefficients[0] - repeated.coefficients[0]) < 1e-10)
    #expect(abs(weighted.deviance - repeated.deviance) < 1e-10)
  }

  @Test func `one class and collinear columns are errors`() {
    #expect(throws: StatisticsError.self) {
      try LogisticRegression(features: x, outcomes: [1, 1, 1, 1, 1, 1])
    }
    let twice = Matrix(columns: [x.values, x.values.map { 2 * $0 }], rows: 6)
    #expect(throws: StatisticsError.self) {
      try LogisticRegression(features: twice, outcomes: [0, 1, 0, 1, 1, 0])
    }
  }

  @Test func `perfect or constant predictions have no calibration`() {
    #expect(Calibration([0.1, 0.2, 0.8, 0.9], positives: [false, false, true, true]) == nil)
    #expect(Calibration([0.5, 0.5, 0.5], positives: [false, true, true]) == nil)
    #expect(Calibration([0.2, 0.4], positives: [true, true]) == nil)
  }
}
