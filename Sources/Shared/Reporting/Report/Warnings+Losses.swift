import Modelling
import Statistics
import StudyPlan

extension ReportAssembly {
  /// What was lost or put together without anybody asking, before what limits the rest.
  func losses(_ duplicates: [StudyReport.DuplicateGroup]) -> [StudyReport.Warning] {
    guard !plan.models.isEmpty else { return [] }
    var warnings = [size.fewEvents.map { StudyReport.Warning(code: "few_events", message: $0) }].compactMap(
      \.self)
    warnings += featuresLost()
    let blank = study.cohort.cases.count { $0.loss?.code == "no-values" }
    if blank > 0 { warnings.append(.blankRows(blank)) }
    if plan.duplicates == .group, !duplicates.isEmpty {
      warnings.append(
        .duplicatesGrouped(duplicates.count, acrossSites: duplicates.count(where: \.crossesSites)))
    }
    let shared = study.cohort.identifiersAtSeveralSites
    if !shared.isEmpty { warnings.append(.identifiersAtSeveralSites(shared)) }
    return warnings
  }

  /// Whether the study is large enough for its models.
  func sizeOfStudy() -> [StudyReport.Warning] {
    guard !models.isEmpty, size.fewEvents == nil else { return [] }
    return [size.tooSmall.map { StudyReport.Warning(code: "sample_size", message: $0) }].compactMap(\.self)
  }

  private var size: StudySize {
    let table = study.table
    let subjects = Set(study.split.training.map { table.subjects[$0] })
    let positives = Set(study.split.training.filter { table.positives[$0] }.map { table.subjects[$0] })
    return StudySize(
      subjects: subjects.count, positives: positives.count,
      models: models.map { model in
        StudySize.Model(
          name: model.name, candidates: table.featureNames.count { model.result.plan.features.includes($0) })
      })
  }

  /// Models that leave half of their features out because a value is undefined somewhere: usually a few rows are to blame.
  private func featuresLost() -> [StudyReport.Warning] {
    models.compactMap { model in
      let table = study.table
      let features = table.featureNames.indices.filter {
        model.result.plan.features.includes(table.featureNames[$0])
      }
      let lost = model.result.fitted.warnings.reduce(0) { sum, warning in
        if case .droppedNotFinite(let count) = warning { sum + count } else { sum }
      }
      guard lost > 0, 2 * lost >= features.count else { return nil }
      let rows = study.split.training.filter { row in
        features.contains { !table.value(row: row, feature: $0).isFinite }
      }
      return .featuresLost(
        lost, of: features.count, model: model.name, rows: rows.map { table.caseNames[$0] },
        training: study.split.training.count)
    }
  }
}

extension StudyReport.Warning {
  static func featuresLost(_ lost: Int, of features: Int, model: String, rows: [String], training: Int)
    -> Self
  {
    let names = rows.prefix(5).joined(separator: ", ") + (rows.count > 5 ? " …" : "")
    return Self(
      code: "features_lost",
      message:
        "\(model) was fitted without \(PageNumber.count(lost)) of its \(PageNumber.count(features, "feature")), because each is "
        + "undefined in some training case. Undefined values stand in \(PageNumber.count(rows.count)) of "
        + "\(PageNumber.count(training, "training case")) (\(names)): complete or leave out those, or choose missing: median or "
        + "drop-case.")
  }

  static func blankRows(_ count: Int) -> Self {
    Self(
      code: "blank_rows",
      message:
        "\(PageNumber.count(count, "row")) of the table \(count == 1 ? "has" : "have") no value of any feature, and "
        + "\(count == 1 ? "was" : "were") left out; each is listed below.")
  }

  static func duplicatesGrouped(_ count: Int, acrossSites: Int) -> Self {
    let apart =
      acrossSites == 0
      ? ""
      : " Those of \(PageNumber.count(acrossSites)) stand at several sites, and stay apart there: leave copies out."
    return Self(
      code: "duplicates_grouped",
      message:
        "\(PageNumber.count(count, "image")) \(count == 1 ? "stands" : "stand") under several subjects. These count as one each "
        + "(duplicates: group), in every part, fold and resample. Find out which of them it is.\(apart)")
  }

  static func identifiersAtSeveralSites(_ names: [String]) -> Self {
    let shown = names.prefix(5).joined(separator: ", ") + (names.count > 5 ? " …" : "")
    return Self(
      code: "ids_at_several_sites",
      message:
        "\(PageNumber.count(names.count, "ID")) \(names.count == 1 ? "stands" : "stand") at several sites (\(shown)), and count as "
        + "different people at each. If they are one person, give the rows one site, or leave one out.")
  }
}

extension StudyCohort {
  /// IDs that stand at several sites, sorted; none where sites seem to number their subjects alike: where the smaller of two
  /// sites shares half of its IDs or more.
  package var identifiersAtSeveralSites: [String] {
    let sites = Dictionary(grouping: cases, by: \.site).mapValues { Set($0.map(\.subject)) }.sorted {
      $0.key < $1.key
    }
    var shared: Set<String> = []
    for (index, first) in sites.enumerated() {
      for second in sites.dropFirst(index + 1) {
        let both = first.value.intersection(second.value)
        if 2 * both.count < min(first.value.count, second.value.count) { shared.formUnion(both) }
      }
    }
    return shared.sorted()
  }
}
