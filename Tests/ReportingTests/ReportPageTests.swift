import Foundation
import Reporting
import Testing

@Suite struct `A report page` {
  /// Text that would break out of an element, an attribute, gnuplot's string or its command.
  static let hostile = "<script>alert(\"1\")</script> ' `id` \\ & \"\u{301} onload=x\nset output 'x'"

  /// The sample's page, made once: an unstructured task is how a constant waits for asynchronous work.
  static let sample = Task { try await reportPage(SampleStudy.report) }

  @Test func `is well-formed, with one level-one heading and unique identifiers`() async throws {
    let page = try ParsedMarkup(try await Self.sample.value)
    #expect(page.elements.filter { $0.name == "h1" }.count == 1)
    let identifiers = page.elements.compactMap { $0.attributes["id"] }
    #expect(Set(identifiers).count == identifiers.count)
    #expect(
      page.elements.filter { $0.name == "table" }.count == page.elements.filter { $0.name == "caption" }.count
    )
  }

  @Test func `needs nothing beside it`() async throws {
    let page = try ParsedMarkup(try await Self.sample.value)
    #expect(!page.elements.contains { ["script", "link", "img", "iframe", "object"].contains($0.name) })
    #expect(!page.elements.contains { $0.attributes["src"] != nil })
    let links = page.elements.compactMap { $0.attributes["href"] }
    #expect(!links.contains { $0.contains(":") })
    let style = page.text(of: "style")
    #expect(!style.contains("@import") && !style.contains("url("))
  }

  @Test func `describes every figure in words`() async throws {
    let page = try ParsedMarkup(try await Self.sample.value)
    let images = page.elements.filter { $0.attributes["role"] == "img" }
    // ROC and decision in two parts; precision-recall and calibration in one; scores, forest, path, penalty and
    // selection for three models; confusion for three models in two parts.
    #expect(images.count == 27)
    #expect(images.allSatisfy { !($0.attributes["aria-label"] ?? "").isEmpty })
    #expect(images[1].attributes["aria-label"]?.contains("Rad 0.915 (95 % CI 0.844 to 0.958)") == true)
  }

  @Test func `shows hostile text as text`() async throws {
    let page = try ParsedMarkup(try await reportPage(Self.hostileReport))
    #expect(!page.elements.contains { $0.name == "script" || $0.attributes["onload"] != nil })
    // The parser ends a line as XML does, so a line feed stays a line feed in text.
    #expect(page.text.components(separatedBy: Self.hostile).count > 8)
  }

  @Test func `shows every estimate as the report has it`() async throws {
    let page = try ParsedMarkup(try await Self.sample.value)
    let metrics = SampleStudy.report.models.flatMap { $0.metrics + $0.perSite }
    for metric in metrics {
      guard let estimate = metric.estimate, let lower = metric.lower, let upper = metric.upper else {
        continue
      }
      let text = String(format: "%.3f (%.3f–%.3f)", estimate, lower, upper)
      #expect(page.text.contains(text))
    }
    for bootstrap in SampleStudy.report.models.compactMap(\.bootstrap) {
      let headline = bootstrap.auc632Plus
      let text = String(
        format: "%.3f (95 %% CI %.3f to %.3f)", headline.estimate ?? .nan, headline.lower ?? .nan,
        headline.upper ?? .nan)
      #expect(page.text.contains(text))
    }
  }

  @Test(arguments: [
    "1,197", "70 (47 %)", "152 cases", "1 failed, 1 excluded", "necrosis of the femoral head", "few",
    "one class only",
    "Enter 0 or 1 in the Outcome column", "A-007, C-021", "< 0.001", "20240917", "2 h 32 min", "7 min 12 s",
    "18,233",
    "4.215 × 10⁻⁵",
    "DL, DLR: The deep features come from random-seed-7: random weights, not a trained network",
    "FAILED", "3 lines: 1 passed, 1 failed, 1 not applicable.", "0.910 (0.840–0.950)", "3 of 4 (few)",
    "14 values of 3 features and 9 cases are undefined", "of 58 items answered here",
    "of 30 items answered here", "For the authors:", "DerSimonian-Laird, normal",
    "Harrell’s correction (too high here)", "fewer than five sites", "separate the training part completely",
  ])
  func `says`(text: String) async throws {
    #expect(try ParsedMarkup(try await Self.sample.value).text.contains(text))
  }

  @Test func `of a study without models, test part or times is still a page`() async throws {
    var report = SampleStudy.report
    report.models = []
    report.times = nil
    report.exclusions = []
    report.duplicates = []
    report.comparisons = []
    report.warnings = []
    report.featureSet.notes = []
    report.audit = []
    report.checklists = []
    report.missing = nil
    report.cohort.test = 0
    report.cohort.cases.submitted = report.cohort.cases.done
    (report.cohort.cases.failed, report.cohort.cases.excluded) = (0, 0)
    let page = try ParsedMarkup(try await reportPage(report))
    #expect(page.text.contains("all were used"))
    #expect(page.text.contains("there is no test part"))
    #expect(page.text.contains("No model has a curve to draw."))
    #expect(!page.text.contains("Read before use"))
  }

  static var hostileReport: StudyReport {
    var report = SampleStudy.report
    report.study.title = hostile
    report.study.outcome = hostile
    report.exclusions[0].caseID = hostile
    report.exclusions[0].sentence = hostile
    report.cohort.perSite[0].site = hostile
    report.duplicates[0].cases = [hostile]
    report.featureSet.parameters[0].value = hostile
    report.models[0].name = hostile
    report.models[0].features[0].name = hostile
    report.models[0].bootstrap?.selectionFrequencies[0].feature = hostile
    report.warnings[0].message = hostile
    return report
  }
}
