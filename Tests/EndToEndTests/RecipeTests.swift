import Foundation
import Postgres
import Subprocess
import TestSupport
import Testing

/// A fenced block of a page.
struct Recipe: CustomTestStringConvertible {
  /// What stands behind the opening fence.
  var kind: String
  var text: String

  var testDescription: String { text }

  static func all(of page: URL) throws -> [Recipe] {
    var recipes: [Recipe] = []
    var open: Recipe?
    for line in try String(contentsOf: page, encoding: .utf8).split(
      separator: "\n", omittingEmptySubsequences: false)
    {
      if line.hasPrefix("```") {
        if let block = open { recipes.append(block) }
        open = open == nil ? Recipe(kind: String(line.dropFirst(3)), text: "") : nil
      } else if open != nil {
        open?.text += line + "\n"
      }
    }
    return recipes
  }
}

@Suite struct `The operators' page` {
  static let page = ReferenceData.repository.appendingPathComponent("Documentation/operators.md")

  @Test func `has recipes that run, in their order`() async throws {
    let recipes = try Recipe.all(of: Self.page)
    try #require(recipes.count > 12)
    try await OperatedStudy.with(damage: { study in
      try study.renameSites()
      try study.hideMask()
    }) { study in
      try await study.work()
      #expect(try await study.psql("SELECT cases FROM trabecula.failures") == "1")
      // A second worker, which a recipe drains.
      try await study.psql(
        "SELECT queue.register_worker('test', 1, 1, 'test', NULL, 600, 1, '{}')", as: .everywhereWorker)
      for recipe in recipes { try await run(recipe, on: study) }
      let acts = try await study.psql(
        "SELECT string_agg(DISTINCT act, ' ' ORDER BY act) FROM trabecula.audit")
      #expect(
        acts
          == "cancel_job delete_job drain_worker exclude_case give_up_site grant_all_sites grant_site include_case pause_job pause_site resume_job resume_site retry revoke_site set_limit set_priority set_retention snooze_where submit take_site_in unset_limit unset_retention wake_where"
      )
    }
  }

  private func run(_ recipe: Recipe, on study: OperatedStudy) async throws {
    switch recipe.kind {
    case "sql": try await study.psql(recipe.text)
    case "sql administrator": try await study.psql(recipe.text, as: nil)
    case "psql":
      let shortcuts = ReferenceData.repository.appendingPathComponent("docker/psqlrc").path
      let outcome = try await Subprocess.run(
        .name("psql"), arguments: ["-v", "ON_ERROR_STOP=1", "-d", study.database(as: .operatorOfAll)],
        environment: .inherit.updating(["PSQLRC": shortcuts, "PAGER": ""]), input: .string(recipe.text),
        output: .string(limit: 1 << 20), error: .string(limit: 1 << 16))
      try #require(outcome.terminationStatus.isSuccess, Comment(rawValue: outcome.standardError))
      #expect(outcome.standardError == "")
      let widest = outcome.standardOutput.components(separatedBy: "\n").max { $0.count < $1.count } ?? ""
      #expect(widest.count <= 120, Comment(rawValue: widest))
      #expect(
        outcome.standardOutput.components(separatedBy: " row").count
          > recipe.text.split(separator: "\n").count)
    default: Issue.record("a block of the unknown kind '\(recipe.kind)'")
    }
  }
}

extension SmallStudy {
  /// Calls the two sites of the synthetic cohort North and South.
  func renameSites() throws {
    let text = try String(contentsOf: manifest, encoding: .utf8)
    try Data(text.replacing("SITE_A", with: "North").replacing("SITE_B", with: "South").utf8).write(
      to: manifest)
  }

  private var mask: URL { cohort.appendingPathComponent("masks/SYN-001.nii.gz") }
  private var hidden: URL { folder.appendingPathComponent("hidden.nii.gz") }

  /// Takes one mask away; `mend` brings it back.
  func hideMask() throws { try FileManager.default.moveItem(at: mask, to: hidden) }

  /// The site of that mask, and the other one.
  func sitesOfHiddenMask() throws -> (site: String, other: String) {
    let line = try #require(
      String(contentsOf: manifest, encoding: .utf8).split(separator: "\n").first { $0.hasPrefix("SYN-001,") })
    return line.contains("SITE_A") ? ("SITE_A", "SITE_B") : ("SITE_B", "SITE_A")
  }

  func mend() throws { try FileManager.default.moveItem(at: hidden, to: mask) }
}
