/// AUCs of a learner in one replicate of the whole-pipeline bootstrap, on the draw, the predictors and the subjects of a model.
public struct LearnerReplicate: Equatable, Sendable, Codable {
  /// The model's.
  public let model: String
  public let learner: Learner
  /// On the rows drawn, on the full training part, and on the subjects that were not drawn; `nil` where an outcome is missing, or the
  /// learner could not be fitted.
  public let bag: Double?
  public let training: Double?
  public let outOfBag: Double?

  /// Of a replicate in which the model could not be fitted.
  package init(model: String, learner: Learner) {
    (self.model, self.learner) = (model, learner)
    (bag, training, outOfBag) = (nil, nil, nil)
  }

  /// Fits a learner to what a model of a replicate was fitted to.
  package init(
    _ learner: Learner, beside model: FittedModel, _ table: CohortTable, training: [Int], drawn: [Int],
    outside: [Int], address: RandomAddress
  ) {
    (self.model, self.learner) = (model.name, learner)
    // Every row of the training part is drawn or outside; one that was drawn twice has one score.
    let rows = training.sorted()
    let scores = model.scores(of: learner, table, fittedTo: drawn, on: (table, rows), address: address)
    let scoreOfRow = scores.map { Dictionary(uniqueKeysWithValues: zip(rows, $0)) }
    func area(_ rows: [Int]) -> Double? {
      guard let scoreOfRow else { return nil }
      let scores = rows.compactMap { scoreOfRow[$0] }
      precondition(scores.count == rows.count, "every row of the training part has a score")
      return areaUnderCurve(scores, positives: rows.map { table.positives[$0] })
    }
    (bag, self.training, outOfBag) = (area(drawn), area(rows), area(outside))
  }

  /// Whether each AUC is one.
  package var isSound: Bool { [bag, training, outOfBag].compactMap(\.self).allSatisfy { 0...1 ~= $0 } }
}

extension BootstrapSummary.Estimates {
  /// Of the AUC of a learner, over replicates in which it is defined out of bag.
  /// - Parameter apparent: AUC on the training part of the learner that was fitted to all of it.
  package init?(_ replicates: [LearnerReplicate], apparent: Double?) {
    let defined = replicates.filter { $0.outOfBag != nil }
    self.init(
      areas: (defined.compactMap(\.bag), defined.compactMap(\.training), defined.compactMap(\.outOfBag)),
      apparent: apparent)
  }
}
