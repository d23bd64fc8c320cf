import Testing

@testable import Statistics

/// Eighty patients by rule. In R:
///
///     i <- 1:80; age <- 30 + (i*37) %% 47
///     marker <- ((i*i*13 + 7*i) %% 101)/10; marker[i %% 17 == 0] <- NA
///     sex <- factor(ifelse((i*7) %% 5 < 2, "M", "F"), levels = c("F", "M"))
///     gr <- c(0,0,0,1,1,2,2)[(i*11) %% 7 + 1]; grade <- factor(c("low","mid","high")[gr+1], c("low","mid","high"))
///     y <- as.integer(age + 8*gr + 3*ifelse(is.na(marker), 5, marker) + 6*((i*29) %% 13) + 5*(sex=="M") > 118)
///     site <- (i*5) %% 3
private struct Patients {
  var (age, marker, sex, grade) = ([Double](), [Double](), [Double](), [Double]())
  var (positives, sites) = ([Bool](), [Int]())

  init() {
    for i in 1...80 {
      age.append(Double(30 + (i * 37) % 47))
      let value = Double((i * i * 13 + 7 * i) % 101) / 10
      marker.append(i % 17 == 0 ? .nan : value)
      sex.append((i * 7) % 5 < 2 ? 1 : 0)
      grade.append([0, 0, 0, 1, 1, 2, 2][(i * 11) % 7])
      let sum =
        age[i - 1] + 8 * grade[i - 1] + 3 * (i % 17 == 0 ? 5 : value) + Double(6 * ((i * 29) % 13)) + 5
        * sex[i - 1]
      positives.append(sum > 118)
      sites.append((i * 5) % 3)
    }
  }

  var variables: [MeasuredVariable] {
    [
      MeasuredVariable(ClinicalVariable("age", .number), values: age),
      MeasuredVariable(ClinicalVariable("marker", .skewedNumber), values: marker),
      MeasuredVariable(ClinicalVariable("sex", .categories(["F", "M"], areOrdered: false)), values: sex),
      MeasuredVariable(
        ClinicalVariable("grade", .categories(["low", "mid", "high"], areOrdered: true)), values: grade),
    ]
  }
}

private func near(_ value: Double?, _ expected: Double, _ tolerance: Double = 1e-9) -> Bool {
  value.map { abs($0 - expected) <= tolerance * max(1, abs(expected)) } ?? false
}

