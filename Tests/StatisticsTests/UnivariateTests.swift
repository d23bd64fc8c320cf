import Statistics
import TestSupport
import Testing

@Suite struct `Tests of two groups` {
  @Test(.enabled(if: ReferenceData.isPresent, ReferenceData.absence))
  func `agree with R on the breast cancer table`() throws {
    let table = try ReferenceTable("data/wdbc.csv")
    let reference = try ReferenceTable("wdbc_univariate.csv")
    let positives = try table.numbers("malignant").map { $0 == 1 }
    var tally = Tally("wdbc_univariate.csv", "two-group tests (R)")
    for (row, name) in try reference.text("feature").enumerated() {
      let values = try table.numbers(name)
      func expected(_ column: String) throws -> Double { try reference.numbers(column)[row] }
      let corrected = try #require(MannWhitney(values, positives: positives, method: .normal))
      let plain = try #require(MannWhitney(values, positives: positives, method: .normalUncorrected))
      let cases = zip(values, positives).filter(\.1).map(\.0)
      let controls = zip(values, positives).filter { !$0.1 }.map(\.0)
      let welch = try #require(StudentTest(cases, controls, variances: .unequal))
      let student = try #require(StudentTest(cases, controls, variances: .equal))
      tally.check(corrected.u, try expected("W"), name)
      tally.check(corrected.p, try expected("p_mw_cc"), relative: 1e-10, name)
      tally.check(plain.p, try expected("p_mw_nocc"), relative: 1e-10, name)
      tally.check(corrected.auc, try expected("auc"), relative: 1e-12, name)
      tally.check(welch.t, try expected("t_welch"), relative: 1e-11, name)
      tally.check(welch.degrees, try expected("df_welch"), relative: 1e-11, name)
      tally.check(welch.p, try expected("p_welch"), relative: 1e-10, absolute: 1e-300, name)
      tally.check(student.t, try expected("t_student"), relative: 1e-11, name)
      tally.check(student.p, try expected("p_student"), relative: 1e-10, absolute: 1e-300, name)
    }
    let p = try reference.numbers("p_mw_cc")
    for (value, expected) in zip(MultipleTesting.benjaminiHochberg(p), try reference.numbers("bh_mw")) {
      tally.check(value, expected, relative: 1e-12, "Benjamini-Hochberg")
    }
    for (value, expected) in zip(MultipleTesting.holm(p), try reference.numbers("holm_mw")) {
      tally.check(value, expected, relative: 1e-12, "Holm")
    }
    tally.report()
  }

  @Test(.enabled(if: ReferenceData.isPresent, ReferenceData.absence))
  func `exact Mann-Whitney agrees with R on 24 rows`() throws {
    let table = try ReferenceTable("data/wdbc.csv")
    let reference = try ReferenceJSON.load("wdbc_mw_small_exact.json")
    let rows = reference.rows_1based.doubles.map { Int($0) - 1 }
    let positives = try table.numbers("malignant")
    var tally = Tally("wdbc_mw_small_exact.json", "exact Mann-Whitney (R)")
    for test in reference.tests.list {
      let column = try table.numbers(test.feature.string)
      let values = rows.map { column[$0] }
      let outcome = rows.map { positives[$0] == 1 }
      let automatic = try #require(MannWhitney(values, positives: outcome))
      let normal = try #require(MannWhitney(values, positives: outcome, method: .normal))
      tally.check(automatic.u, test.W.double)
      tally.check(normal.p, test.p_cc.double, relative: 1e-10)
      if !test.ties.isTrue { tally.check(automatic.p, test.p_exact.double, relative: 1e-10) }
    }
    tally.report()
  }

  /// All 10 arrangements of 3 among 5 counted by hand: U = 0 … 6 occurs 1, 1, 2, 2, 2, 1, 1 times.
  @Test func `exact p of complete separation is twice one in ten`() throws {
    let test = try #require(MannWhitney([1, 2, 3, 4, 5], positives: [false, false, true, true, true]))
    #expect(test.u == 6)
    #expect(abs(test.p - 0.2) < 1e-15)
    #expect(test.auc == 1)
    let middle = try #require(MannWhitney([1, 2, 3, 4, 5], positives: [true, false, true, false, true]))
    #expect(middle.u == 3)
    #expect(middle.p == 1)
  }

  @Test func `a constant column has p of one`() throws {
    let test = try #require(MannWhitney([2, 2, 2, 2], positives: [true, false, true, false]))
    #expect(test.p == 1)
    #expect(test.auc == 0.5)
    #expect(StudentTest([1, 1], [1, 1], variances: .unequal) == nil)
  }

  @Test func `one class has no test`() {
    #expect(MannWhitney([1, 2], positives: [true, true]) == nil)
    #expect(StudentTest([1], [1, 2], variances: .equal) == nil)
  }

  @Test func `swapping the groups mirrors U and keeps p`() throws {
    let values = [3.0, 1, 4, 1, 5, 9, 2, 6, 5, 3]
    let positives = [true, false, true, true, false, false, true, false, true, false]
    let test = try #require(MannWhitney(values, positives: positives))
    let mirrored = try #require(MannWhitney(values, positives: positives.map { !$0 }))
    #expect(test.u + mirrored.u == 25)
    #expect(test.p == mirrored.p)
  }
}

@Suite struct `Adjusted p-values` {
  /// Worked by hand: 0.01·4/1, 0.02·4/2, 0.03·4/3, 0.5.
  @Test func `Benjamini-Hochberg and Holm on four tests`() {
    let p = [0.03, 0.01, 0.5, 0.02]
    let hochberg = MultipleTesting.benjaminiHochberg(p)
    #expect(zip(hochberg, [0.04, 0.04, 0.5, 0.04]).allSatisfy { abs($0 - $1) < 1e-15 })
    let holm = MultipleTesting.holm(p)
    #expect(zip(holm, [0.06, 0.04, 0.5, 0.06]).allSatisfy { abs($0 - $1) < 1e-15 })
    #expect(MultipleTesting.holm([]).isEmpty)
  }
}
