import Foundation
import Statistics
import StudyPlan

/// The wire format of a replicate of survival models, as it is stored: like that of logistic models, with C in place of the measures
/// of probabilities.
package struct SurvivalReplicateWireFormat: Codable {
  struct Model: Codable {
    var name: String
    var features: Data
    var coefficients: Data
    /// Harrell's C on the resample, on the training part, and out of bag; absent where no pair can be compared.
    var bag: Double?
    var training: Double?
    var outOfBag: Double?
    var outOfBagRows: Data
    var failure: StatisticsError.Code?

    init(_ name: String, _ replicate: SurvivalBootstrap.Replicate) {
      self.name = name
      features = Data(bitset: replicate.features)
      coefficients = Data(littleEndian: replicate.coefficients)
      (bag, training, outOfBag) = (replicate.bag, replicate.training, replicate.outOfBag)
      outOfBagRows = Data(bitset: replicate.outOfBagRows)
      failure = replicate.failure
    }
  }

  /// Tells it from a replicate of logistic models.
  static let kind = "survival"

  var kind = SurvivalReplicateWireFormat.kind
  var number: Int
  var models: [Model]
  /// What the models are held against; absent in a study without controls.
  var controls: [ControlArea]?

  init(number: Int, models: [Model], controls: [ControlArea]?) {
    (self.number, self.models, self.controls) = (number, models, controls)
  }

  /// - Parameter predictorCounts: of each model in order, how many predictors stand side by side: features, clinical columns and
  ///   scores.
  /// - Throws: `DecodingError` where it is of another kind, a set and its numbers differ in size, a predictor or a row is none of the
  ///   table, or a number is none that a fit gives.
  package func replicates(predictorCounts: [Int], rowCount: Int) throws -> [SurvivalBootstrap.Replicate] {
    func fault(_ what: String) -> DecodingError {
      .dataCorrupted(.init(codingPath: [], debugDescription: "replicate \(number): \(what)"))
    }
    guard kind == Self.kind else { throw fault("it is no replicate of survival models") }
    guard models.count == predictorCounts.count else { throw fault("it is of other models") }
    return try zip(models, predictorCounts).map { model, predictorCount in
      let (features, rows) = (model.features.bits, model.outOfBagRows.bits)
      let coefficients = model.coefficients.littleEndianDoubles
      guard features.count == coefficients.count else { throw fault("a set and its numbers differ in size") }
      guard features.last ?? -1 < predictorCount, rows.last ?? -1 < rowCount else {
        throw fault("a feature or a row is none of the study")
      }
      guard coefficients.allSatisfy(\.isFinite),
        [model.bag, model.training, model.outOfBag].allSatisfy({ $0.map { (0...1).contains($0) } ?? true })
      else { throw fault("a coefficient or a C is none") }
      return SurvivalBootstrap.Replicate(
        number: number, features: features, coefficients: coefficients, bag: model.bag,
        training: model.training, outOfBag: model.outOfBag, outOfBagRows: rows, failure: model.failure)
    }
  }
}

/// Replicates of survival models as they were stored, decoded and counted.
package struct StoredSurvivalReplicates: Sendable {
  /// For each replicate, in order, those of the models.
  package let models: [[SurvivalBootstrap.Replicate]]
  /// What the models are held against; none in a study without controls.
  let controls: [ControlAreas]
}

extension PreparedStudy {
  /// Stored replicates of survival models.
  /// - Throws: `incomplete-replicates`, `bad-replicate` as `StoredReplicates`.
  package func survivalReplicates(_ bodies: [[UInt8]]) throws(StudyTaskError) -> StoredSurvivalReplicates {
    guard bodies.count == plan.replicates else {
      throw StudyTaskError(
        code: "incomplete-replicates",
        sentence: "\(bodies.count) of \(plan.replicates) bootstrap replicates are stored.",
        remedy: "Submit the study again.")
    }
    let counts = plans.map { table.featureCount + table.clinical.count + ($0.scores?.plans.count ?? 0) }
    do {
      var controls: [[ControlArea]] = []
      let models = try bodies.enumerated().map { place, body in
        let stored = try CanonicalJSON.decode(SurvivalReplicateWireFormat.self, from: body)
        let found = try stored.replicates(predictorCounts: counts, rowCount: table.rowCount)
        guard stored.number == place, stored.models.map(\.name) == plans.map(\.name) else {
          throw DecodingError.dataCorrupted(
            .init(codingPath: [], debugDescription: "it is of another number, or of other models"))
        }
        controls.append(stored.controls ?? [])
        return found
      }
      guard let joined = ControlAreas.joined(controls) else {
        throw DecodingError.dataCorrupted(
          .init(codingPath: [], debugDescription: "their controls differ, or a C is none"))
      }
      return StoredSurvivalReplicates(models: models, controls: joined)
    } catch {
      throw StudyTaskError(
        code: "bad-replicate", sentence: "A stored replicate cannot be read: \(error).",
        remedy: "Run workers of one version, and submit the study again.")
    }
  }
}
