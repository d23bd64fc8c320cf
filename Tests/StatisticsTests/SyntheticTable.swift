import LinearAlgebra
import Statistics

/// A cohort with a signal in the features `rad_00` and `rad_01`, the rest noise; `deep_` features are the last third.
func syntheticTable(
  subjects: Int = 60, imagesPerSubject: Int = 1, features: Int = 12, sites: Int = 3, seed: UInt64 = 5,
  change: (_ row: Int, _ values: inout [Double]) -> Void = { _, _ in }
) throws -> CohortTable {
  var stream = RandomStream(seed: seed, purpose: .synthesis)
  var rows: [CohortTable.Row] = []
  for subject in 0..<subjects {
    let isPositive = subject % 5 < 2
    for _ in 0..<imagesPerSubject {
      var values = (0..<features).map { _ in stream.normal() }
      if isPositive { values[0] += 1.5 }
      if isPositive { values[1] -= 1 }
      change(rows.count, &values)
      rows.append(
        CohortTable.Row(
          caseName: "case-\(1_000 + rows.count)", subject: "subject-\(1_000 + subject)",
          site: "site-\(subject % sites)",
          isPositive: isPositive, values: values))
    }
  }
  let names = (0..<features).map {
    ($0 < features * 2 / 3 ? "rad_" : "deep_") + ($0 < 10 ? "0\($0)" : "\($0)")
  }
  return try CohortTable(featureNames: names, rows: rows)
}

extension CohortTable {
  var allRows: [Int] { Array(0..<rowCount) }
}

extension ModelPlan {
  /// Screen, prune, LASSO with few folds, ridge.
  static let short = ModelPlan(
    name: "short",
    steps: [.mannWhitney(maximumP: 0.2), .correlation(.spearman, maximum: 0.9), .lasso(folds: 4)])
}
