import Foundation
import Statistics
import Yams

extension StudyFile {
  /// The section `clinical`: columns, and the table that has them where the manifest has not.
  static func clinical(_ file: StrictMapping, besides url: URL) throws(StudyError) -> (
    [ClinicalColumn]?, ClinicalTable?
  ) {
    guard let node = file.node("clinical") else { return (nil, nil) }
    let section = try StrictMapping(node, at: "clinical", known: ["table", "id", "site", "columns"])
    guard let mapping = try section.required("columns").mapping, !mapping.isEmpty else {
      throw StudyError(
        .badValue,
        "clinical.columns must name columns with what they are, as {Age: number, Sex: [female, male]}.")
    }
    var columns: [ClinicalColumn] = []
    for (key, value) in mapping {
      let name = try key.text(at: "clinical.columns")
      columns.append(try column(name, value, at: "clinical.columns.\(name)"))
    }
    guard Set(columns.map(\.name)).count == columns.count else {
      throw StudyError(.badValue, "clinical.columns names a column twice.")
    }
    guard let path = try section.string("table") else {
      guard !section.has("id"), !section.has("site") else {
        throw StudyError(.badValue, "clinical: id and site are headers of a table, but no table is named.")
      }
      return (columns, nil)
    }
    let table = URL(fileURLWithPath: path, relativeTo: url.deletingLastPathComponent()).standardizedFileURL
    return (
      columns,
      ClinicalTable(url: table, id: try section.string("id") ?? "ID", site: try section.string("site"))
    )
  }

  /// `number`, `skewed`, a list of levels, or a mapping that says more.
  private static func column(_ name: String, _ node: Node, at path: String) throws(StudyError)
    -> ClinicalColumn
  {
    if let kind = node.string { return ClinicalColumn(ClinicalVariable(name, try self.kind(kind, at: path))) }
    if node.sequence != nil {
      return ClinicalColumn(ClinicalVariable(name, try categories(node, at: path, areOrdered: false)))
    }
    let section = try StrictMapping(node, at: path, known: ["kind", "categories", "ordered", "missing"])
    let missing = try section.choice("missing", of: ClinicalColumn.Missing.self) ?? .typical
    switch (section.node("kind"), section.node("categories"), section.node("ordered")) {
    case (let kind?, nil, nil):
      let kind = try self.kind(kind.text(at: section.place("kind")), at: section.place("kind"))
      return ClinicalColumn(ClinicalVariable(name, kind), missing: missing)
    case (nil, let levels?, nil):
      let kind = try categories(levels, at: section.place("categories"), areOrdered: false)
      return ClinicalColumn(ClinicalVariable(name, kind), missing: missing)
    case (nil, nil, let levels?):
      let kind = try categories(levels, at: section.place("ordered"), areOrdered: true)
      return ClinicalColumn(ClinicalVariable(name, kind), missing: missing)
    default:
      throw StudyError(.badValue, "\(path) must have one of kind, categories and ordered.")
    }
  }

  private static func kind(_ name: String, at path: String) throws(StudyError) -> ClinicalVariable.Kind {
    switch name {
    case "number": return .number
    case "skewed": return .skewedNumber
    default:
      throw StudyError(
        .badValue,
        "\(path) must be number, skewed (a number told by its median), or a list of levels, but is '\(name)'."
          + suggestion(for: name, among: ["number", "skewed"]))
    }
  }

  private static func categories(_ node: Node, at path: String, areOrdered: Bool) throws(StudyError)
    -> ClinicalVariable.Kind
  {
    var levels: [String] = []
    for item in node.sequence.map(Array.init) ?? [] { levels.append(try item.text(at: path)) }
    guard (2...50).contains(levels.count), Set(levels).count == levels.count else {
      throw StudyError(
        .badValue,
        "\(path) must be a list of 2 to 50 different levels, the reference first, but is \(node.shape).")
    }
    return .categories(levels, areOrdered: areOrdered)
  }

  /// Clinical columns, other models' scores and columns of a feature table in a model.
  static func readPredictors(_ section: StrictMapping, into model: inout ModelDefinition) throws(StudyError) {
    var items = section.items("sources") ?? []
    let namesClinical = items.contains { $0.string == "clinical" }
    items.removeAll { $0.string == "clinical" }
    if namesClinical || section.has("clinical") {
      model.clinical = ClinicalUse(columns: [])
      try read(clinical: section, into: &model)
    }
    if let node = section.node("scores") {
      let scores =
        node.mapping == nil
        ? nil : try StrictMapping(node, at: section.place("scores"), known: ["models", "folds"])
      var names: [String] = []
      for item in scores?.items("models") ?? section.items("scores") ?? [] {
        names.append(try item.text(at: section.place("scores")))
      }
      model.scores = ScoreUse(models: names, folds: try scores?.integer("folds", in: 2...100) ?? 10)
    }
    let prefixes = try texts("prefixes", of: section)
    let columns = try texts("columns", of: section)
    guard prefixes.isEmpty || columns.isEmpty else {
      throw StudyError(.badValue, "\(section.path) must have one of columns and prefixes.")
    }
    if !prefixes.isEmpty { model.columns = .prefixed(prefixes) }
    if !columns.isEmpty { model.columns = .named(columns) }
    let hasFeatures = section.has("sources") ? !items.isEmpty : model.columns != nil
    guard model.clinical != nil || model.scores != nil, !hasFeatures else { return }
    // Nothing to select from but what is forced in.
    (model.sources, model.harmonisation) = ([], nil)
    guard model.clinical?.areForced != false else { return }
    (model.selection, model.refit) = ([], .none)
  }

