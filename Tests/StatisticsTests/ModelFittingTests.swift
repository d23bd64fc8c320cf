import LinearAlgebra
import Statistics
import Testing

@Suite struct `Model fitting` {
  private let address = RandomAddress.finalFit(seed: 9)

  @Test func `finds the features that carry the signal`() throws {
    let table = try syntheticTable()
    let model = try fitModel(table, rows: table.allRows, plan: .short, address: address)
    #expect(model.featureNames.contains("rad_00"))
    #expect(model.featureNames.contains("rad_01"))
    #expect(model.steps.map(\.name) == ["usable", "Mann-Whitney", "Spearman", "LASSO"])
    #expect(model.steps[0].remaining == 12)
    #expect(model.coefficients[0] > 0 && model.coefficients[1] < 0)
    #expect(model.ridgePenalty == 1)
  }

  @Test func `does not depend on the order of the rows`() throws {
    let table = try syntheticTable()
    let forward = try fitModel(table, rows: table.allRows, plan: .short, address: address)
    let backward = try fitModel(table, rows: table.allRows.reversed(), plan: .short, address: address)
    #expect(forward == backward)
  }

  @Test func `a row named twice counts twice`() throws {
    let table = try syntheticTable(subjects: 20, features: 2)
    let rows = table.allRows + [0, 3, 3]
    let plan = ModelPlan(name: "both", steps: [], refit: .ridge(penalty: 0.5))
    let model = try fitModel(table, rows: rows, plan: plan, address: address)
    let sorted = rows.sorted()
    let scores = Matrix(
      columns: (0..<2).map { feature in
        let values = sorted.map { table.features[$0, feature] }
        let moments = Moments(values)
        return values.map { ($0 - moments.mean) / moments.standardDeviation }
      }, rows: rows.count)
    let expected = try LogisticRegression(
      features: scores, outcomes: sorted.map { table.positives[$0] ? 1 : 0 }, penalty: .ridge(0.5))
    #expect(zip(model.coefficients, expected.coefficients).allSatisfy { abs($0 - $1) < 1e-10 })
    #expect(abs(model.intercept - expected.intercept) < 1e-10)
  }

  @Test func `values that are not finite drop the feature, or take the median`() throws {
    let table = try syntheticTable { row, values in
      if row == 3 { values[0] = .nan }
      if row == 4 { values[5] = .infinity }
      values[6] = 2
    }
    var plan = ModelPlan(name: "all", steps: [])
    let dropped = try fitModel(table, rows: table.allRows, plan: plan, address: address)
    #expect(dropped.features.count == 9)
    #expect(dropped.warnings == [.droppedNotFinite(features: 2), .droppedConstant(features: 1)])
    plan.missing = .medianImpute(maximumShare: 0.1)
    let imputed = try fitModel(table, rows: table.allRows, plan: plan, address: address)
    #expect(imputed.features.count == 11)
    #expect(imputed.warnings == [.droppedConstant(features: 1), .imputed(values: 2)])
    #expect(imputed.probabilities(of: table, rows: [3, 4]).allSatisfy { $0 > 0 && $0 < 1 })
    plan.missing = .medianImpute(maximumShare: 0.001)
    let strict = try fitModel(table, rows: table.allRows, plan: plan, address: address)
    #expect(strict.features.count == 9)
  }

  @Test func `a selection of nothing predicts the share of cases`() throws {
    let table = try syntheticTable()
    let plan = ModelPlan(name: "none", steps: [.mannWhitney(maximumP: 0), .lasso()])
    let model = try fitModel(table, rows: table.allRows, plan: plan, address: address)
    #expect(model.isEmpty)
    #expect(model.warnings == [.nothingSelected])
    #expect(abs(model.probabilities(of: table, rows: [0])[0] - 0.4) < 1e-15)
    #expect(Evaluation(model, table: table, rows: table.allRows, seed: 1, replicates: 10).auc?.value == 0.5)
  }

  @Test func `separation of an unpenalised refit is reported, and ridge is not separated`() throws {
    let table = try syntheticTable { row, values in values[0] = row % 5 < 2 ? 10 + Double(row) : Double(-row)
    }
    let plan = ModelPlan(name: "none", features: .named(["rad_00"]), steps: [], refit: .none)
    let model = try fitModel(table, rows: table.allRows, plan: plan, address: address)
    #expect(model.warnings == [.separation(.complete)])
    for refit in [Refit.ridge(), .firth, .crossValidatedRidge(folds: 3)] {
      var other = plan
      other.refit = refit
      let fit = try fitModel(table, rows: table.allRows, plan: other, address: address)
      #expect(fit.warnings.isEmpty)
      #expect(fit.coefficients.allSatisfy { abs($0) < 1_000 })
    }
  }

