import NeuralNet
import Statistics
import StudyPlan

/// A study whose extraction has ended: the frozen feature table, its split, and the models to fit.
///
/// It depends on the cases and their features only, not on who extracted them or in which order.
package struct PreparedStudy: Sendable {
  let cohort: StudyCohort
  let table: CohortTable
  /// The case of each row of the table.
  let cases: [StudyCase]
  let split: Split
  let plans: [ModelPlan]

  /// - Throws: `StudyTaskError` where too few cases are left, or the split leaves a part without one outcome.
  package init(_ cohort: StudyCohort) throws(StudyTaskError) {
    self.cohort = cohort
    plans = cohort.study.models.map(ModelPlan.init)
    let names = cohort.caseNames
    let usable = cohort.cases.filter { $0.isModelled && cohort.values(of: $0) != nil }
    do {
      table = try CohortTable(
        featureNames: cohort.features.flatMap(\.names),
        rows: usable.map { item in
          CohortTable.Row(
            caseName: "\(item.site)/\(names[item.id] ?? "")", subject: item.unit, site: item.site,
            isPositive: item.outcome == 1, values: cohort.values(of: item) ?? [])
        })
      let caseOf = Dictionary(uniqueKeysWithValues: usable.map { ("\($0.site)/\(names[$0.id] ?? "")", $0) })
      cases = table.caseNames.compactMap { caseOf[$0] }
      split = try Self.split(cohort.study, table, cases)
    } catch {
      throw StudyTaskError(ofStatistics: error)
    }
  }

  private static func split(_ study: Study, _ table: CohortTable, _ cases: [StudyCase]) throws -> Split {
    guard !study.models.isEmpty else { return Split(training: Array(cases.indices), test: []) }
    switch study.split {
    case .trainingShare(let share): return try Split(table, testShare: 1 - share, seed: study.seed)
    case .column:
      let missing = cases.count { $0.split == nil }
      guard missing == 0 else {
        throw StudyTaskError(
          code: "split-missing", sentence: "\(missing) cases have no value in column Split.",
          remedy: "Fill column Split of the manifest, or let the study draw the split.")
      }
      return Split(
        training: cases.indices.filter { cases[$0].split == .training },
        test: cases.indices.filter { cases[$0].split == .test })
    }
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
}

extension StudyCase {
  /// Cases of unknown outcome are extracted, but models cannot use them.
  var isModelled: Bool { state == .done && outcome != nil }

  /// Who must stay together: the group, or the subject at its site.
  var unit: String { group.map { "group \($0)" } ?? "\(site)/\(subject)" }
}

extension ModelPlan {
  init(_ definition: ModelDefinition) {
    let deepNames = [deepFeaturePrefix]
    let features: FeatureChoice =
      switch (definition.sources.contains(.handcrafted), definition.sources.contains(.deep)) {
      case (true, false): .notPrefixed(deepNames)
      case (false, true): .prefixed(deepNames)
      default: .all
      }
    self.init(
      name: definition.name, features: features, missing: definition.missing, steps: definition.selection,
      refit: definition.refit)
  }
}

extension StudyTaskError {
  /// What a researcher reads of an error on the way from features to models.
  init(ofStatistics error: any Error) {
    switch error {
    case let error as StudyTaskError: self = error
    case let error as StatisticsError:
      self.init(
        code: error.code.rawValue.kebabCase, sentence: "\(error)".sentence,
        remedy: "Check the section models and the numbers of subjects in the manifest.")
    default: preconditionFailure("statistics throw StatisticsError only: \(error)")
    }
  }
}
