import Foundation
import Statistics
import Yams

extension CombatSettings {
  /// The section `harmonisation`; `nil` for `none`.
  ///
  /// - Parameter isEachSiteLeftOut: then rows of a site that was left out pass unchanged, for its effect cannot be
  ///   known without fitting to it.
  init?(_ node: Node, at path: String, isEachSiteLeftOut: Bool) throws(StudyError) {
    if node.string == "none" { return nil }
    let section = try StrictMapping(
      node, at: path,
      known: [
        "method", "parametric", "empirical_bayes", "mean_only", "reference", "covariates", "unseen",
        "minimum_subjects",
      ])
    try Self.requireCombat(section)
    self.init()
    if try section.boolean("parametric") == false { prior = .nonParametric }
    if try section.boolean("empirical_bayes") == false { prior = .none }
    isMeanOnly = try section.boolean("mean_only") ?? false
    referenceSite = try section.string("reference")?.precomposedStringWithCanonicalMapping
    minimumSubjects = try section.integer("minimum_subjects", in: 3...10_000) ?? minimumSubjects
    for (index, item) in (section.items("covariates") ?? []).enumerated() {
      covariates.append(try item.text(at: "\(section.place("covariates"))[\(index)]"))
    }
    unseenSite =
      try section.choice("unseen", of: UnseenSite.self) ?? (isEachSiteLeftOut ? .unchanged : .refuse)
    guard !(isEachSiteLeftOut && unseenSite == .refuse) else {
      throw StudyError(
        .badValue,
        "\(section.place("unseen")): split: leave-one-site-out tests every model on a site that harmonisation has not "
          + "seen; write unchanged, so that its features are used as they are, or leave harmonisation out.")
    }
  }

  private static func requireCombat(_ section: StrictMapping) throws(StudyError) {
    let method = try section.string("method") ?? "combat"
    guard method == "combat" else {
      throw StudyError(
        .badValue,
        "\(section.place("method")) must be combat, but is '\(method)'; or write harmonisation: none.")
    }
  }
}

extension Study {
  /// Names of the columns whose effects the models' harmonisation keeps.
  package var covariates: [String] {
    var seen = Set<String>()
    return models.flatMap { $0.harmonisation?.covariates ?? [] }.filter { seen.insert($0).inserted }
  }

  /// A covariate of a manifest whose numbers have decimal commas would be taken for texts, each a level of its own.
  package func refuseDecimalCommas(in rows: [Manifest.Row]) throws(StudyError) {
    for name in covariates {
      guard
        let value = rows.lazy.compactMap({ $0.extra[name] }).first(where: {
          DecimalSign.numberWithComma($0) != nil
        })
      else { continue }
      throw StudyError(
        .badManifest,
        "harmonisation.covariates: '\(value)' in column \(name) of the manifest has a comma; write numbers with a decimal point."
      )
    }
  }

  /// - Parameters:
  ///   - columns: further columns of the manifest, or columns of the feature table that are no features.
  ///   - design: columns that say who a case is, the outcome's first.
  /// - Throws: `StudyError` for a covariate that is the outcome, another column of the design, or no column.
  package func requireCovariates(in columns: [String], design: [String]) throws(StudyError) {
    for name in covariates {
      let lowered = name.lowercased()
      if let outcome = design.first, [outcome.lowercased(), "outcome"].contains(lowered) {
        throw StudyError(
          .badValue,
          "harmonisation.covariates: '\(name)' is the outcome; keeping its effect would carry the outcome into the "
            + "features. Remove it from the covariates.")
      }
      guard !design.contains(where: { $0.lowercased() == lowered }) else {
        throw StudyError(
          .badValue,
          "harmonisation.covariates: '\(name)' says who a case is or where it belongs, and is no covariate. Remove it."
        )
      }
      guard columns.contains(name) else {
        throw StudyError(
          .badValue,
          "harmonisation.covariates: there is no further column '\(name)'; found: "
            + "\(columns.isEmpty ? "none" : columns.joined(separator: ", "))."
            + suggestion(for: name, among: columns))
      }
    }
  }
}
