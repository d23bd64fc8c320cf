import Statistics
import Testing

@Suite struct `A fitted model` {
  @Test func `keeps the path that its LASSO took`() throws {
    let table = try syntheticTable()
    let plan = ModelPlan(name: "m", steps: [.lasso(folds: 4, rule: .oneStandardError)], refit: .lassoScore)
    let model = try fitModel(table, rows: table.allRows, plan: plan, address: .finalFit(seed: 2))
    let trace = try #require(model.lasso)
    #expect(trace.lambdas == trace.lambdas.sorted(by: >))
    #expect(trace.lambdas[trace.chosen] == model.lambda && trace.chosen == trace.oneStandardError)
    #expect(trace.meanDeviance[trace.minimum] == trace.meanDeviance.min())
    #expect(trace.chosen <= trace.minimum)
    // The refit takes the LASSO's own coefficients, so that the path passes through them.
    #expect(trace.features == model.features)
    #expect(trace.coefficients.map { $0[trace.chosen] } == model.coefficients)
    #expect(trace.featureCounts[trace.chosen] == model.features.count && trace.featureCounts[0] == 0)
    let screened = try fitModel(
      table, rows: table.allRows, plan: ModelPlan(name: "m", steps: [.mannWhitney(maximumP: 0.01)]),
      address: .finalFit(seed: 2))
    #expect(screened.lasso == nil)
  }

  @Test func `of the training part does not change when the test part is hidden`() throws {
    let table = try syntheticTable(subjects: 80)
    let split = try Split(table, testShare: 0.3, seed: 4)
    var plan = ModelPlan.short
    plan.harmonisation = CombatSettings()
    let model = try fitModel(table, rows: split.training, plan: plan, address: .finalFit(seed: 4))
    let independence = try FitIndependence(
      of: model, from: split.test, table: table, training: split.training, plan: plan, seed: 4)
    #expect(independence.changed.isEmpty)
  }

  @Test func `of all rows changes when the test part is hidden`() throws {
    let table = try syntheticTable(subjects: 80)
    let split = try Split(table, testShare: 0.3, seed: 4)
    let leaky = try fitModel(table, rows: table.allRows, plan: .short, address: .finalFit(seed: 4))
    let independence = try FitIndependence(
      of: leaky, from: split.test, table: table, training: split.training, plan: .short, seed: 4)
    #expect(Set(independence.changed).isSuperset(of: [.scaling, .coefficients, .cutoff]))
  }
}