@Suite struct `Table of characteristics` {
  /// `t.test(age~y)`, `wilcox.test(marker~y)`, `chisq.test(table(sex, y))`, `chisq.test(table(grade, y))`.
  @Test func `by outcome has the tests of R`() {
    let patients = Patients()
    let table = CharacteristicsTable(
      patients.variables, groups: ["0", "1"], group: patients.positives.map { $0 ? 1 : 0 })
    #expect(table.sizes == [48, 32])
    #expect(table.rows.map { $0.test?.name } == ["Welch's t", "Mann-Whitney", "chi-squared", "chi-squared"])
    let p = [0.0151886940868437, 0.0194475160855426, 0.428395229440456, 0.006927243799]
    for (row, expected) in zip(table.rows, p) { #expect(near(row.test?.p, expected)) }
  }

  /// `mean(age[y==1])`, `sd(age[y==1])`, `quantile(marker[y==1], c(.25,.5,.75), na.rm = TRUE)`.
  @Test func `tells numbers and counts`() throws {
    let patients = Patients()
    let table = CharacteristicsTable(
      patients.variables, groups: ["0", "1"], group: patients.positives.map { $0 ? 1 : 0 })
    let (age, marker) = (table.rows[0].groups[1], table.rows[1])
    #expect(near(age.mean, 57.8125) && near(age.standardDeviation, 13.3233665705854))
    #expect(near(marker.groups[1].lowerQuartile, 3.7) && near(marker.groups[1].median, 5.7))
    #expect(near(marker.groups[1].upperQuartile, 7.9))
    #expect(marker.overall.missing == 4 && marker.overall.count == 76)
    #expect(table.rows[3].groups.map(\.levels) == [[26, 14, 8], [8, 9, 15]])
    #expect(table.rows[2].overall.levels == [48, 32])
  }

  /// tableone 0.9 of PyPI: `TableOne(…, groupby="y", smd=True).smd_table`.
  @Test func `has the standardised differences of tableone`() {
    let patients = Patients()
    let table = CharacteristicsTable(
      patients.variables, groups: ["0", "1"], group: patients.positives.map { $0 ? 1 : 0 })
    for (row, expected) in zip(table.rows, [0.569637, 0.570696, 0.234441, 0.758103]) {
      #expect(near(row.differences.first?.value, expected, 1e-6))
    }
  }

  /// `oneway.test(age~site, var.equal=TRUE)`, `kruskal.test(marker~site)`, `chisq.test(table(grade, site))`; differences
  /// of tableone 0.9 with `groupby="site"`.
  @Test func `by three sites has analysis of variance and Kruskal and Wallis' test`() {
    let patients = Patients()
    let table = CharacteristicsTable(
      patients.variables, groups: ["0", "1", "2"], group: patients.sites.map(Optional.some))
    #expect(table.rows.map { $0.test?.name }.prefix(2) == ["one-way ANOVA", "Kruskal-Wallis"])
    let p = [0.991216381546686, 0.261789078675996, 0.921902979151, 0.983615705150445]
    for (row, expected) in zip(table.rows, p) { #expect(near(row.test?.p, expected)) }
    let grade = table.rows[3].differences.map(\.value)
    for (value, expected) in zip(grade, [0.131968, 0.131968, 0.099504]) {
      #expect(near(value, expected, 1e-5))
    }
    #expect(table.rows[3].differences.map(\.first) == ["0", "0", "1"])
  }

  /// `fisher.test(matrix(c(3,1,2,9,4,6,0,5,7), 3))`, `fisher.test(matrix(c(3,1,2,9), 2))`,
  /// `fisher.test(matrix(c(8,2,1,7,4,4,0,3), 2))`.
  @Test(arguments: [
    ([[3, 9, 0], [1, 4, 5], [2, 6, 7]], 0.0329891515928716), ([[3, 2], [1, 9]], 0.076923076923077),
    ([[8, 1, 4, 0], [2, 7, 4, 3]], 0.0108223494032137),
  ]) func `Fisher's exact test is that of R`(counts: [[Int]], p: Double) throws {
    let table = try #require(ContingencyTable(counts))
    #expect(near(table.fisherP(), p))
    #expect(table.fisherP(atMost: 3) == nil)
  }

  @Test func `a level that nobody has and a group of nobody are no fault`() {
    let variable = ClinicalVariable("a", .categories(["x", "y", "z"], areOrdered: false))
    let measured = MeasuredVariable(variable, values: [0, 1, 0, .nan])
    let table = CharacteristicsTable([measured], groups: ["g", "h"], group: [0, 0, 0, 0])
    #expect(table.rows[0].test == nil && table.rows[0].differences[0].value == nil)
    #expect(table.rows[0].groups[0].levels == [2, 1, 0] && table.rows[0].groups[1].count == 0)
    let number = MeasuredVariable(ClinicalVariable("b", .number), values: [.nan, .nan, .nan, .nan])
    let empty = CharacteristicsTable([number], groups: ["g", "h"], group: [0, 0, 1, 1])
    #expect(empty.rows[0].overall.mean == nil && empty.rows[0].test == nil)
  }
}

@Suite struct `Logistic table` {
  /// `summary(glm(y ~ age, binomial))`, and so on for each column alone.
  @Test func `of each column alone is that of glm`() {
    let patients = Patients()
    let table = LogisticTable(patients.variables, positives: patients.positives, rows: Array(0..<80))
    let expected = [
      (0.0430448528220602, 0.0181192403126513, 0.01751838607132888),
      (0.193019668564915, 0.0859408398347468, 0.02470658508858437),
      (0.475610717474881, 0.465372727564403, 0.306781114082786),
      (0.736822244060271, 0.588218462902462, 0.21033906037252692),
      (1.807263655761612, 0.595926092635624, 0.00242378319423426),
    ]
    #expect(table.univariable.count == 5)
    for (row, (coefficient, error, p)) in zip(table.univariable, expected) {
      #expect(near(row.coefficient, coefficient, 1e-6) && near(row.standardError, error, 1e-4))
      #expect(near(row.waldP, p, 1e-5))
    }
    #expect(table.univariable.map(\.count) == [80, 76, 80, 80, 80])
    // `drop1(glm(y ~ grade), test = "LRT")`
    #expect(near(table.univariable[3].likelihoodRatioP, 0.00649909024841258))
    #expect(table.univariable[4].reference == "low" && table.univariable[4].level == "high")
  }

  /// `g <- glm(y ~ age + marker + sex + grade, binomial, epsilon = 1e-14)`; the ends of the profile by `uniroot` on
  /// `glm(y ~ X[, -k], offset = b*X[, k])$deviance - g$deviance - qchisq(.95, 1)`.
  @Test func `of all columns together is that of glm, with intervals of the profile`() {
    let patients = Patients()
    let table = LogisticTable(patients.variables, positives: patients.positives, rows: Array(0..<80))
    let coefficients = [
      0.0393386200897104, 0.2106336120223535, 0.2959376499695549, 0.2367490906395492, 1.2436081233010932,
    ]
    let ends = [
      (0.999457051202624, 1.0864518962412), (1.03295939624369, 1.49822117548495),
      (0.456798208324918, 3.90645934639422), (0.344089366186523, 4.59948357423681),
      (0.944381155602984, 13.2918998599653),
    ]
    for (index, row) in table.multivariable.enumerated() {
      #expect(near(row.coefficient, coefficients[index], 1e-6))
      #expect(near(row.profile?.lower, ends[index].0, 1e-8) && near(row.profile?.upper, ends[index].1, 1e-8))
      #expect(row.count == 76)
    }
    // `drop1(g, test = "LRT")`
    let p = [0.0532801541953558, 0.0200260990012118, 0.5860728983001779, 0.1501948975062820]
    for (row, expected) in zip(table.multivariable, p) { #expect(near(row.likelihoodRatioP, expected, 1e-7)) }
  }

  /// The age in units so large that the odds ratio of one is 10¹⁸⁷ and the upper end of its interval no number.
  @Test func `says why a ratio has no interval of the profile, and nothing beside one`() {
    let patients = Patients()
    var variables = patients.variables
    variables[0] = MeasuredVariable(variables[0].variable, values: patients.age.map { $0 * 1e-4 })
    let table = LogisticTable(variables, positives: patients.positives, rows: Array(0..<80))
    #expect(near(table.univariable[0].coefficient, 430.448528220602, 1e-6))
    #expect(table.univariable[0].profile == nil && table.univariable[0].oddsRatio?.isFinite == true)
    #expect(table.univariable[0].profileFault == "an end that is not finite")
    for row in table.univariable.dropFirst() {
      #expect(row.profile != nil && row.profileFault == nil)
    }
  }

  @Test func `names a separation and has no odds ratio then`() {
    let values = (0..<20).map(Double.init)
    let variables = ["a", "b"].map { MeasuredVariable(ClinicalVariable($0, .number), values: values) }
    let table = LogisticTable([variables[0]], positives: values.map { $0 > 9 }, rows: Array(0..<20))
    #expect(table.univariable[0].oddsRatio == nil && table.univariable[0].profile == nil)
    let both = LogisticTable(variables, positives: values.map { Int($0) % 3 == 0 }, rows: Array(0..<20))
    #expect(both.multivariableFault == "collinear columns")
  }
}

@Suite struct `The root of a rising function` {
  @Test(arguments: [-1.0, 1])
  func `is found on the side of the step`(side: Double) throws {
    let parabola = RisingFunction(atZero: -2) { $0 * $0 - 2 }
    #expect(near(try parabola.root(step: side * 0.3), side * 2.0.squareRoot(), 1e-10))
  }

  @Test func `is none within twenty steps where the function stays below`() throws {
    let flat = RisingFunction(atZero: -2) { 0.01 * $0 - 2 }
    #expect(try flat.root(step: 1) == nil)
  }

  @Test func `cannot be had where the function cannot`() {
    let broken = RisingFunction(atZero: -2) { (_) throws(StatisticsError) in
      throw StatisticsError(.collinear, "at this place")
    }
    #expect(throws: StatisticsError(.collinear, "at this place")) { try broken.root(step: 1) }
  }
}

@Suite struct `Nomogram scales` {
  /// `nomogram(lrm(y ~ age + marker + sex + grade), fun = plogis, fun.at = c(.01, .05, seq(.1, .9, .1), .95, .99))` of
  /// rms 6.5 with `datadist`.
  @Test func `are those of rms`() throws {
    let patients = Patients()
    let rows = patients.marker.indices.filter { patients.marker[$0].isFinite }
    let b = [
      0.0393386214349232, 0.2106336174511311, 0.2959376632628832, 0.2367490821496483, 1.2436081154285787,
    ]
    let intercept = -4.2187857214182349
    let predictors = rows.map { row in
      intercept + b[0] * patients.age[row] + b[1] * patients.marker[row] + b[2] * patients.sex[row]
        + [0, b[3], b[4]][Int(patients.grade[row])]
    }
    let observed = try #require(predictors.min())...(try #require(predictors.max()))
    let nomogram = try #require(
      Nomogram(
        intercept: intercept,
        terms: [
          .init(name: "age", values: .number(coefficient: b[0], from: 30, to: 76)),
          .init(name: "marker", values: .number(coefficient: b[1], from: 0, to: 9.8)),
          .init(name: "sex", values: .levels([("F", 0), ("M", b[2])])),
          .init(name: "grade", values: .levels([("low", 0), ("mid", b[3]), ("high", b[4])])),
        ], observed: observed))
    let age = nomogram.scales[0].marks
    try #require(age.count == 11)
    #expect(age.map(\.text) == stride(from: 30, through: 80, by: 5).map(String.init))
    #expect(near(age[1].points, 9.33816308881703) && near(age[10].points, 93.38163088817031))
    #expect(
      nomogram.scales[1].marks.map { $0.points.rounded() } == stride(from: 0, through: 100, by: 10).map { $0 }
    )
    #expect(near(nomogram.scales[2].marks[1].points, 14.0498780225119))
    #expect(near(nomogram.scales[3].marks[2].points, 59.0412931457680))
    #expect(nomogram.totalPoints == stride(from: 0, through: 240, by: 20).map { $0 })
    #expect(nomogram.logOdds.map(\.text).first == "-3" && nomogram.logOdds.count == 11)
    #expect(
      near(nomogram.logOdds[0].points, 1.83385153984269)
        && near(nomogram.logOdds[10].points, 239.21286351831026))
    #expect(
      nomogram.probabilities.map(\.text) == ["0.05", "0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8"])
    // rms interpolates here.
    #expect(near(nomogram.probabilities[0].points, 4.47160698940517, 1e-4))
    #expect(near(nomogram.probability(ofTotal: nomogram.probabilities[4].points), 0.4))
  }

  /// R's `pretty(c(from, to), n)`.
  @Test(arguments: [
    (0.0, 237.0, 5, [0.0, 50, 100, 150, 200, 250]),
    (30, 76, 10, [30, 35, 40, 45, 50, 55, 60, 65, 70, 75, 80]),
    (-0.013, 0.021, 10, [-0.015, -0.01, -0.005, 0, 0.005, 0.01, 0.015, 0.02, 0.025]),
    (1e5, 3e6, 10, [0, 5e5, 1e6, 1.5e6, 2e6, 2.5e6, 3e6]), (4, 5, 3, [4, 4.5, 5]), (2, 2, 5, [2]),
  ]) func `have round numbers as R's pretty`(from: Double, to: Double, count: Int, expected: [Double]) {
    #expect(PrettyScale.values(from: from, to: to, count: count) == expected)
  }

  @Test func `of a falling risk begin at the largest value`() throws {
    let nomogram = try #require(
      Nomogram(
        intercept: 0, terms: [.init(name: "a", values: .number(coefficient: -2, from: 0, to: 10))],
        observed: -20...0))
    #expect(nomogram.scales[0].marks.first?.points == 100 && nomogram.scales[0].valueOfZero == 10)
    #expect(
      Nomogram(
        intercept: 0, terms: [.init(name: "a", values: .number(coefficient: 0, from: 0, to: 1))],
        observed: 0...0) == nil)
  }
}
