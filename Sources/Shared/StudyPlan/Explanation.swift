import Foundation
import Yams

/// Why something that the leakage audit finds is as it should be, in the words of those who answer for the study.
///
/// What is explained stays in the report, with the reason under it; it is no more a reason to end with exit code 1.
package struct Explanation: Codable, Equatable, Sendable {
  /// `too_good`, or the code of a line of the audit.
  package var code: String
  /// The feature or clinical column, or the model, that was found; `nil` where the code is about none.
  package var name: String?
  package var because: String

  package init(code: String, name: String? = nil, because: String) {
    (self.code, self.name, self.because) = (code, name, because)
  }
}

extension Explanation {
  /// Codes that are about features, or about features and models: an explanation names one of them.
  package static let codesOfFeatures = ["outcome_not_a_feature", "features_known_later"]
  package static let tooGood = "too_good"

  /// Codes of lines that are about the study as a whole.
  package static let codesOfStudy =
    [
      "subjects_in_one_part", "images_used_once", "duplicates_across_split", "duplicates_within_parts",
      "outcome_not_a_covariate", "folds_by_subject", "resampling_by_subject", "resampling_within_training",
      "whole_pipeline_resampled", "external_never_seen", "subjects_at_one_site", "duplicates_across_sites",
    ]
    + ["harmonisation", "scaling", "imputation", "selection", "penalty", "coefficients", "cutoff"].flatMap {
      ["\($0)_on_training", "\($0)_without_site"]
    }

  /// The key `explained`; `nil` without it.
  static func read(_ file: StrictMapping, models: [ModelDefinition]) throws(StudyError) -> [Explanation]? {
    guard let items = file.items("explained") else { return nil }
    var all: [Explanation] = []
    for (place, node) in items.enumerated() {
      let section = try StrictMapping(
        node, at: "explained[\(place)]", known: ["code", "feature", "model", "because"])
      all.append(try one(section, models: models))
    }
    let keys = all.map { [$0.code, $0.name] }
    guard Set(keys).count == keys.count else {
      throw StudyError(.badValue, "explained: one finding is explained twice; give it one reason.")
    }
    return all.isEmpty ? nil : all
  }

  private static func one(_ section: StrictMapping, models: [ModelDefinition]) throws(StudyError)
    -> Explanation
  {
    let code = try section.required("code").text(at: section.place("code"))
    let known = [tooGood] + codesOfFeatures + codesOfStudy
    guard known.contains(code) else {
      throw StudyError(
        .badValue,
        "\(section.place("code")) must be a code of the report's leakage audit or too_good, but is '\(code)'."
          + suggestion(for: code, among: known) + " Known here: \(known.joined(separator: ", ")).")
    }
    let because = try section.required("because").text(at: section.place("because"))
    guard because.trimmingCharacters(in: .whitespacesAndNewlines).count >= 10 else {
      throw StudyError(
        .badValue,
        "\(section.place("because")) must say why, in words that a reviewer understands, but is '\(because)'."
      )
    }
    let (feature, model) = (try section.string("feature"), try section.string("model"))
    let takes = code == tooGood ? ["feature", "model"] : codesOfFeatures.contains(code) ? ["feature"] : []
    let given = [feature == nil ? nil : "feature", model == nil ? nil : "model"].compactMap(\.self)
    guard given.count == min(takes.count, 1), given.allSatisfy(takes.contains) else {
      throw StudyError(
        .badValue,
        takes.isEmpty
          ? "\(section.path): \(code) is about the study as a whole; remove \(given.joined(separator: " and "))."
          : "\(section.path) must name one \(takes.joined(separator: " or a ")) that \(code) was found of, as \(takes[0]): NAME."
      )
    }
    if let model, !models.contains(where: { $0.name == model }) {
      throw StudyError(
        .badValue,
        "\(section.place("model")) is '\(model)', which is no model of the study."
          + suggestion(for: model, among: models.map(\.name)))
    }
    return Explanation(code: code, name: feature ?? model, because: because)
  }
}
