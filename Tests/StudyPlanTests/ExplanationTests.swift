import Foundation
import StudyPlan
import Testing

@Suite struct `Explanations of a study file` {
  private static func read(_ explained: String) throws -> [Explanation]? {
    let yaml = """
      study: s
      features: {table: t.csv}
      models: [{name: Rad, selection: []}]
      \(explained)
      """
    return try StudyFile(yaml: yaml, besides: URL(fileURLWithPath: "/s/study.yaml")).study.explained
  }

  @Test func `name what was found, and why it is so`() throws {
    let read = try Self.read(
      """
      explained:
        - {code: too_good, feature: worst radius, because: Cells of cancer are larger in these images.}
        - {code: too_good, model: Rad, because: Cells of cancer are larger in these images.}
        - {code: duplicates_within_parts, because: Twins were imaged twice with one phantom.}
      """)
    let because = "Cells of cancer are larger in these images."
    #expect(
      read == [
        Explanation(code: "too_good", name: "worst radius", because: because),
        Explanation(code: "too_good", name: "Rad", because: because),
        Explanation(code: "duplicates_within_parts", because: "Twins were imaged twice with one phantom."),
      ])
    #expect(try Self.read("") == nil)
  }

  @Test(arguments: [
    ("{code: to_good, feature: a, because: It is so good.}", "Did you mean 'too_good'"),
    ("{code: everything, because: It is so good.}", "must be a code of the report's leakage audit"),
    ("{code: too_good, because: It is so good.}", "must name one feature or a model"),
    ("{code: too_good, feature: a, model: Rad, because: It is so good.}", "must name one feature or a model"),
    ("{code: features_known_later, model: Rad, because: It is so good.}", "must name one feature"),
    ("{code: duplicates_within_parts, feature: a, because: It is so good.}", "about the study as a whole"),
    ("{code: too_good, model: Red, because: It is so good.}", "Did you mean 'Rad'"),
    ("{code: too_good, feature: a}", "because is missing"),
    ("{code: too_good, feature: a, because: ok}", "must say why"),
    ("{code: too_good, feature: a, reason: It is so good.}", "'reason'"),
  ]) func `that explain nothing, or not what is known, are refused`(item: String, message: String) throws {
    let error = #expect(throws: StudyError.self) { try Self.read("explained:\n  - \(item)") }
    #expect(error?.message.contains(message) == true, Comment(rawValue: error?.message ?? ""))
  }

  @Test func `do not explain one thing twice`() {
    let twice = "  - {code: folds_by_subject, because: It is so good.}\n"
    #expect(throws: StudyError.self) { try Self.read("explained:\n" + twice + twice) }
  }
}
