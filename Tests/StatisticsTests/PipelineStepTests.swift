import LinearAlgebra
import Statistics
import Testing

@Suite struct `Near-zero variance` {
  /// caret's rule by hand: ratio of the two highest frequencies above 19 and at most 10 % distinct values.
  @Test(arguments: [
    ([0: 95, 1: 4, 2: 1], true),  // 23.75, 3 %
    ([0: 90, 1: 10], false),  // 9
    ([0: 95, 1: 5], false),  // 19 exactly
    ([7: 100], true),
  ]) func `drops what caret drops`(frequencies: [Int: Int], isDropped: Bool) {
    let values = frequencies.flatMap { [Double](repeating: Double($0), count: $1) }
    #expect(NearZeroVariance().drops(values) == isDropped)
  }

  @Test func `keeps a rare feature with many values`() {
    let values = [Double](repeating: 0, count: 40) + (1...10).map(Double.init)  // ratio 40, 22 % distinct
    #expect(!NearZeroVariance().drops(values))
    #expect(NearZeroVariance(uniquePercent: 25).drops(values))
  }

  @Test func `looks at the rows drawn as often as drawn`() throws {
    // One odd value in row 0: of 40 rows it makes a ratio of 39, of a bag without that row the feature is constant,
    // of a bag that drew it four times the ratio is 36 / 4.
    let table = try syntheticTable(subjects: 40) { row, values in values[3] = row == 0 ? 1 : 0 }
    let plan = ModelPlan(name: "all", steps: [.nearZeroVariance()])
    func keeps(_ rows: [Int]) throws -> Bool {
      try fitModel(table, rows: rows, plan: plan, address: .finalFit(seed: 1)).features.contains(3)
    }
    #expect(try !keeps(table.allRows))
    #expect(try keeps([0, 0, 0] + table.allRows.dropLast(3)))
  }
}

@Suite struct `Selection by intraclass correlation` {
  /// Two further raters of every third subject; feature `f` is measured with an error that grows with `f`.
  private static func table(raters: Int = 2) throws -> CohortTable {
    let plain = try syntheticTable(subjects: 60)
    var stream = RandomStream(seed: 3, purpose: .synthesis, replicate: 1)
    return try CohortTable(
      featureNames: plain.featureNames,
      rows: plain.allRows.map { row in
        let values = (0..<plain.featureCount).map { plain.features[row, $0] }
        let repeats = (0..<raters).map { _ in
          values.enumerated().map { $1 + 0.15 * Double($0) * stream.normal() }
        }
        return CohortTable.Row(
          caseName: plain.caseNames[row], subject: plain.subjectNames[plain.subjects[row]],
          site: plain.siteNames[plain.sites[row]], isPositive: plain.positives[row], values: values,
          repeats: plain.subjects[row] % 3 == 0 ? repeats : [])
      })
  }

  @Test(arguments: IntraclassCorrelation.Kind.allCases, RepeatedFeatures.Bound.allCases)
  func `keeps the features that agree in the training rows`(
    kind: IntraclassCorrelation.Kind, bound: RepeatedFeatures.Bound
  ) throws {
    let table = try Self.table()
    let training = Array(0..<45)
    let repeats = try #require(table.repeats)
    let places = repeats.rows.indices.filter { training.contains(repeats.rows[$0]) }
    let expected = try table.featureNames.indices.filter { feature in
      let ratings = Matrix(
        columns: repeats.raters.map { rater in places.map { rater[$0, feature] } }, rows: places.count)
      let icc = try #require(IntraclassCorrelation(ratings, kind: kind))
      return (bound == .estimate ? icc.value : icc.interval.lower) >= 0.75
    }
    let plan = ModelPlan(name: "icc", steps: [.reliability(kind, minimum: 0.75, bound: bound)])
    let model = try fitModel(table, rows: training, plan: plan, address: .finalFit(seed: 1))
    #expect(model.features == expected)
    #expect(expected.contains(0) && !expected.contains(11))
  }

  @Test func `works on the features as measured, not as harmonised`() throws {
    let table = try Self.table()
    var plan = ModelPlan(name: "icc", steps: [.reliability(.agreement)])
    let plain = try fitModel(table, rows: table.allRows, plan: plan, address: .finalFit(seed: 1))
    plan.harmonisation = CombatSettings()
    let harmonised = try fitModel(table, rows: table.allRows, plan: plan, address: .finalFit(seed: 1))
    #expect(harmonised.features == plain.features)
  }

