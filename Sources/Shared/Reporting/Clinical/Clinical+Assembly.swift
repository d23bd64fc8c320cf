import Modelling
import Statistics
import StudyPlan

extension ReportAssembly {
  /// `nil` where the study has neither clinical columns nor a model of other models' scores.
  func clinical() throws -> StudyReport.Clinical? {
    guard plan.survival == nil else { return nil }
    let columns = plan.clinical ?? []
    let equations = models.compactMap { StudyReport.Equation($0, of: study) }
    guard !columns.isEmpty || !equations.isEmpty else { return nil }
    let measured = try ClinicalColumns(plan).measured(study.members)
    return StudyReport.Clinical(
      columns: zip(columns, measured).map { StudyReport.ClinicalColumn($0, $1) },
      characteristics: measured.isEmpty ? [] : characteristics(measured),
      logistic: plan.models.isEmpty || measured.isEmpty
        ? nil
        : LogisticTable(measured, positives: study.table.positives, rows: study.split.training),
      equations: equations)
  }

  /// Of a survival study, by event; `nil` as above.
  func clinical(_ models: [ReportedSurvivalModel], _ survival: SurvivalStudy) throws -> StudyReport.Clinical?
  {
    let columns = plan.clinical ?? []
    let equations = try models.compactMap { try StudyReport.HazardEquation($0.result, survival, of: study) }
    guard !columns.isEmpty || !equations.isEmpty else { return nil }
    let measured = try ClinicalColumns(plan).measured(study.members)
    return StudyReport.Clinical(
      columns: zip(columns, measured).map { StudyReport.ClinicalColumn($0, $1) },
      characteristics: measured.isEmpty
        ? [] : characteristics(measured, by: "event", called: ["no event", "event"]), logistic: nil,
      equations: [],
      hazards: models.isEmpty || measured.isEmpty
        ? nil : HazardTable(measured, survival.cohort.survival, rows: study.split.training),
      hazardEquations: equations)
  }

  private func characteristics(
    _ measured: [MeasuredVariable], by key: String = "outcome",
    called outcomes: [String] = ["outcome 0", "outcome 1"]
  ) -> [StudyReport.Characteristics] {
    let table = study.table
    let outcome = table.positives.map { $0 ? 1 : 0 }
    func of(_ part: String, _ by: String, _ groups: [String], _ group: [Int?]) -> StudyReport.Characteristics
    {
      .init(by: by, part: part, table: CharacteristicsTable(measured, groups: groups, group: group))
    }
    var all = [of("all", key, outcomes, outcome)]
    if table.siteNames.count > 1 {
      all.append(of("all", "site", table.siteNames, table.sites))
    }
    guard !study.split.test.isEmpty else { return all }
    var part = [Int?](repeating: nil, count: table.rowCount)
    for row in study.split.training { part[row] = 0 }
    for row in study.split.test { part[row] = 1 }
    all.append(of("all", "part", ["training", "test"], part))
    for (place, name) in ["training", "test"].enumerated() {
      all.append(of(name, key, outcomes, outcome.indices.map { part[$0] == place ? outcome[$0] : nil }))
    }
    return all
  }
}

extension StudyReport.ClinicalColumn {
  init(_ column: ClinicalColumn, _ measured: MeasuredVariable) {
    let isCategory = column.variable.levels != nil
    let kind =
      switch column.variable.kind {
      case .number: "number"
      case .skewedNumber: "skewed number"
      case .categories(_, let areOrdered): areOrdered ? "ordered categories" : "categories"
      }
    let typical =
      isCategory ? "the most frequent level of the training rows" : "the median of the training rows"
    self.init(
      name: column.name, kind: kind, levels: column.variable.levels ?? [],
      missing: measured.values.count { !$0.isFinite },
      treatment: column.missing == .indicator ? "\(typical), and an indicator of missing values" : typical)
  }
}
