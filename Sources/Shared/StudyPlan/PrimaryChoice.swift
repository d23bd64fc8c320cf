import Yams

/// The one result that a study is to be judged by, where its file declares it: the AUC of a model on some patients.
package struct PrimaryChoice: Codable, Equatable, Sendable {
  /// On whom.
  package enum Part: String, Codable, Equatable, Sendable, CaseIterable {
    case external, test
    case leftOut = "leave-one-site-out"
    /// On the training part, by cross-validation of the whole pipeline.
    case corrected
  }

  /// `nil` for the last model of the study file.
  package var model: String?
  /// `nil` for the first of those that the study has, in their order.
  package var part: Part?

  package init(model: String? = nil, part: Part? = nil) { (self.model, self.part) = (model, part) }

  /// The key `primary`: a part, or `{model: NAME, part: PART}`; `nil` without it.
  static func read(_ file: StrictMapping, models: [ModelDefinition], split: SplitRule) throws(StudyError)
    -> PrimaryChoice?
  {
    guard let node = file.node("primary") else { return nil }
    var choice = PrimaryChoice()
    if node.mapping != nil {
      let section = try StrictMapping(node, at: "primary", known: ["model", "part"])
      choice.model = try section.string("model")
      if let text = try section.string("part") { choice.part = try part(text, at: section.place("part")) }
    } else {
      choice.part = try part(try node.text(at: "primary"), at: "primary")
    }
    if let model = choice.model, !models.contains(where: { $0.name == model }) {
      throw StudyError(
        .badValue,
        "primary.model is '\(model)', which is no model of the study."
          + suggestion(for: model, among: models.map(\.name)))
    }
    try check(choice, split)
    return choice
  }

  private static func part(_ text: String, at place: String) throws(StudyError) -> Part {
    guard let part = Part(rawValue: text) else {
      let known = Part.allCases.map(\.rawValue)
      throw StudyError(
        .badValue,
        "\(place) must be one of \(known.joined(separator: ", ")), but is '\(text)'."
          + suggestion(for: text, among: known))
    }
    return part
  }

  private static func check(_ choice: PrimaryChoice, _ split: SplitRule) throws(StudyError) {
    switch (choice.part, split) {
    case (.leftOut?, .trainingShare), (.leftOut?, .column):
      throw StudyError(
        .badValue,
        "primary is leave-one-site-out, but the study leaves no site out; write split: leave-one-site-out.")
    case (.test?, .leaveOneSiteOut):
      throw StudyError(
        .badValue,
        "primary is test, but a study that leaves each site out has no test part; name leave-one-site-out.")
    default: return
    }
  }
}
