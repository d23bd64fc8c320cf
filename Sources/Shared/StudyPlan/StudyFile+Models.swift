import Statistics
import Yams

extension StudyFile {
  /// The section `models`; nil where the file has none.
  static func models(_ file: StrictMapping) throws(StudyError) -> [ModelDefinition]? {
    guard let items = file.items("models") else { return nil }
    var models: [ModelDefinition] = []
    for (index, item) in items.enumerated() {
      models.append(try model(item, at: "models[\(index)]"))
    }
    guard Set(models.map(\.name)).count == models.count else {
      throw StudyError(.badValue, "models: two models have the same name.")
    }
    return models
  }

  private static func model(_ node: Node, at path: String) throws(StudyError) -> ModelDefinition {
    let section = try StrictMapping(
      node, at: path, known: ["name", "sources", "selection", "refit", "missing"])
    var model = ModelDefinition.standard(
      name: try section.required("name").text(at: section.place("name")), sources: [.handcrafted])
    if let items = section.items("sources") {
      model.sources = []
      for (index, item) in items.enumerated() {
        model.sources.append(try source(item, at: "\(section.place("sources"))[\(index)]"))
      }
    }
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

  private static func check(_ model: ModelDefinition, at path: String) throws(StudyError) {
    guard model.refit == .lassoScore else { return }
    guard case .lasso = model.selection.last else {
      throw StudyError(.badValue, "\(path): refit: lasso needs lasso as the last step of selection.")
    }
  }

  private static func source(_ node: Node, at path: String) throws(StudyError) -> FeatureSource {
    let name = try node.text(at: path)
    guard let source = FeatureSource(rawValue: name) else {
      let known = FeatureSource.allCases.map(\.rawValue)
      throw StudyError(
        .badValue,
        "\(path) must be one of \(known.joined(separator: ", ")), but is '\(name)'."
          + suggestion(for: name, among: known))
    }
    return source
  }
}

/// A step as a study file writes it: a name (`spearman`), or a name with options (`spearman: {threshold: 0.9}`).
private struct ModelStep {
  let path: String
  let name: String
  let options: Node?

  init(_ node: Node, at path: String) throws(StudyError) {
    self.path = path
    if let name = node.string {
      self.name = name
      options = nil
      return
    }
    guard let mapping = node.mapping, mapping.count == 1, let pair = mapping.first, let name = pair.key.string
    else {
      throw StudyError(.badValue, "\(path) must be one name, with or without options, but is \(node.shape).")
    }
    self.name = name
    options = pair.value.null == nil ? pair.value : nil
  }

  private func section(_ keys: [String]) throws(StudyError) -> StrictMapping {
    try StrictMapping(options ?? [:], at: "\(path).\(name)", known: keys)
  }

  private func unknown(_ known: [String]) -> StudyError { .unknownKey(name, at: path, known: known) }

  private static let selectionNames = [
    "variance", "mann-whitney", "t-test", "spearman", "pearson", "mrmr", "lasso",
  ]

  func selection() throws(StudyError) -> SelectionStep {
    switch name {
    case "variance":
      return .variance(threshold: try section(["threshold"]).number("threshold", in: 0...1e300) ?? 0)
    case "mann-whitney":
      let section = try section(["p", "adjust"])
      return .mannWhitney(maximumP: try maximumP(section), adjustment: try adjustment(section))
    case "t-test":
      let section = try section(["p", "adjust", "variances"])
      return .tTest(
        maximumP: try maximumP(section),
        variances: try section.choice("variances", of: StudentTest.Variances.self) ?? .unequal,
        adjustment: try adjustment(section))
    case "spearman", "pearson":
      let maximum = try section(["threshold"]).number("threshold", in: 0...1) ?? 0.9
      return .correlation(name == "spearman" ? .spearman : .pearson, maximum: maximum)
    case "mrmr":
      return .minimumRedundancy(count: try section(["count"]).integer("count", in: 1...100_000) ?? 30)
    case "lasso": return try lasso()
    default: throw unknown(Self.selectionNames)
    }
  }

  private func lasso() throws(StudyError) -> SelectionStep {
    let section = try section(["folds", "rule", "convention", "alpha"])
    return .lasso(
      folds: try section.integer("folds", in: 3...100) ?? 10,
      rule: try section.choice("rule", of: CrossValidatedPath.Rule.self) ?? .minimum,
      convention: try section.choice("convention", of: CrossValidatedPath.Convention.self) ?? .ownPath,
      alpha: try section.number("alpha", in: 0.01...1) ?? 1)
  }

  private func maximumP(_ section: StrictMapping) throws(StudyError) -> Double {
    try section.number("p", in: 0...1) ?? 0.05
  }

  private func adjustment(_ section: StrictMapping) throws(StudyError) -> SelectionStep.Adjustment {
    try section.choice("adjust", of: SelectionStep.Adjustment.self) ?? .none
  }

  func refit() throws(StudyError) -> Refit {
    switch name {
    case "none": return .none
    case "firth": return .firth
    case "lasso": return .lassoScore
    case "ridge":
      let section = try section(["penalty", "folds"])
      if let folds = try section.integer("folds", in: 3...100) { return .crossValidatedRidge(folds: folds) }
      return .ridge(penalty: try section.number("penalty", in: 1e-9...1e9) ?? 1)
    default: throw unknown(["none", "ridge", "firth", "lasso"])
    }
  }

  func missing() throws(StudyError) -> MissingPolicy {
    switch name {
    case "drop-feature": return .dropFeature
    case "median":
      return .medianImpute(maximumShare: try section(["share"]).number("share", in: 0...1) ?? 0.1)
    default: throw unknown(["drop-feature", "median"])
    }
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
