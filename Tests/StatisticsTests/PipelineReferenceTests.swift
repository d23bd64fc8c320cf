import LinearAlgebra
import Statistics
import TestSupport
import Testing

/// The simulated radiomics study: 105 training rows, 45 test rows, 1,197 hand-crafted and 512 deep features.
private struct SimulatedStudy {
  let table: CohortTable
  let training: [Int]
  let test: [Int]

  init() throws {
    var rows: [CohortTable.Row] = []
    var names: [String] = []
    for (file, prefix) in [("sim_radiomics_n105_p1709", "a"), ("sim_radiomics_n45_p1709", "b")] {
      let reference = try ReferenceTable("data/\(file).csv")
      names = Array(reference.names[3...])
      for (number, line) in reference.rows.enumerated() {
        // Numbers with leading zeros keep the order of the file.
        let name = prefix + String(1_000 + number)
        rows.append(
          CohortTable.Row(
            caseName: name, subject: name, site: line[2], isPositive: line[1] == "1",
            values: line[3...].map { Double($0) ?? .nan }))
      }
    }
    table = try CohortTable(featureNames: names, rows: rows)
    training = Array(0..<105)
    test = Array(105..<150)
  }

  func positives(_ rows: [Int]) -> [Bool] { rows.map { table.positives[$0] } }

  func fit(_ features: FeatureChoice, steps: [SelectionStep]) throws -> FittedModel {
    try fitModel(
      table, rows: training, plan: ModelPlan(name: "stage", features: features, steps: steps),
      address: .finalFit(seed: 1))
  }
}

@Suite struct `Three-signature pipeline against R and scikit-learn` {
  private static let study = Result { try SimulatedStudy() }
  private static let steps: [SelectionStep] = [
    .mannWhitney(maximumP: 0.05), .correlation(.spearman, maximum: 0.9), .minimumRedundancy(count: 30),
  ]

  @Test(
    .enabled(if: ReferenceData.isPresent, ReferenceData.absence),
    arguments: [
      ("Rad", FeatureChoice.prefixed(["rad_"])), ("DL", .prefixed(["dl_"])), ("DLR", .all),
    ]) func `selects the same features at every stage`(name: String, features: FeatureChoice) throws
  {
    let study = try Self.study.get()
    let reference = try ReferenceJSON.load("pipeline_sim.json").sig[name]
    let filtered = try study.fit(features, steps: Array(Self.steps[..<1]))
    let pruned = try study.fit(features, steps: Array(Self.steps[..<2]))
    let ranked = try study.fit(features, steps: Self.steps)
    #expect(filtered.featureNames == reference.filter_p.members.keys.sorted(by: Self.bySource))
    #expect(pruned.featureNames == reference.pruned.strings)
    #expect(Set(ranked.featureNames) == Set(reference.mrmr_order.strings))
    #expect(filtered.steps.map(\.remaining) == [Int(reference.n_in.double), Int(reference.n_filter.double)])
    print(
      "\(name): stages keep \(filtered.features.count), \(pruned.features.count), \(ranked.features.count), as in R"
    )
  }

