import ArgumentParser
import Foundation
import LinearAlgebra
import Statistics

/// A study of a feature table: everything that another program needs to repeat it, and what came out.
struct Study: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Split, select, cross-validate, fit, evaluate and bootstrap a feature table; prints JSON.")

  @Argument(help: "Feature table.") var table: String
  @Option(help: "Column of the outcome, 1 for cases.") var outcome = "label"
  @Option(help: "Column of the site.") var site = "site"
  @Option(help: "Column of the subject.") var subject = "subject"
  @Option(help: "Seed of the study.") var seed: UInt64 = 1
  @Option(help: "Bootstrap replicates.") var replicates = 100
  @Option(name: .shortAndLong, help: "File to write.") var output: String

  func run() throws {
    let table = try FeatureTableFile(table, outcome: outcome, site: site, subject: subject).table()
    let split = try Split(table, testShare: 0.3, seed: seed)
    let result = try StudyResult(table, split: split, seed: seed, replicates: replicates)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    try encoder.encode(result).write(to: URL(fileURLWithPath: output))
  }
}

/// What `Study` writes. Rows are named by subject; columns count from 1 in the order of `features`.
struct StudyResult: Encodable {
  struct Path: Encodable {
    let lambda: [Double]
    let devianceRatio: [Double]
    /// For each λ the columns with a coefficient, counted among those left by pruning, and the coefficients on z-scores.
    let columns: [[Int]]
    let coefficients: [[Double]]
    let cvm: [Double]
    let cvsd: [Double]
    let minimum: Double
    let oneStandardError: Double
  }

  struct Model: Encodable {
    let selected: [Int]
    let coefficients: [Double]
    let intercept: Double
    let cutoff: Double
    let trainingAUC: Double
    let testAUC: Double
    let testDeLong: Interval?
    let testProbabilities: [Double]
  }

  let features: [String]
  let subjects: [String]
  let training: [Int]
  let test: [Int]
  let screened: [Int]
  let pruned: [Int]
  let path: Path
  let model: Model
  let bootstrap: ReplicateExchange
  let corrected: BootstrapSummary.Estimates?

  init(_ table: CohortTable, split: Split, seed: UInt64, replicates: Int) throws {
    let plan = ModelPlan.screenPruneLasso
    let (training, address) = (split.training, RandomAddress.finalFit(seed: seed))
    func fit(steps: Int) throws -> FittedModel {
      var part = plan
      part.steps = Array(plan.steps.prefix(steps))
      return try fitModel(table, rows: training, plan: part, address: address)
    }
    guard let folds = Folds.stratified(count: 10, of: training, in: table, address: address) else {
      throw ValidationError("too few subjects for ten folds")
    }
    let (screened, pruned, final) = (try fit(steps: 1), try fit(steps: 2), try fit(steps: 3))
    features = table.featureNames
    subjects = table.subjectNames
    self.training = training.map { $0 + 1 }
    test = split.test.map { $0 + 1 }
    self.screened = screened.features.map { $0 + 1 }
    self.pruned = pruned.features.map { $0 + 1 }
    path = try Path(table, training: training, pruned: pruned, folds: folds)
    model = try Model(final, table: table, split: split, seed: seed)
    bootstrap = try ReplicateExchange(
      table, training: training, plan: plan, seed: seed, count: replicates, folds: folds)
    let bags = try (0..<replicates).map {
      try BootstrapReplicate(
        table, training: training, plans: [plan], address: RandomAddress(seed: seed, replicate: $0))
    }
    corrected = try BootstrapSummary(
      of: bags, model: 0, final: final, table: table, training: training, candidates: table.featureCount
    ).auc
  }
}

extension StudyResult.Path {
  fileprivate init(_ table: CohortTable, training: [Int], pruned: FittedModel, folds: [Int]) throws {
    let outcomes = training.map { table.positives[$0] ? 1.0 : 0 }
    let scores = pruned.features.enumerated().map { place, feature in
      training.map { (table.features[$0, feature] - pruned.means[place]) / pruned.deviations[place] }
    }
    let fit = try CrossValidatedPath(
      features: Matrix(columns: scores, rows: training.count), outcomes: outcomes,
      weights: outcomes.map { _ in 1 }, folds: folds)
    guard let smallest = fit.index(by: .minimum), let sparse = fit.index(by: .oneStandardError) else {
      throw ValidationError("the LASSO path is empty")
    }
    let solutions = fit.path.solutions
    self.init(
      lambda: solutions.map(\.lambda), devianceRatio: solutions.map(\.devianceRatio),
      columns: solutions.map { $0.columns.map { $0 + 1 } }, coefficients: solutions.map(\.coefficients),
      cvm: fit.meanDeviance, cvsd: fit.standardError, minimum: solutions[smallest].lambda,
      oneStandardError: solutions[sparse].lambda)
  }
}

extension StudyResult.Model {
  fileprivate init(_ model: FittedModel, table: CohortTable, split: Split, seed: UInt64) throws {
    let fitted = Evaluation(model, table: table, rows: split.training, seed: seed)
    let tested = Evaluation(model, table: table, rows: split.test, seed: seed)
    guard let training = fitted.auc, let test = tested.auc else { throw ValidationError("one outcome only") }
    self.init(
      selected: model.features.map { $0 + 1 }, coefficients: model.coefficients, intercept: model.intercept,
      cutoff: model.cutoff, trainingAUC: training.value, testAUC: test.value, testDeLong: test.deLong,
      testProbabilities: model.probabilities(of: table, rows: split.test))
  }
}