  @Test func `without repeats is an error, and in a poor resample keeps everything and says so`() throws {
    let plan = ModelPlan(name: "icc", steps: [.reliability(.agreement)])
    let plain = try syntheticTable()
    #expect { try fitModel(plain, rows: plain.allRows, plan: plan, address: .finalFit(seed: 1)) } throws: {
      ($0 as? StatisticsError)?.code == .invalidArgument
    }
    let table = try Self.table()
    let poor = [Int](repeating: 0, count: 3) + table.allRows.filter { $0 % 3 != 0 }
    let resampled = try fitModel(table, rows: poor, plan: plan, address: RandomAddress(seed: 1, replicate: 4))
    #expect(resampled.warnings.contains(.noRepeats) && resampled.features.count == 12)
    #expect { try fitModel(table, rows: poor, plan: plan, address: .finalFit(seed: 1)) } throws: {
      ($0 as? StatisticsError)?.code == .tooFewSubjects
    }
  }

  @Test func `refuses raters that are not the same for all`() {
    let rows = (0..<2).map {
      CohortTable.Row(
        caseName: "c\($0)", subject: "s\($0)", site: "a", isPositive: $0 == 0, values: [1],
        repeats: $0 == 0 ? [[1]] : [[1], [2]])
    }
    #expect(throws: StatisticsError.self) { try CohortTable(featureNames: ["f"], rows: rows) }
  }
}

@Suite struct `A cut-off` {
  private static let probabilities = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]
  private static let positives = [false, false, true, false, true, false, true, true]

  /// By hand: controls 0.1, 0.2, 0.4, 0.6; cases 0.3, 0.5, 0.7, 0.8.
  @Test(arguments: [
    (CutoffRule.specificity(minimum: 0.75), 0.45), (.specificity(minimum: 1), 0.65),
    (.specificity(minimum: 0), 0),
    (.sensitivity(minimum: 0.75), 0.45), (.sensitivity(minimum: 1), 0.25), (.fixed(0.33), 0.33),
  ]) func `is where the rule says`(rule: CutoffRule, expected: Double) throws {
    let threshold = try rule.threshold(Self.probabilities, positives: Self.positives)
    #expect(abs(threshold - expected) < 1e-15)
  }

  @Test func `of a specificity that only calling all negative reaches lies above every probability`() throws {
    let rule = CutoffRule.specificity(minimum: 1)
    let threshold = try rule.threshold([0.2, 0.9], positives: [true, false])
    #expect(threshold > 0.9 && threshold <= 1)
  }
}

@Suite struct `Tests of a model's coefficients` {
  private let table = Result { try syntheticTable(subjects: 80, features: 4) }
  private func fit(_ refit: Refit) throws -> FittedModel {
    let table = try table.get()
    return try fitModel(
      table, rows: table.allRows, plan: ModelPlan(name: "m", steps: [], refit: refit),
      address: .finalFit(seed: 2))
  }

  @Test func `are those of the regression, and of the regressions without each feature`() throws {
    let (table, model) = (try table.get(), try fit(.none))
    let inference = try #require(model.inference)
    let outcomes = table.positives.map { $0 ? 1.0 : 0 }
    let full = try LogisticRegression(features: table.features, outcomes: outcomes)
    let inflation = try #require(
      VarianceInflation.factors(of: (0..<4).map { table.features.column($0) }))
    for feature in 0..<4 {
      let rest = table.features.selecting(rows: table.allRows, columns: (0..<4).filter { $0 != feature })
      let reduced = try LogisticRegression(features: rest, outcomes: outcomes)
      let expected = ChiSquaredDistribution.upperTail(reduced.deviance - full.deviance, degrees: 1)
      let found = inference.coefficients[feature]
      #expect(abs(try #require(found.likelihoodRatioP) / expected - 1) < 1e-7)
      // Wald's test does not depend on the scale of a feature.
      #expect(abs(try #require(found.waldP) / full.waldP[feature + 1] - 1) < 1e-7)
      #expect(abs(try #require(found.varianceInflation) - inflation[feature]) < 1e-10)
    }
    #expect(abs(try #require(inference.likelihoodRatio) - (full.nullDeviance - full.deviance)) < 1e-8)
  }

  @Test func `have no errors under a penalty, where they would not be those of the coefficients`() throws {
    let inference = try #require(try fit(.ridge()).inference)
    #expect(inference.coefficients.allSatisfy { $0.standardError == nil && $0.varianceInflation != nil })
    let firth = try #require(try fit(.firth).inference)
    #expect(firth.coefficients.allSatisfy { $0.standardError != nil && $0.likelihoodRatioP == nil })
  }

  @Test func `have no errors under separation, which is named`() throws {
    let table = try syntheticTable(subjects: 30, features: 2) { row, values in
      values[0] = row % 5 < 2 ? 1 + Double(row) / 100 : -1 - Double(row) / 100
    }
    let plan = ModelPlan(name: "m", steps: [], refit: .none)
    let model = try fitModel(table, rows: table.allRows, plan: plan, address: .finalFit(seed: 2))
    #expect(model.warnings.contains(.separation(.complete)))
    #expect(model.inference?.coefficients.allSatisfy { $0.standardError == nil } ?? false)
  }

  @Test func `are not computed in replicates`() throws {
    let table = try table.get()
    let model = try fitModel(
      table, rows: table.allRows, plan: ModelPlan(name: "m", steps: []),
      address: RandomAddress(seed: 2, replicate: 0))
    #expect(model.inference == nil)
  }
}

