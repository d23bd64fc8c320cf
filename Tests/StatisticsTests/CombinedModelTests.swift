import Foundation
import LinearAlgebra
import Testing

@testable import Statistics

/// The eighty patients of `ClinicalTableTests`, with a grade that some lack, and features of noise but for the first.
private func patients(features: Int = 6) throws -> CohortTable {
  let rows = (1...80).map { i in
    let age = Double(30 + (i * 37) % 47)
    let marker = Double((i * i * 13 + 7 * i) % 101) / 10
    let sex: Double = (i * 7) % 5 < 2 ? 1 : 0
    let grade = [0.0, 0, 0, 1, 1, 2, 2][(i * 11) % 7]
    let rest = Double((i * 29) % 13)
    let sum = age + 8 * grade + 3 * (i % 17 == 0 ? 5 : marker) + 6 * rest + 5 * sex
    let lacks = i % 19 == 0
    let values = (0..<features).map { f in
      f == 0 ? rest + Double((i * 17) % 7) : Double((i * i * (f + 3) + 31 * f * i) % 97)
    }
    return CohortTable.Row(
      caseName: "\(1000 + i)", subject: "\(1000 + i)", site: i % 3 == 0 ? "a" : "b", isPositive: sum > 118,
      values: values,
      clinical: [
        age, i % 17 == 0 ? .nan : marker, sex, lacks ? .nan : (grade == 1 ? 1 : 0),
        lacks ? .nan : (grade == 2 ? 1 : 0),
      ])
  }
  return try CohortTable(
    featureNames: (0..<features).map { "f\($0)" },
    clinicalNames: ["age", "marker", "sex=M", "grade=mid", "grade=high"], rows: rows)
}

private let groups = [
  ClinicalPredictors.Group(columns: ["age"], isCategory: false),
  .init(columns: ["marker"], isCategory: false),
  .init(columns: ["sex=M"], isCategory: true), .init(columns: ["grade=mid", "grade=high"], isCategory: true),
]

private func clinicalPlan(forced: Bool = true) -> ModelPlan {
  var plan = ModelPlan(name: "Clinical", features: .named([]), steps: [], refit: .none)
  plan.clinical = ClinicalPredictors(groups: groups, areForced: forced)
  return plan
}

private func near(_ a: Double, _ b: Double, _ tolerance: Double = 1e-8) -> Bool {
  abs(a - b) <= tolerance * max(1, abs(b))
}

@Suite struct `Clinical predictors` {
  /// `m2` is `marker` with its median for `NA`, `gm` the grade with its mode: `coef(glm(y ~ age + m2 + sex +
  /// factor(gm), binomial))`.
  @Test func `forced in have the coefficients of glm, missing values filled by median and mode`() throws {
    let table = try patients()
    let model = try fitModel(
      table, rows: Array(0..<80), plan: clinicalPlan(), address: .finalFit(seed: 1))
    #expect(model.featureNames == ["age", "marker", "sex=M", "grade=mid", "grade=high"])
    let slopes = zip(model.coefficients, model.deviations).map { $0 / $1 }
    for (slope, expected) in zip(
      slopes,
      [0.0470163240489346, 0.2201475393274736, 0.2591934260913322, 0.1709015080944898, 1.2085945698151868])
    { #expect(near(slope, expected, 1e-7)) }
    #expect(model.medians[1] == 4.9 && model.medians[3] == 0 && model.medians[4] == 0)
    let scores = model.linearPredictor(of: table, rows: [0, 1, 2])
    for (score, expected) in zip(scores, [-0.75087014738776, -0.379256215065217, -0.0200593236977173]) {
      #expect(near(score, expected, 1e-7))
    }
  }

  @Test func `can be left to selection`() throws {
    var plan = clinicalPlan(forced: false)
    plan.features = .all
    plan.steps = [.mannWhitney(maximumP: 0.03)]
    let model = try fitModel(
      try patients(), rows: Array(0..<80), plan: plan, address: .finalFit(seed: 1))
    #expect(model.featureNames.contains("age") && !model.featureNames.contains("sex=M"))
    #expect(model.featureNames.contains("f0"))
  }

  @Test func `take the place of no feature that a plan does not name`() throws {
    let table = try patients()
    let plain = ModelPlan(name: "Rad", features: .all, steps: [])
    let model = try fitModel(table, rows: Array(0..<80), plan: plain, address: .finalFit(seed: 1))
    #expect(model.featureNames == table.featureNames)
  }

  @Test func `of which a plan names one that is not there are an error`() throws {
    var plan = clinicalPlan()
    plan.clinical?.groups = [.init(columns: ["weight"], isCategory: false)]
    let table = try patients()
    #expect(throws: StatisticsError.self) {
      try fitModel(table, rows: Array(0..<80), plan: plan, address: .finalFit(seed: 1))
    }
  }

  @Test func `of rows left out change nothing in the fit`() throws {
    let table = try patients()
    let training = Array(0..<60)
    let plan = combinedPlan()
    let model = try fitModel(table, rows: training, plan: plan, address: .finalFit(seed: 1))
    let hidden = try FitIndependence(
      of: model, from: Array(60..<80), table: table, training: training, plan: plan, seed: 1)
    #expect(hidden.changed.isEmpty)
  }
}

