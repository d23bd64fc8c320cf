import ArgumentParser
import Foundation
import LinearAlgebra
import Statistics

/// Bootstrap replicates of one plan with the rows and folds that they used, so that another program can repeat them.
/// Rows and columns count from 1.
struct ReplicateExchange: Encodable {
  struct Replicate: Encodable {
    /// Training rows drawn, with repeats, ascending.
    let drawn: [Int]
    /// Fold of each row drawn.
    let folds: [Int]
    let selected: [Int]
    let coefficients: [Double]
    let intercept: Double
    let lambda: Double?
    let bagAUC: Double?
    let trainingAUC: Double?
    let outOfBagAUC: Double?
  }

  /// Fold of each training row in the fit to all of them.
  let folds: [Int]
  let replicates: [Replicate]

  init(
    _ table: CohortTable, training: [Int]? = nil, plan: ModelPlan, seed: UInt64, count: Int, folds: [Int]
  ) throws {
    let training = training ?? table.allRows
    self.folds = folds.map { $0 + 1 }
    replicates = try (0..<count).map { number in
      let address = RandomAddress(seed: seed, replicate: number)
      let result = try BootstrapReplicate(table, training: training, plans: [plan], address: address)
      let subjects = BootstrapReplicate.resample(SubjectStrata(of: table, rows: training), address: address)
      let drawn = subjects.flatMap { subject in training.filter { table.subjects[$0] == subject } }.sorted()
      guard let folds = Folds.stratified(count: 10, of: drawn, in: table, address: address) else {
        throw ValidationError("replicate \(number): too few subjects for ten folds")
      }
      let model = result.models[0]
      return Replicate(
        drawn: drawn.map { $0 + 1 }, folds: folds.map { $0 + 1 }, selected: model.features.map { $0 + 1 },
        coefficients: model.coefficients, intercept: model.intercept, lambda: model.lambda,
        bagAUC: model.bag.auc, trainingAUC: model.training.auc, outOfBagAUC: model.outOfBag?.auc)
    }
  }

  func write(to path: String) throws {
    try JSONEncoder().encode(self).write(to: URL(fileURLWithPath: path))
  }
}
