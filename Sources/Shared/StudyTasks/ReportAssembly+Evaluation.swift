import Report
import Statistics
import StudyPlan

extension StudyReport.Model {
  /// Curves, scores and pooled sites of the parts.
  mutating func add(_ evaluations: [CohortEvaluation]) {
    precisionRecall = evaluations.compactMap(\.precisionRecall)
    smoothCalibration = evaluations.compactMap(\.smoothCalibration)
    scores = evaluations.map(\.scores)
    pooling = evaluations.flatMap(\.pooling)
  }
}

extension ReportAssembly {
  /// Models against each other on each part, which they all share.
  func comparisons() -> [StudyReport.Comparison] {
    guard let first = models.first else { return [] }
    return first.evaluations.indices.flatMap { part in
      StudyReport.Comparison.paired(
        models.map { ($0.fitted.name, $0.evaluations[part].predictions.probabilities) },
        of: first.evaluations[part].predictions, seed: study.cohort.study.seed)
    }
  }

  /// Values that are not finite among the features of the cases used.
  func missingValues() -> StudyReport.MissingValues {
    let table = study.table
    var (values, features, cases) = (0, 0, Set<Int>())
    for feature in 0..<table.featureCount {
      let rows = (0..<table.rowCount).filter { !table.value(row: $0, feature: feature).isFinite }
      values += rows.count
      features += rows.isEmpty ? 0 : 1
      cases.formUnion(rows)
    }
    return StudyReport.MissingValues(
      values: values, features: features, cases: cases.count,
      treatment: models.map { "\($0.fitted.name): \($0.plan.missing.sentence)" })
  }
}
