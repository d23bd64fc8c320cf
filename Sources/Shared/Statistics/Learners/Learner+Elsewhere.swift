extension CrossValidatedArea {
  /// The AUC of a pipeline by cross-validation, and those of learners on the predictors that each fold's model selects.
  /// - Returns: as `init`; learners in the order given.
  package static func withLearners(
    _ learners: [Learner], _ table: CohortTable, training: [Int], plan: ModelPlan, seed: UInt64
  ) throws(StatisticsError) -> (model: CrossValidatedArea, learners: [CrossValidatedArea])? {
    var areas = learners.map { _ in [Double?]() }
    let model = try CrossValidatedArea(table, training: training, plan: plan, seed: seed) { fold in
      for (place, learner) in learners.enumerated() {
        let scores = fold.flatMap {
          $0.model.scores(of: learner, table, fittedTo: $0.fitted, on: (table, $0.left), address: $0.address)
        }
        areas[place].append(
          scores.flatMap { scores in
            fold.flatMap { areaUnderCurve(scores, positives: $0.left.map { table.positives[$0] }) }
          })
      }
    }
    guard let model else { return nil }
    return (
      model,
      areas.map {
        CrossValidatedArea(
          name: model.name, folds: $0, count: model.count, repeats: model.repeats, empty: model.empty,
          rows: model.rows, cases: model.cases)
      }
    )
  }
}

extension LeaveOneSiteOut {
  /// The AUCs of a learner at the sites left out, pooled: fitted to the rows and predictors of each site's model.
  /// - Returns: `nil` where the learner cannot be fitted without some site, or nothing can be pooled.
  package func pooling(_ learner: Learner, _ table: CohortTable, seed: UInt64) throws(StatisticsError)
    -> SitePooling?
  {
    var left: [(name: String, probabilities: [Double], positives: [Bool])] = []
    var clusters: [Clusters?] = []
    for (site, fold) in folds.enumerated() {
      let split = Split(leavingOut: site, of: table)
      guard
        let scores = fold.model.scores(
          of: learner, table, fittedTo: split.training, on: (table, split.test),
          address: .finalFit(seed: seed))
      else { return nil }
      left.append((fold.site, scores, split.test.map { table.positives[$0] }))
      clusters.append(table.clusters(split.test))
    }
    return try SitePooling(left, clusters: clusters)
  }
}
