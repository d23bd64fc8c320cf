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
  /// The case of each row of the table; the first of its images where a row has several.
  package let cases: [StudyCase]
  /// The cases whose features each row of the table has.
  package let members: [[StudyCase]]
  /// `nil` where each image is a row of its own.
  package let join: ImageJoin?
  package let split: Split
  /// What harmonisation keeps the effect of.
  package let covariates: CovariateColumns
  package let plans: [ModelPlan]
  /// Cases of different subjects whose features are nearly equal, as they were before they became groups; `nil` where the
  /// study makes no groups of duplicates.
  let alikeBeforeGrouping: LikeCases?
  /// `nil` without such patients.
  package let external: ExternalCohort?
  /// What models predict.
  package let outcome: ModelledOutcome
  /// The same rows with the features of what models are held against.
  let controls: ControlTables

  /// - Throws: `StudyTaskError` where too few cases are left, or the split leaves a part without one outcome.
  package init(_ cohort: StudyCohort) throws(StudyTaskError) {
    do {
      var (cohort, covariates, plans, join) = cohort.withUnmodelledApart()
      try cohort.requireCases()
      var rows = ModelledCases(cohort, covariates: covariates, join: join)
      var table = try rows.table()
      alikeBeforeGrouping =
        cohort.study.duplicates == .group ? LikeCases(table, members: rows.members(of: table)) : nil
      if let alikeBeforeGrouping {
        cohort = cohort.grouping(
          cohort.duplicatesByDigest().map(\.cases) + alikeBeforeGrouping.groups)
        rows = ModelledCases(cohort, covariates: covariates, join: join)
        table = try rows.table()
      }
      self.table = table
      external = try ExternalCohort(
        ModelledCases(cohort, covariates: covariates, join: join, areExternal: true),
        survival: cohort.study.survival)
      members = rows.members(of: table)
      outcome = try ModelledOutcome(cohort.study, plans: plans, table: table, members: members)
      cases = members.map { $0[0] }
      self.join = join
      self.covariates = covariates
      self.plans = plans
      split = try Self.split(cohort.study, table, cases)
      self.cohort = cohort
      controls = ControlTables(
        cohort, join: join, own: (table, members), training: split.training, external: external)
      try requirePrimaryPart()
    } catch {
      throw StudyTaskError(ofModelling: error)
    }
  }

  private static func split(_ study: Study, _ table: CohortTable, _ cases: [StudyCase]) throws -> Split {
    let all = Array(cases.indices)
    guard !study.models.isEmpty else { return Split(training: all, test: []) }
    try requireBothOutcomes(all, table, of: "cohort", study)
    switch study.split {
    case .trainingShare(let share):
      return try Split(
        table, testShare: 1 - share, seed: study.seed, needsBothOutcomes: study.survival == nil)
    case .leaveOneSiteOut:
      if study.survival != nil { try requireEventsWithoutEachSite(table) }
      return Split(training: all, test: [])
    case .column:
      let missing = cases.count { $0.split == nil }
      guard missing == 0 else {
        throw StudyTaskError(
          code: "split-missing", sentence: "\(missing) cases have no value in column Split.",
          remedy: "Fill column Split of the manifest, or let the study draw the split.")
      }
      let split = Split(
        training: all.filter { cases[$0].split == .training }, test: all.filter { cases[$0].split == .test })
      try requireBothOutcomes(split.training, table, of: "training part", study)
      return split
    }
  }

  private static func requireBothOutcomes(
    _ rows: [Int], _ table: CohortTable, of part: String, _ study: Study
  ) throws {
    let positives = rows.count { table.positives[$0] }
    if study.survival != nil { return try requireEvents(positives, of: rows.count, in: part) }
    guard positives == 0 || positives == rows.count else { return }
    let found = rows.isEmpty ? "no case" : "\(rows.count) cases, all with outcome \(positives == 0 ? 0 : 1)"
    throw StudyTaskError(
      code: "one-class", sentence: "The \(part) has \(found); a model needs both outcomes.",
      remedy: "Check column Outcome, the cases that failed, and the split.")
  }
}

/// The cases that models are fitted to, with their features, covariates and repeat segmentations.
struct ModelledCases {
  private let cohort: StudyCohort
  private let covariates: CovariateColumns
  private let join: ImageJoin?
  /// What becomes a row of the table: one case, or the images of a subject in order.
  private let rows: [(name: String, members: [StudyCase])]

  var isEmpty: Bool { rows.isEmpty }

