import Statistics
import StudyPlan

/// The cases that models are fitted to, with their features, covariates and repeat segmentations.
struct ModelledCases {
  private let cohort: StudyCohort
  private let covariates: CovariateColumns
  private let named: [(name: String, item: StudyCase)]

  init(_ cohort: StudyCohort, covariates: CovariateColumns) {
    self.cohort = cohort
    self.covariates = covariates
    let names = cohort.caseNames
    named = cohort.cases.filter { $0.isModelled && cohort.values(of: $0) != nil }.map { item in
      ("\(item.site)/\(names[item.id] ?? "")", item)
    }
  }

  func table() throws -> CohortTable {
    let repeats = repeats()
    return try CohortTable(
      featureNames: cohort.features.flatMap(\.names), covariateNames: covariates.names,
      rows: named.map { name, item in
        CohortTable.Row(
          caseName: name, subject: item.unit, site: item.site, isPositive: item.outcome == 1,
          values: cohort.values(of: item) ?? [], covariates: covariates.values(of: item),
          repeats: repeats[item.id] ?? [])
      })
  }

  /// The case of each row of the table.
  func cases(of table: CohortTable) -> [StudyCase] {
    let caseOf = Dictionary(uniqueKeysWithValues: named.map { ($0.name, $0.item) })
    return table.caseNames.compactMap { caseOf[$0] }
  }

  /// Numbers of undefined features of the cases that plans drop for them; `nil` without any.
  func incomplete(_ plans: [ModelPlan]) throws -> [Int64: Int]? {
    let dropping = plans.filter { $0.missing == .dropCase }
    guard !dropping.isEmpty else { return nil }
    let names = cohort.features.flatMap(\.names)
    let needed = names.indices.filter { index in dropping.contains { $0.features.includes(names[index]) } }
    var incomplete: [Int64: Int] = [:]
    for (_, item) in named {
      let values = cohort.values(of: item) ?? []
      let count = needed.count { !values[$0].isFinite }
      if count > 0 { incomplete[item.id] = count }
    }
    return incomplete.isEmpty ? nil : incomplete
  }

  /// Values by each further rater, raters in order of name, of the images that all raters segmented.
  private func repeats() -> [Int64: [[Double]]] {
    let repeated = cohort.cases.filter { $0.rater != nil && cohort.values(of: $0) != nil }
    let raters = Set(repeated.compactMap(\.rater)).sorted()
    guard !raters.isEmpty else { return [:] }
    let byImage = Dictionary(grouping: repeated) { [$0.site, $0.subject, $0.image] }
    var repeats: [Int64: [[Double]]] = [:]
    for (_, item) in named {
      let others = byImage[[item.site, item.subject, item.image]] ?? []
      let values = raters.compactMap { rater in
        others.first { $0.rater == rater }.flatMap { cohort.values(of: $0) }
      }
      if values.count == raters.count { repeats[item.id] = values }
    }
    return repeats
  }
}