  @Test(
    .enabled(if: ReferenceData.isPresent, ReferenceData.absence),
    arguments: [
      ("Rad", FeatureChoice.prefixed(["rad_"])), ("DL", .prefixed(["dl_"])), ("DLR", .all),
    ]) func `LASSO path, cross-validation, ridge and test metrics agree`(
      name: String, features: FeatureChoice
    ) throws
  {
    let study = try Self.study.get()
    let whole = try ReferenceJSON.load("pipeline_sim.json")
    let reference = whole.sig[name]
    let ranked = try study.fit(features, steps: Self.steps)
    let scores = Self.scores(of: ranked, study: study, rows: study.training)
    let outcomes = study.positives(study.training).map { $0 ? 1.0 : 0 }
    var settings = ElasticNetSettings()
    settings.tolerance = 1e-14
    settings.minimumDevianceGain = 0
    settings.maximumDevianceRatio = 0.999999
    settings.usesDirectSteps = false
    settings.maximumPasses = 10_000_000
    let path = try CrossValidatedPath(
      features: scores, outcomes: outcomes, weights: outcomes.map { _ in 1 },
      folds: whole.fold.doubles.map { Int($0) - 1 }, settings: settings)
    var tally = Tally("pipeline_sim.json", "pipeline \(name) (R, scikit-learn)")
    try #require(path.path.solutions.count == reference.lambda.list.count)
    for (index, solution) in path.path.solutions.enumerated() {
      tally.check(solution.lambda, reference.lambda[index].double, relative: 1e-10, "lambda \(index)")
      tally.check(path.meanDeviance[index], reference.cvm[index].double, relative: 1e-6, "cvm \(index)")
      tally.check(path.standardError[index], reference.cvsd[index].double, relative: 1e-5, "cvsd \(index)")
    }
    let best = path.path.solutions[try #require(path.index(by: .minimum))]
    let sparse = path.path.solutions[try #require(path.index(by: .oneStandardError))]
    tally.check(best.lambda, reference.lambda_min.double, relative: 1e-10, "lambda.min")
    tally.check(sparse.lambda, reference.lambda_1se.double, relative: 1e-10, "lambda.1se")
    for (column, feature) in ranked.featureNames.enumerated() {
      let place = best.columns.firstIndex(of: column)
      tally.check(
        place.map { best.coefficients[$0] } ?? 0, reference.coef_lasso[feature].double, absolute: 1e-6,
        feature)
    }
    let chosen = best.columns.map { ranked.featureNames[$0] }
    let model = try study.fit(.named(chosen), steps: [])
    tally.check(model.intercept, reference.coef_ridgeC1["(Intercept)"].double, relative: 1e-4, "intercept")
    for (feature, coefficient) in zip(model.featureNames, model.coefficients) {
      tally.check(
        coefficient, reference.coef_ridgeC1[feature].double, relative: 1e-4, absolute: 1e-5, feature)
    }
    try Self.checkEvaluation(of: model, study: study, reference: reference, tally: &tally)
    tally.report()
  }

  private static func checkEvaluation(
    of model: FittedModel, study: SimulatedStudy, reference: ReferenceJSON, tally: inout Tally
  ) throws {
    let test = Evaluation(model, table: study.table, rows: study.test, seed: 1)
    let fitted = Evaluation(model, table: study.table, rows: study.training, seed: 1)
    let auc = try #require(test.auc)
    tally.check(try #require(fitted.auc).value, reference.auc_train.double, relative: 1e-12, "training AUC")
    tally.check(auc.value, reference.auc_test.double, relative: 1e-12, "test AUC")
    tally.check(try #require(auc.deLong).lower, reference.delong_ci_test[0].double, relative: 1e-10, "DeLong")
    tally.check(try #require(auc.deLong).upper, reference.delong_ci_test[1].double, relative: 1e-10, "DeLong")
    tally.check(model.cutoff, reference.youden_threshold_from_train.double, relative: 1e-4, "Youden")
    tally.check(
      try #require(test.confusion.sensitivity.estimate), reference.sens_test.double, absolute: 1e-14)
    tally.check(
      try #require(test.confusion.specificity.estimate), reference.spec_test.double, absolute: 1e-14)
    tally.check(try #require(test.brier), reference.brier_test.double, relative: 1e-4, "Brier")
    let probabilities = model.probabilities(of: study.table, rows: study.test)
    for (p, expected) in zip(probabilities, reference.p_test.doubles) {
      tally.check(p, expected, absolute: 1e-4)
    }
  }

  /// z-scores of the model's features.
  private static func scores(of model: FittedModel, study: SimulatedStudy, rows: [Int]) -> Matrix {
    Matrix(
      columns: model.features.indices.map { place in
        rows.map {
          (study.table.features[$0, model.features[place]] - model.means[place]) / model.deviations[place]
        }
      }, rows: rows.count)
  }

  /// Hand-crafted features before deep ones, as in the table.
  private static func bySource(_ a: String, _ b: String) -> Bool {
    let (first, second) = (a.hasPrefix("dl_"), b.hasPrefix("dl_"))
    return first == second ? a < b : second
  }
}
