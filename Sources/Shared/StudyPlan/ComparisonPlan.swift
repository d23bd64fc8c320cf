import Statistics
import Yams

/// Other learners that each model is compared with, on its own predictors.
package struct ComparisonPlan: Codable, Equatable, Sendable {
  /// In the order of `Learner.allCases`, each once; never empty.
  package var learners: [Learner]
}

extension ComparisonPlan {
  /// The key `comparisons` of a study file: `{learners: true}` for all, or a list of them; `nil` without any.
  static func read(_ file: StrictMapping, models: [ModelDefinition]) throws(StudyError) -> ComparisonPlan? {
    guard let node = file.node("comparisons") else { return nil }
    let section = try StrictMapping(node, at: "comparisons", known: ["learners"])
    guard let list = section.node("learners") else { return nil }
    if let isWanted = list.bool {
      return isWanted && !models.isEmpty ? Self(learners: Learner.allCases) : nil
    }
    var named: Set<Learner> = []
    for (index, item) in (section.items("learners") ?? []).enumerated() {
      named.insert(try learner(item, at: "comparisons.learners[\(index)]"))
    }
    guard !named.isEmpty, !models.isEmpty else { return nil }
    return Self(learners: Learner.allCases.filter(named.contains))
  }

  private static func learner(_ node: Node, at place: String) throws(StudyError) -> Learner {
    let name = try node.text(at: place)
    guard let learner = Learner(rawValue: name) else {
      let known = Learner.allCases.map(\.rawValue)
      throw StudyError(
        .badValue,
        "\(place) must be one of \(known.joined(separator: ", ")), but is '\(name)'."
          + suggestion(for: name, among: known))
    }
    return learner
  }
}

extension Study {
  /// Other learners that each model is compared with.
  package var learners: [Learner] { comparisons?.learners ?? [] }

  /// What machines need that compute its replicates and its report.
  package var modellingNeeds: [TaskNeed] {
    LearnerLibrary.allCases.filter { library in learners.contains { $0.library == library } }
      .map(TaskNeed.library)
  }
}
