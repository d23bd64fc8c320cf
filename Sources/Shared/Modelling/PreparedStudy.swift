import NeuralNet
import Statistics
import StudyPlan

/// A study whose extraction has ended: the frozen feature table, its split, and the models to fit.
///
/// It depends on the cases and their features only, not on who extracted them or in which order.
package struct PreparedStudy: Sendable {
  /// Cases that are extracted but not modelled carry the reason.
  package let cohort: StudyCohort
  package let table: CohortTable
  /// The case of each row of the table.
  package let cases: [StudyCase]
  package let split: Split
  package let plans: [ModelPlan]

  /// - Throws: `StudyTaskError` where too few cases are left, or the split leaves a part without one outcome.
  package init(_ cohort: StudyCohort) throws(StudyTaskError) {
    do {
      let (cohort, covariates, plans) = try cohort.withUnmodelledApart()
      let rows = ModelledCases(cohort, covariates: covariates)
      table = try rows.table()
      cases = rows.cases(of: table)
      self.plans = plans
      split = try Self.split(cohort.study, table, cases)
      self.cohort = cohort
    } catch {
      throw StudyTaskError(ofModelling: error)
    }
  }

  private static func split(_ study: Study, _ table: CohortTable, _ cases: [StudyCase]) throws -> Split {
    let all = Array(cases.indices)
    guard !study.models.isEmpty else { return Split(training: all, test: []) }
    try requireBothOutcomes(all, table, of: "cohort")
    switch study.split {
    case .trainingShare(let share): return try Split(table, testShare: 1 - share, seed: study.seed)
    case .leaveOneSiteOut: return Split(training: all, test: [])
    case .column:
      let missing = cases.count { $0.split == nil }
      guard missing == 0 else {
        throw StudyTaskError(
          code: "split-missing", sentence: "\(missing) cases have no value in column Split.",
          remedy: "Fill column Split of the manifest, or let the study draw the split.")
      }
      let split = Split(
        training: all.filter { cases[$0].split == .training }, test: all.filter { cases[$0].split == .test })
      try requireBothOutcomes(split.training, table, of: "training part")
      return split
    }
  }

  private static func requireBothOutcomes(_ rows: [Int], _ table: CohortTable, of part: String) throws {
    let positives = rows.count { table.positives[$0] }
    guard positives == 0 || positives == rows.count else { return }
    let found = rows.isEmpty ? "no case" : "\(rows.count) cases, all with outcome \(positives == 0 ? 0 : 1)"
    throw StudyTaskError(
      code: "one-class", sentence: "The \(part) has \(found); a model needs both outcomes.",
      remedy: "Check column Outcome, the cases that failed, and the split.")
  }
}

/// The cases that models are fitted to, with their features, covariates and repeat segmentations.
private struct ModelledCases {
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

extension StudyCohort {
  /// Features of a case, sources side by side; nil where one is missing.
  func values(of item: StudyCase) -> [Double]? {
    var values: [Double] = []
    for block in features {
      guard let part = block.values[item.id] else { return nil }
      values += part
    }
    return features.isEmpty ? nil : values
  }

  /// The cohort as models see it, with the reasons of cases that are extracted but set apart, and what models are to fit.
  fileprivate func withUnmodelledApart() throws -> (
    cohort: StudyCohort, covariates: CovariateColumns, plans: [ModelPlan]
  ) {
    var cohort = self
    cohort.setRepeatsApart()
    let covariates = CovariateColumns(cohort)
    let plans = study.models.map { ModelPlan($0, covariates: covariates) }
    if let incomplete = try ModelledCases(cohort, covariates: covariates).incomplete(plans) {
      cohort.exclude(incomplete)
    }
    return (cohort, covariates, plans)
  }

  /// Cases that are not modelled, each with its reason, as the report tells them: those that failed or were excluded, and those
  /// that have features and serve no model.
  ///
  /// Features need to be there only where a model drops cases for undefined ones, see `needsValuesForLosses`.
  package func losses() throws(StudyTaskError) -> [(item: StudyCase, loss: StudyCase.Loss)] {
    do {
      return try withUnmodelledApart().cohort.cases.compactMap { item in
        item.state == .pending || item.isModelled ? nil : (item, item.loss ?? .outcomeUnknown)
      }
    } catch {
      throw StudyTaskError(ofModelling: error)
    }
  }

  /// Repeat segmentations are not modelled.
  fileprivate mutating func setRepeatsApart() {
    for index in cases.indices where cases[index].rater != nil && cases[index].state == .done {
      cases[index].state = .excluded
      cases[index].loss = StudyCase.Loss(
        code: "repeat-segmentation",
        sentence: "The image was segmented again; this segmentation serves the ICC and is not modelled.",
        remedy: "Nothing is to be done.")
    }
  }

  /// Takes cases with missing values out.
  fileprivate mutating func exclude(_ incomplete: [Int64: Int]) {
    for index in cases.indices {
      guard let count = incomplete[cases[index].id] else { continue }
      cases[index].state = .excluded
      cases[index].loss = StudyCase.Loss(
        code: "missing-values",
        sentence: "\(count) features are undefined, and the study drops such cases (missing: drop-case).",
        remedy: "Complete the values, or choose missing: drop-feature or median.")
    }
  }
}

extension StudyCase {
  /// Cases of unknown outcome are extracted, but models cannot use them.
  var isModelled: Bool { state == .done && outcome != nil }

  /// Who must stay together: the group, or the subject at its site.
  package var unit: String { group.map { "group \($0)" } ?? "\(site)/\(subject)" }
}

extension StudyCase.Loss {
  /// Of a case that is extracted, and without a reason not to be modelled.
  package static let outcomeUnknown = Self(
    code: "outcome-unknown",
    sentence: "The manifest gives no outcome; the case was extracted but not modelled.",
    remedy: "Fill column Outcome to use it.")
}

extension Study {
  /// Whether it takes the values of features to know which cases are not modelled.
  package var needsValuesForLosses: Bool { models.contains { $0.missing == .dropCase } }
}

extension ModelPlan {
  init(_ definition: ModelDefinition, covariates: CovariateColumns) {
    let deepNames = [deepFeaturePrefix]
    let features: FeatureChoice =
      switch (definition.sources.contains(.handcrafted), definition.sources.contains(.deep)) {
      case (true, false): .notPrefixed(deepNames)
      case (false, true): .prefixed(deepNames)
      default: .all
      }
    var harmonisation = definition.harmonisation
    harmonisation?.covariates = definition.harmonisation?.covariates.flatMap(covariates.columns) ?? []
    self.init(
      name: definition.name, features: features, missing: definition.missing, steps: definition.selection,
      refit: definition.refit, harmonisation: harmonisation, cutoff: definition.cutoff)
  }
}