private func combinedPlan() -> ModelPlan {
  var plan = clinicalPlan()
  plan.name = "Combined"
  plan.scores = ModelScores(
    plans: [
      ModelPlan(
        name: "Rad", features: .named(["f0", "f1", "f2", "f3"]), steps: [.lasso(folds: 5)], refit: .ridge())
    ], folds: 5)
  return plan
}

@Suite struct `Combined model` {
  /// Folds dealt, models fitted without each, and a regression on their scores, all done by hand.
  @Test func `is a regression on scores of models that were fitted without the subject`() throws {
    let table = try patients()
    let (rows, address) = (Array(0..<80), RandomAddress(seed: 3, replicate: 7))
    let plan = combinedPlan()
    let model = try fitModel(table, rows: rows, plan: plan, address: address)
    let below = try #require(plan.scores?.plans[0])
    let folds = try #require(Folds.stratified(count: 5, of: rows, in: table, address: address))
    var score = [Double](repeating: 0, count: 80)
    for fold in 0..<5 {
      let without = try fitModel(
        table, rows: rows.filter { folds[$0] != fold }, plan: below, address: address)
      let inside = rows.filter { folds[$0] == fold }
      for (row, value) in zip(inside, without.linearPredictor(of: table, rows: inside)) { score[row] = value }
    }
    let columns = table.clinical.enumerated().map { place, column in
      column.values.map { $0.isFinite ? $0 : [0, 4.9, 0, 0, 0][place] }
    }
    let byHand = try LogisticRegression(
      features: Matrix(columns: columns + [score], rows: 80), outcomes: table.positives.map { $0 ? 1 : 0 })
    let slopes = zip(model.coefficients, model.deviations).map { $0 / $1 }
    #expect(model.featureNames.last == "Rad score" && slopes.count == 6)
    for (slope, expected) in zip(slopes, byHand.coefficients) { #expect(near(slope, expected, 1e-7)) }
    // New cases have the score of the model fitted to all.
    let whole = try fitModel(table, rows: rows, plan: below, address: address)
    #expect(model.scores == [whole])
    let expected = zip(columns[0].indices, whole.linearPredictor(of: table, rows: rows)).map { row, score in
      byHand.intercept + zip(columns, byHand.coefficients).reduce(0) { $0 + $1.0[row] * $1.1 }
        + byHand.coefficients[5] * score
    }
    for (a, b) in zip(model.linearPredictor(of: table, rows: rows), expected) { #expect(near(a, b, 1e-7)) }
  }

  /// Forty features of noise, selected on the same subjects: scores fitted to the subjects themselves divide them well, and
  /// nothing is in them.
  @Test func `does not believe a score that only fits its own subjects`() throws {
    let table = try patients(features: 60)
    var plan = ModelPlan(name: "Combined", features: .named([]), steps: [], refit: .none)
    let noise = FeatureChoice.named((1..<60).map { "f\($0)" })
    let below = ModelPlan(name: "Noise", features: noise, steps: [], refit: .ridge(penalty: 0.01))
    plan.scores = ModelScores(plans: [below], folds: 5)
    let model = try fitModel(table, rows: Array(0..<80), plan: plan, address: .finalFit(seed: 1))
    let own = try fitModel(table, rows: Array(0..<80), plan: below, address: .finalFit(seed: 1))
    let apparent = Performance(
      own.probabilities(of: table, rows: Array(0..<80)), positives: table.positives, cutoff: 0.5)
    #expect((apparent.auc ?? 0) > 0.95)
    // A naive regression on the apparent scores has a slope of about one or more.
    #expect(model.coefficients[0] / model.deviations[0] < 0.4)
    #expect(abs(model.inference?.coefficients[0].waldP ?? 0) > 0.01)
  }

  @Test func `keeps clinical columns where the models below selected nothing`() throws {
    let table = try patients()
    var plan = combinedPlan()
    plan.scores?.plans[0].steps = [.variance(threshold: 1e9)]
    let model = try fitModel(table, rows: Array(0..<80), plan: plan, address: .finalFit(seed: 1))
    #expect(model.featureNames.count == 5 && model.warnings.contains(.droppedConstant(features: 1)))
  }

  @Test func `reads back as it was stored`() throws {
    let table = try patients()
    let model = try fitModel(table, rows: Array(0..<80), plan: combinedPlan(), address: .finalFit(seed: 1))
    #expect(model.covariance?.count == 7)
    let data = try JSONEncoder().encode(model)
    #expect(try JSONDecoder().decode(FittedModel.self, from: data) == model)
  }

  @Test func `is made anew in every replicate`() throws {
    let table = try patients()
    let plans = [clinicalPlan(), combinedPlan()]
    let replicate = try BootstrapReplicate(
      table, training: Array(0..<80), plans: plans, address: RandomAddress(seed: 1, replicate: 2))
    #expect(replicate.models.map(\.failure) == [nil, nil])
    #expect(replicate.models[1].features.last == table.featureCount + 5)
    #expect(table.columnName(table.featureCount + 5, of: plans[1]) == "Rad score")
    #expect(table.candidateCount(of: plans[1]) == 6)
  }
}