  /// - Parameter areExternal: whether those of the external cohort are meant, or all others.
  init(_ cohort: StudyCohort, covariates: CovariateColumns, join: ImageJoin?, areExternal: Bool = false) {
    self.cohort = cohort
    self.covariates = covariates
    self.join = join
    let used = cohort.cases.filter {
      $0.isModelled && ($0.split == .external) == areExternal && cohort.values(of: $0) != nil
    }
    guard join != nil else {
      let names = cohort.caseNames
      rows = used.map { ("\($0.site)/\(names.name(of: $0))", [$0]) }
      return
    }
    let subjects = Dictionary(grouping: used) { "\($0.site)/\($0.subject)" }
    rows = subjects.sorted { $0.key < $1.key }.map { ($0, $1.sorted { $0.part < $1.part }) }
  }

  func table() throws -> CohortTable {
    let repeats = repeats()
    let perturbed = PerturbedValues(cohort, join: join)
    let clinical = ClinicalColumns(cohort.study)
    let names = cohort.features.flatMap(\.names)
    return try CohortTable(
      featureNames: join?.names(names) ?? names, covariateNames: covariates.names,
      clinicalNames: clinical.names,
      rows: rows.map { name, members in
        CohortTable.Row(
          caseName: name, subject: members[0].unit, site: members[0].site,
          isPositive: members[0].outcome == 1,
          values: values(of: members), covariates: try covariates.values(of: members),
          clinical: try clinical.values(of: members),
          repeats: joined(repeats, of: members), perturbed: perturbed.values(of: members))
      })
  }

  /// The cases of each row of the table.
  func members(of table: CohortTable) -> [[StudyCase]] {
    let members = Dictionary(uniqueKeysWithValues: rows.map { ($0.name, $0.members) })
    return table.caseNames.compactMap { members[$0] }
  }

  /// Numbers of undefined features of the cases that plans drop for them; `nil` without any.
  func incomplete(_ plans: [ModelPlan]) -> [Int64: Int]? {
    let dropping = plans.filter { $0.missing == .dropCase }
    guard !dropping.isEmpty else { return nil }
    let names = cohort.features.flatMap(\.names)
    let all = join?.names(names) ?? names
    let needed = all.indices.filter { index in dropping.contains { $0.features.includes(all[index]) } }
    var incomplete: [Int64: Int] = [:]
    for (_, members) in rows {
      let values = values(of: members)
      let count = needed.count { !values[$0].isFinite }
      if count > 0 { for item in members { incomplete[item.id] = count } }
    }
    return incomplete.isEmpty ? nil : incomplete
  }

  /// Cases of rows of a table without any value: they are no cases, and must not decide which features are left.
  func blank() -> [Int64] {
    guard cohort.study.table != nil else { return [] }
    return rows.filter { _, members in !values(of: members).contains(where: \.isFinite) }.flatMap(\.members)
      .map(\.id)
  }

  /// Features of a row: of its case, or of all images that a subject may have, undefined for one that it lacks.
  private func values(of members: [StudyCase]) -> [Double] {
    Self.values(of: members, in: cohort, join: join)
  }

  static func values(of members: [StudyCase], in cohort: StudyCohort, join: ImageJoin?) -> [Double] {
    guard let join else { return cohort.values(of: members[0]) ?? [] }
    let lacking = [Double](repeating: .nan, count: cohort.features.map(\.names.count).reduce(0, +))
    return join.parts.flatMap { part in
      members.first { $0.part == part }.flatMap { cohort.values(of: $0) } ?? lacking
    }
  }

  /// The repeats of a row: those of its case; with several images those of raters who segmented all of them.
  private func joined(_ repeats: [Int64: [[Double]]], of members: [StudyCase]) -> [[Double]] {
    guard let join else { return repeats[members[0].id] ?? [] }
    let parts = join.parts.map { part in members.first { $0.part == part }.flatMap { repeats[$0.id] } }
    guard let count = parts[0]?.count, parts.allSatisfy({ $0?.count == count }) else { return [] }
    return (0..<count).map { rater in parts.flatMap { $0?[rater] ?? [] } }
  }