  private static func read(clinical section: StrictMapping, into model: inout ModelDefinition)
    throws(StudyError)
  {
    guard let node = section.node("clinical"), node.mapping != nil else {
      model.clinical?.columns = try texts("clinical", of: section)
      return
    }
    let use = try StrictMapping(node, at: section.place("clinical"), known: ["columns", "use"])
    model.clinical?.columns = try texts("columns", of: use)
    model.clinical?.areForced = try use.choice("use", of: PredictorUse.self) != .selected
  }

  private enum PredictorUse: String, CaseIterable {
    case forced, selected
  }

  private static func texts(_ key: String, of section: StrictMapping) throws(StudyError) -> [String] {
    var texts: [String] = []
    for item in section.items(key) ?? [] { texts.append(try item.text(at: section.place(key))) }
    return texts
  }

  /// Names that models give each other and the clinical columns; without names a model has all columns.
  static func resolve(_ models: [ModelDefinition], clinical: [ClinicalColumn]?) throws(StudyError)
    -> [ModelDefinition]
  {
    var resolved: [ModelDefinition] = []
    for var model in models {
      if let use = model.clinical {
        guard let clinical else {
          throw StudyError(
            .missingKey,
            "models: \(model.name) has clinical columns, but the section clinical is missing; it names them, as clinical: "
              + "{columns: {Age: number}}.")
        }
        let names = clinical.map(\.name)
        for name in use.columns where !names.contains(name) {
          throw StudyError(
            .badValue,
            "models: \(model.name) has the clinical column '\(name)', which clinical.columns does not name."
              + suggestion(for: name, among: names))
        }
        guard Set(use.columns).count == use.columns.count else {
          throw StudyError(.badValue, "models: \(model.name) names a clinical column twice.")
        }
        if use.columns.isEmpty { model.clinical?.columns = names }
      }
      try check(scoresOf: model, among: models)
      let isLasso = model.refit == .lassoScore || model.survival?.refit == .lassoScore
      guard !isLasso || (model.scores == nil && model.clinical?.areForced != true) else {
        throw StudyError(
          .badValue, "models: \(model.name) forces predictors in, which refit: lasso has no coefficients of.")
      }
      resolved.append(model)
    }
    return resolved
  }

  private static func check(scoresOf model: ModelDefinition, among models: [ModelDefinition])
    throws(StudyError)
  {
    guard let scores = model.scores else { return }
    guard !scores.models.isEmpty, Set(scores.models).count == scores.models.count else {
      throw StudyError(.badValue, "models: \(model.name).scores must name each model once, and one at least.")
    }
    for name in scores.models {
      guard let below = models.first(where: { $0.name == name }) else {
        throw StudyError(
          .badValue,
          "models: \(model.name).scores names '\(name)', which is no model of the study."
            + suggestion(for: name, among: models.map(\.name)))
      }
      guard below.scores == nil else {
        throw StudyError(
          .badValue,
          "models: \(model.name).scores names '\(name)', which has scores itself; name the models below it.")
      }
    }
  }
}

extension StudyFile {
  /// Takes another table for the clinical columns than the one that the file names.
  /// - Throws: `StudyError` where the file names none.
  package mutating func useClinicalTable(at url: URL) throws(StudyError) {
    guard clinicalTable != nil else {
      throw StudyError(
        .missingKey,
        "--clinical: the study file has no clinical table; it names one, as clinical: {table: clinic.csv}.")
    }
    clinicalTable?.url = url
  }

  /// Clinical columns that the manifest or the feature table itself has.
  package var ownClinicalColumns: [String] {
    clinicalTable == nil ? (study.clinical ?? []).map(\.name) : []
  }

  /// Gives rows the columns of the clinical table, if there is one, and checks all clinical values.
  /// - Returns: how many rows the clinical table does not list.
  package func joinClinical(to rows: inout [Manifest.Row], outcome: String) throws(StudyError) -> Int {
    let absent = try clinicalTable?.join(study.clinical ?? [], to: &rows) ?? 0
    try study.requireClinical(in: rows, design: Manifest.designColumns(outcome: outcome))
    return absent
  }
}
