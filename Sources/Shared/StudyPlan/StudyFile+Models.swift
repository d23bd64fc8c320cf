import Statistics
import Yams

extension StudyFile {
  /// A report compares every two models on each part.
  static let mostModels = 100

  /// The section `models`; without it the standard ones of the sources that the study has.
  ///
  /// `harmonisation` and `cutoff` beside it hold for every model that does not say otherwise.
  static func models(_ file: StrictMapping, split: SplitRule, deep: DeepPlan?, isSurvival: Bool = false)
    throws(StudyError) -> [ModelDefinition]
  {
    var standard = ModelDefinition.standard(name: "Rad", sources: [.handcrafted])
    if isSurvival { standard.becomeSurvival() }
    try read(file, into: &standard, split: split)
    guard let items = file.items("models") else { return standardModels(like: standard, deep: deep) }
    guard items.count <= mostModels else {
      throw StudyError(
        .badValue,
        "models: \(items.count) models, and a study has at most \(mostModels), as every two of them are compared. Divide them among study "
          + "files.")
    }
    var models: [ModelDefinition] = []
    for (index, item) in items.enumerated() {
      models.append(try model(item, at: "models[\(index)]", standard: standard, split: split))
    }
    guard Set(models.map(\.name)).count == models.count else {
      throw StudyError(.badValue, "models: two models have the same name.")
    }
    return models
  }

  private static func model(
    _ node: Node, at path: String, standard: ModelDefinition, split: SplitRule
  ) throws(StudyError) -> ModelDefinition {
    let section = try StrictMapping(
      node, at: path,
      known: [
        "name", "sources", "selection", "refit", "missing", "harmonisation", "cutoff", "clinical", "scores",
        "columns", "prefixes",
      ])
    var model = standard
    model.name = try section.required("name").text(at: section.place("name"))
    try read(section, into: &model, split: split)
    if let items = section.items("sources") {
      model.sources = []
      for (index, item) in items.enumerated() where item.string != "clinical" {
        model.sources.append(try source(item, at: "\(section.place("sources"))[\(index)]"))
      }
    }
    if model.survival != nil {
      try readSurvival(section, into: &model, at: path)
      return model
    }
    try readPredictors(section, into: &model)
    if let items = section.items("selection") {
      model.selection = []
      for (index, item) in items.enumerated() {
        model.selection.append(try ModelStep(item, at: "\(section.place("selection"))[\(index)]").selection())
      }
    }
    if let node = section.node("refit") {
      model.refit = try ModelStep(node, at: section.place("refit")).refit()
    }
    if let node = section.node("missing") {
      model.missing = try ModelStep(node, at: section.place("missing")).missing()
    }
    try check(model, at: path)
    return model
  }

  /// What may stand beside `models` as well as in a model.
  private static func read(
    _ section: StrictMapping, into model: inout ModelDefinition, split: SplitRule
  ) throws(StudyError) {
    if let node = section.node("harmonisation") {
      model.harmonisation = try CombatSettings(
        node, at: section.place("harmonisation"), isEachSiteLeftOut: split == .leaveOneSiteOut)
    }
    if let node = section.node("cutoff") {
      model.cutoff = try ModelStep(node, at: section.place("cutoff")).cutoff()
    }
  }

  private static func check(_ model: ModelDefinition, at path: String) throws(StudyError) {
    guard model.refit == .lassoScore else { return }
    guard model.selection.last?.givesCoefficients == true else {
      throw StudyError(.badValue, "\(path): refit: lasso needs lasso as the last step of selection.")
    }
  }

  private static func source(_ node: Node, at path: String) throws(StudyError) -> FeatureSource {
    let name = try node.text(at: path)
    guard let source = FeatureSource(rawValue: name) else {
      let known = FeatureSource.allCases.map(\.rawValue) + ["clinical"]
      throw StudyError(
        .badValue,
        "\(path) must be one of \(known.joined(separator: ", ")), but is '\(name)'."
          + suggestion(for: name, among: known))
    }
    return source
  }
}

extension ModelDefinition {
  /// The selection of the study that this was built for: univariate filter, redundancy filter, LASSO, ridge refit.
  package static func standard(name: String, sources: [FeatureSource]) -> ModelDefinition {
    ModelDefinition(
      name: name, sources: sources,
      selection: [.mannWhitney(maximumP: 0.05), .correlation(.spearman, maximum: 0.9), .lasso()],
      refit: .ridge(),
      missing: .dropFeature)
  }
}