@Suite struct `Degenerate data` {
  @Test func `a resample of one class counts as undefined, with the reason`() throws {
    let table = try syntheticTable(subjects: 20, features: 3)
    let plans = [ModelPlan(name: "m", steps: [])]
    let oneClass = try BootstrapReplicate(
      table, training: table.allRows, drawn: table.allRows.filter { table.positives[$0] }, plans: plans,
      address: RandomAddress(seed: 1, replicate: 0))
    #expect(oneClass.models[0].failure == .oneClass && oneClass.models[0].outOfBag == nil)
    let everybody = try BootstrapReplicate(
      table, training: table.allRows, drawn: table.allRows, plans: plans,
      address: RandomAddress(seed: 1, replicate: 1))
    let casesOut = try BootstrapReplicate(
      table, training: table.allRows, drawn: table.allRows.filter { !table.positives[$0] || $0 % 5 == 0 },
      plans: plans, address: RandomAddress(seed: 1, replicate: 2))
    let plain = try BootstrapReplicate(
      table, training: table.allRows, plans: plans, address: RandomAddress(seed: 1, replicate: 3))
    let final = try fitModel(table, rows: table.allRows, plan: plans[0], address: .finalFit(seed: 1))
    let summary = try BootstrapSummary(
      of: [oneClass, everybody, casesOut, plain], model: 0, final: final, table: table,
      training: table.allRows,
      candidates: 3)
    #expect(summary.undefined == 3 && summary.replicates == 4 && summary.empty == 0)
    #expect(summary.undefinedReasons.map(\.reason) == BootstrapSummary.UndefinedReason.allCases)
    #expect(summary.undefinedReasons.map(\.count) == [1, 1, 1])
    #expect(summary.auc?.outOfBag == plain.models[0].outOfBag?.auc)
  }

  @Test func `ten subjects and far more features give a model and replicates`() throws {
    let table = try syntheticTable(subjects: 10, features: 300)
    let plan = ModelPlan.short
    let model = try fitModel(table, rows: table.allRows, plan: plan, address: .finalFit(seed: 1))
    #expect(model.features.count < 10)
    for number in 0..<10 {
      let replicate = try BootstrapReplicate(
        table, training: table.allRows, plans: [plan], address: RandomAddress(seed: 1, replicate: number))
      #expect(replicate.models[0].bag.rows == 10)
    }
  }

  @Test func `of duplicate columns pruning keeps one, the first by name whatever the order of columns`()
    throws
  {
    let plain = try syntheticTable(subjects: 30, features: 6)
    func kept(_ names: [String]) throws -> [String] {
      let table = try CohortTable(
        featureNames: names,
        rows: plain.allRows.map { row in
          CohortTable.Row(
            caseName: plain.caseNames[row], subject: plain.subjectNames[plain.subjects[row]], site: "a",
            isPositive: plain.positives[row], values: names.map { _ in plain.features[row, 0] })
        })
      let plan = ModelPlan(name: "m", steps: [.correlation(.pearson, maximum: 0.9)])
      return try fitModel(table, rows: table.allRows, plan: plan, address: .finalFit(seed: 1)).featureNames
    }
    #expect(try kept(["c", "a", "b"]) == ["a"])
    #expect(try kept(["a", "b", "c"]) == ["a"])
  }

  @Test func `complete rows are those without an undefined value among the features that matter`() throws {
    let table = try syntheticTable(subjects: 6, features: 3) { row, values in
      if row == 1 { values[0] = .nan }
      if row == 2 { values[2] = .infinity }
    }
    #expect(table.completeRows(.all) == [0, 3, 4, 5])
    #expect(table.completeRows(.notPrefixed(["deep_"])) == [0, 2, 3, 4, 5])
  }
}

@Suite struct `Covariates beside the features` {
  @Test func `harmonise as the same values in a feature column do`() throws {
    let plain = try syntheticTable(subjects: 60, features: 4)
    let ages = plain.allRows.map { 40 + Double($0 * 7 % 31) }
    func rows(_ asFeature: Bool) -> [CohortTable.Row] {
      plain.allRows.map { row in
        let values = (0..<4).map { plain.features[row, $0] + 0.02 * ages[row] }
        return CohortTable.Row(
          caseName: plain.caseNames[row], subject: plain.subjectNames[plain.subjects[row]],
          site: plain.siteNames[plain.sites[row]], isPositive: plain.positives[row],
          values: asFeature ? values + [ages[row]] : values, covariates: asFeature ? [] : [ages[row]])
      }
    }
    let beside = try CohortTable(featureNames: plain.featureNames, covariateNames: ["Age"], rows: rows(false))
    let among = try CohortTable(featureNames: plain.featureNames + ["Age"], rows: rows(true))
    let plan = ModelPlan(
      name: "m", features: .notPrefixed(["Age"]), steps: [],
      harmonisation: CombatSettings(covariates: ["Age"]))
    let a = try fitModel(beside, rows: beside.allRows, plan: plan, address: .finalFit(seed: 1))
    let b = try fitModel(among, rows: among.allRows, plan: plan, address: .finalFit(seed: 1))
    #expect(a == b && a.harmonisation?.covariates.map(\.name) == ["Age"])
    #expect(a.probabilities(of: beside, rows: [0, 7]) == b.probabilities(of: among, rows: [0, 7]))
  }
}
