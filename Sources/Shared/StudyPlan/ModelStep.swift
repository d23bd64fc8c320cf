import Statistics
import Yams

/// A step as a study file writes it: a name (`spearman`), or a name with options (`spearman: {threshold: 0.9}`).
struct ModelStep {
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
    "icc", "variance", "near-zero-variance", "mann-whitney", "t-test", "spearman", "pearson", "mrmr", "lasso",
    "elastic-net",
  ]

  func selection() throws(StudyError) -> SelectionStep {
    switch name {
    case "icc": return try reliability()
    case "near-zero-variance":
      let section = try section(["frequency_ratio", "unique_percent"])
      let standard = NearZeroVariance()
      return .nearZeroVariance(
        NearZeroVariance(
          frequencyRatio: try section.number("frequency_ratio", in: 1...1e9) ?? standard.frequencyRatio,
          uniquePercent: try section.number("unique_percent", in: 0...100) ?? standard.uniquePercent))
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
    case "lasso": return try lasso(alpha: 1)
    case "elastic-net": return try lasso(alpha: 0.5)
    default: throw unknown(Self.selectionNames)
    }
  }

  private func reliability() throws(StudyError) -> SelectionStep {
    let section = try section(["kind", "minimum", "bound"])
    return .reliability(
      try section.choice("kind", of: IntraclassCorrelation.Kind.self) ?? .agreement,
      minimum: try section.number("minimum", in: 0...1) ?? 0.75,
      bound: try section.choice("bound", of: RepeatedFeatures.Bound.self) ?? .estimate)
  }

  private func lasso(alpha: Double) throws(StudyError) -> SelectionStep {
    let section = try section(["folds", "rule", "convention", "alpha"])
    return .lasso(
      folds: try section.integer("folds", in: 3...100) ?? 10,
      rule: try section.choice("rule", of: CrossValidatedPath.Rule.self) ?? .minimum,
      convention: try section.choice("convention", of: CrossValidatedPath.Convention.self) ?? .ownPath,
      alpha: try section.number("alpha", in: 0.01...1) ?? alpha)
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
    case "drop-case": return .dropCase
    case "drop-feature": return .dropFeature
    case "median":
      return .medianImpute(maximumShare: try section(["share"]).number("share", in: 0...1) ?? 0.1)
    default: throw unknown(["drop-case", "drop-feature", "median"])
    }
  }

  func cutoff() throws(StudyError) -> CutoffRule {
    let known = ["youden", "sensitivity", "specificity", "value"]
    switch name {
    case "youden": return .youden
    case "sensitivity": return .sensitivity(minimum: try share())
    case "specificity": return .specificity(minimum: try share())
    case "value": return .fixed(try share())
    default: throw unknown(known)
    }
  }

  /// The option of a step that is one number: `sensitivity: 0.9`.
  private func share() throws(StudyError) -> Double {
    guard let options else {
      throw StudyError(.missingKey, "\(path): \(name) needs a number, as in {\(name): 0.9}.")
    }
    return try options.number(at: "\(path).\(name)", in: 0...1)
  }
}