  @Test func `collinear features fall back to ridge and say so`() throws {
    let table = try syntheticTable(features: 3) { _, values in values[2] = 2 * values[1] }
    let plan = ModelPlan(name: "none", steps: [], refit: .none)
    let model = try fitModel(table, rows: table.allRows, plan: plan, address: address)
    #expect(model.warnings == [.collinear])
    #expect(model.ridgePenalty == 1)
  }

  @Test func `the LASSO score keeps the LASSO's coefficients`() throws {
    let table = try syntheticTable()
    var plan = ModelPlan.short
    plan.refit = .lassoScore
    let score = try fitModel(table, rows: table.allRows, plan: plan, address: address)
    let ridge = try fitModel(table, rows: table.allRows, plan: .short, address: address)
    #expect(score.features == ridge.features)
    #expect(score.coefficients != ridge.coefficients)
    plan.steps = []
    #expect(throws: StatisticsError.self) {
      try fitModel(table, rows: table.allRows, plan: plan, address: address)
    }
  }

  @Test func `other steps keep what they promise`() throws {
    let table = try syntheticTable { _, values in values[4] *= 0.01 }
    let plan = ModelPlan(
      name: "steps",
      steps: [
        .variance(threshold: 0.01), .tTest(maximumP: 0.3, adjustment: .benjaminiHochberg),
        .minimumRedundancy(count: 1),
      ])
    let model = try fitModel(table, rows: table.allRows, plan: plan, address: address)
    #expect(model.steps[1].remaining == 11)
    #expect(model.featureNames == ["rad_00"])
  }

  @Test func `one outcome is an error`() throws {
    let table = try syntheticTable()
    let cases = table.allRows.filter { table.positives[$0] }
    #expect(throws: StatisticsError.self) { try fitModel(table, rows: cases, plan: .short, address: address) }
  }

  @Test func `with a single case nothing can be cross-validated`() throws {
    let table = try syntheticTable()
    let controls = table.allRows.filter { !table.positives[$0] }
    let plan = ModelPlan(name: "short", steps: [.lasso()])
    let model = try fitModel(table, rows: controls + [0], plan: plan, address: address)
    #expect(model.warnings == [.tooFewForFolds, .nothingSelected])
  }

  @Test func `features are chosen by prefix`() {
    #expect(FeatureChoice.prefixed(["rad_"]).includes("rad_01"))
    #expect(!FeatureChoice.notPrefixed(["deep_"]).includes("deep_01"))
    #expect(FeatureChoice.named(["a"]).includes("a"))
  }
}

@Suite struct `Evaluation of models` {
  @Test func `a site without cases has no AUC and says why`() throws {
    let table = try syntheticTable(subjects: 50, sites: 5)
    let plan = ModelPlan(name: "two", features: .named(["rad_00", "rad_01"]), steps: [])
    let model = try fitModel(table, rows: table.allRows, plan: plan, address: .finalFit(seed: 1))
    let sites = Evaluation.bySite(model, table: table, rows: table.allRows, seed: 1, replicates: 10)
    #expect(sites.map(\.gap) == [.noControls, .noControls, .noCases, .noCases, .noCases])
    #expect(sites.allSatisfy { $0.auc == nil && $0.brier != nil && $0.rows == 10 })
    let none = Evaluation(model, table: table, rows: [], seed: 1)
    #expect(none.gap == .noRows && none.brier == nil)
  }

  @Test func `intervals enclose the AUC of a good model`() throws {
    let table = try syntheticTable(subjects: 100)
    let plan = ModelPlan(name: "two", features: .named(["rad_00", "rad_01"]), steps: [])
    let model = try fitModel(table, rows: table.allRows, plan: plan, address: .finalFit(seed: 1))
    let evaluation = Evaluation(model, table: table, rows: table.allRows, seed: 1)
    let auc = try #require(evaluation.auc)
    #expect(auc.value > 0.85 && evaluation.gap == nil)
    for interval in [auc.deLong, auc.logitDeLong, auc.percentile, auc.accelerated] {
      let interval = try #require(interval)
      #expect(interval.lower < auc.value && auc.value < interval.upper && interval.upper <= 1)
    }
    #expect(try #require(evaluation.calibration).slope > 0.9)
  }
}