  /// Values by each further rater, raters in order of name, of the images that all raters segmented.
  private func repeats() -> [Int64: [[Double]]] {
    let repeated = cohort.cases.filter { $0.rater != nil && cohort.values(of: $0) != nil }
    let raters = Set(repeated.compactMap(\.rater)).sorted()
    guard !raters.isEmpty else { return [:] }
    let byImage = Dictionary(grouping: repeated) { [$0.site, $0.subject, $0.image, $0.part.region] }
    var repeats: [Int64: [[Double]]] = [:]
    for item in rows.flatMap(\.members) {
      let others = byImage[[item.site, item.subject, item.image, item.part.region]] ?? []
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
  fileprivate func withUnmodelledApart() -> (
    cohort: StudyCohort, covariates: CovariateColumns, plans: [ModelPlan], join: ImageJoin?
  ) {
    var cohort = self
    cohort.setRepeatsApart()
    let join = ImageJoin(cohort)
    let covariates = CovariateColumns(cohort)
    let plans = study.models.map { ModelPlan($0, of: study, covariates: covariates, join: join) }
    for areExternal in [false, true] {
      let rows = ModelledCases(cohort, covariates: covariates, join: join, areExternal: areExternal)
      if let incomplete = rows.incomplete(plans) { cohort.exclude(incomplete) }
      cohort.excludeBlank(rows.blank())
    }
    return (cohort, covariates, plans, join)
  }

  /// Cases that are not modelled, each with its reason, as the report tells them: those that failed or were excluded, and those
  /// that have features and serve no model.
  ///
  /// Features need to be there only where a model drops cases for undefined ones, or a table may have blank rows, see
  /// `needsValuesForLosses`.
  package func losses() -> [(item: StudyCase, loss: StudyCase.Loss)] {
    withUnmodelledApart().cohort.cases.compactMap { item in
      item.state == .pending || item.isModelled ? nil : (item, item.loss ?? .outcomeUnknown)
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

  /// Takes cases without any value out, whatever models do with missing ones.
  fileprivate mutating func excludeBlank(_ blank: [Int64]) {
    let blank = Set(blank)
    for index in cases.indices where blank.contains(cases[index].id) {
      cases[index].state = .excluded
      cases[index].loss = StudyCase.Loss(
        code: "no-values", sentence: "The table has no value of any feature for this case.",
        remedy: "Complete the row, or take it out of the table.")
    }
  }

  /// - Throws: `StudyTaskError` where models are asked for and no case is left, with what most of them are lost to.
  fileprivate func requireCases() throws(StudyTaskError) {
    guard !study.models.isEmpty, !cases.isEmpty, !cases.contains(where: \.isModelled) else { return }
    let losses = cases.map { $0.loss ?? .outcomeUnknown }
    let counts = Dictionary(grouping: losses, by: \.code).sorted {
      ($1.value.count, $0.key) < ($0.value.count, $1.key)
    }
    let failed = cases.count { $0.state == .failed }
    let most = counts[0].value
    throw StudyTaskError(
      code: "no-cases",
      sentence:
        "None of the \(cases.count) cases can be used (\(failed) failed). Most often (\(most.count) times): "
        + "\(counts[0].key). \(most[0].sentence)",
      remedy: most[0].remedy.isEmpty ? "Mend the cause, and try the cases again." : most[0].remedy)
  }

  /// Takes cases with missing values out.
  fileprivate mutating func exclude(_ incomplete: [Int64: Int]) {
    for index in cases.indices {
      guard let count = incomplete[cases[index].id] else { continue }
      cases[index].state = .excluded
      cases[index].loss = StudyCase.Loss(
        code: "missing-values",
        sentence:
          "\(counted(count, "feature")) \(count == 1 ? "is" : "are") undefined, and the study drops such cases (missing: drop-case).",
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
  package var needsValuesForLosses: Bool { table != nil || models.contains { $0.missing == .dropCase } }
}

extension ModelPlan {
  init(_ definition: ModelDefinition, of study: Study, covariates: CovariateColumns, join: ImageJoin?) {
    let deepNames = join?.parts.map { ImageJoin.prefix($0) + deepFeaturePrefix } ?? [deepFeaturePrefix]
    let features: FeatureChoice =
      switch (definition.sources.contains(.handcrafted), definition.sources.contains(.deep)) {
      case (true, false): .notPrefixed(deepNames)
      case (false, true): .prefixed(deepNames)
      case (true, true): .all
      case (false, false): .named([])
      }
    var harmonisation = definition.harmonisation
    harmonisation?.covariates = definition.harmonisation?.covariates.flatMap(covariates.columns) ?? []
    self.init(
      name: definition.name, features: definition.columns ?? features, missing: definition.missing,
      steps: definition.selection,
      refit: definition.refit, harmonisation: harmonisation, cutoff: definition.cutoff)
    clinical = definition.clinical.map { ClinicalColumns(study).predictors($0) }
    scores = definition.scores.map { scores in
      let below = scores.models.compactMap { name in study.models.first { $0.name == name } }
      return ModelScores(
        plans: below.map { ModelPlan($0, of: study, covariates: covariates, join: join) }, folds: scores.folds
      )
    }
  }
}
