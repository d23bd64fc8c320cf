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

  func section(_ keys: [String]) throws(StudyError) -> StrictMapping {
    try StrictMapping(options ?? [:], at: "\(path).\(name)", known: keys)
  }

  func unknown(_ known: [String]) -> StudyError { .unknownKey(name, at: path, known: known) }

  /// A step of selection; `Statistics` knows the names, the options and their ranges.
  /// - Throws: `StudyError` for an unknown name or option, or a value out of range.
  func selection() throws(StudyError) -> SelectionStep {
    let step = try SelectionStep(named: name) { (keys) throws(StudyError) in try section(keys) }
    guard let step else { throw unknown(SelectionStep.studyNames) }
    return step
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
