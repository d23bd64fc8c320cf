import Statistics

/// On whom a number was computed.
package enum EvaluationCohort: String, Codable, Sendable, CaseIterable {
  case training, test
  /// Every case as predicted by the model that was fitted without its site.
  case leftOut = "leave-one-site-out"
  /// Patients of other places or times, seen by nothing that was fitted.
  case external
  /// Cases of no part, of predictions made elsewhere.
  case all
  /// The training part, each case as predicted by models that were fitted without its fold.
  case crossValidated = "cross-validation"
  /// Over bootstrap replicates of the whole pipeline.
  case bootstrap
}

/// What one model, or one model for each site, says of the cases of one part of a cohort, and what is true of them.
package struct PartPredictions: Sendable {
  /// What `scores` are.
  package enum Scale: String, Codable, Sendable, CaseIterable {
    /// The linear predictor of the equation.
    case radScore = "rad_score"
    case probability
  }

  package var cohort: EvaluationCohort
  package var probabilities: [Double]
  /// Whether each case is called positive, by the cut-off of the model that predicted it.
  package var calls: [Bool]
  package var positives: [Bool]
  /// Site of each case.
  package var sites: [String]
  /// Who each case is an image of.
  package var subjects: [String]
  /// Scores to show by outcome, on the scale named.
  package var scores: [Double]
  package var scale: Scale
}

extension PartPredictions {
  /// Predictions that were made elsewhere, one entry a case in every list; from the cut-off on a case is called positive.
  package init(
    _ probabilities: [Double], cutoff: Double, positives: [Bool], sites: [String], subjects: [String],
    cohort: EvaluationCohort
  ) {
    self.init(
      cohort: cohort, probabilities: probabilities, calls: probabilities.map { $0 >= cutoff },
      positives: positives, sites: sites, subjects: subjects, scores: probabilities, scale: .probability)
  }

  /// A fitted model's predictions for some rows of a table.
  package init(_ model: FittedModel, table: CohortTable, rows: [Int], cohort: EvaluationCohort) {
    let probabilities = model.probabilities(of: table, rows: rows)
    self.init(
      cohort: cohort, probabilities: probabilities, calls: probabilities.map { $0 >= model.cutoff },
      positives: rows.map { table.positives[$0] }, sites: rows.map { table.siteNames[table.sites[$0]] },
      subjects: rows.map { table.subjectNames[table.subjects[$0]] },
      scores: model.linearPredictor(of: table, rows: rows), scale: .radScore)
  }

  /// Every row of a table as the model predicts it that was fitted without its site.
  package init(_ leftOut: LeaveOneSiteOut, table: CohortTable) {
    var (probabilities, calls) = (
      [Double](repeating: 0, count: table.rowCount), [Bool](repeating: false, count: table.rowCount)
    )
    for (site, fold) in leftOut.folds.enumerated() {
      let rows = Split(leavingOut: site, of: table).test
      for (row, probability) in zip(rows, fold.model.probabilities(of: table, rows: rows)) {
        (probabilities[row], calls[row]) = (probability, probability >= fold.model.cutoff)
      }
    }
    self.init(
      cohort: .leftOut, probabilities: probabilities, calls: calls, positives: table.positives,
      sites: table.sites.map { table.siteNames[$0] }, subjects: table.subjects.map { table.subjectNames[$0] },
      scores: probabilities, scale: .probability)
  }

  /// Images of one subject; `nil` where each case is of another.
  package var clusters: Clusters? { Clusters(subjects) }

  /// The cases of each site, sites in the order of their names' bytes.
  package var bySite: [(site: String, part: PartPredictions)] {
    Set(sites).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { site in
      (site, selecting(sites.indices.filter { sites[$0] == site }))
    }
  }

  private func selecting(_ rows: [Int]) -> PartPredictions {
    PartPredictions(
      cohort: cohort, probabilities: rows.map { probabilities[$0] }, calls: rows.map { calls[$0] },
      positives: rows.map { positives[$0] }, sites: rows.map { sites[$0] },
      subjects: rows.map { subjects[$0] }, scores: rows.map { scores[$0] }, scale: scale)
  }
}
