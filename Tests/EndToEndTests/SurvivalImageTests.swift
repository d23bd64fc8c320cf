import Foundation
import Modelling
import Reporting
import Testing

/// A study of times to an event from images, whose last patients are an external cohort.
@Suite struct `A survival study from images` {
  private static let yaml = """
    study: small
    seed: 7
    manifest: cohort/manifest.csv
    outcome: {event: DEAD, time: MONTHS, horizons: [6, 12], unit: months}
    extraction:
      featureClass: {shape: , firstorder: , glcm: }
    models:
      - name: Rad
        selection: [cox-score: {p: 0.2}, spearman: {threshold: 0.9}, lasso-cox: {folds: 4, rule: min}]
      - name: Screened
        selection: [cox-score: {p: 0.2}, spearman: {threshold: 0.7}]
    bootstrap: {replicates: 6, per_task: 2}
    """

  /// Patients with a lesion have the event sooner, of the others every third; the last six are of another time.
  private static func addTimes(_ study: SmallStudy) throws {
    let lines = try String(contentsOf: study.manifest, encoding: .utf8).split(whereSeparator: \.isNewline)
    let rows = lines.dropFirst().enumerated().map { place, line -> String in
      let fields = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      let isIll = fields[4] == "1"
      let months = (isIll ? 2 : 6) + Double(place * 37 % 11)
      let hasEvent = isIll ? place % 5 != 0 : place % 3 == 0
      let part = place >= lines.count - 7 ? "external" : ""
      return (fields[0...3] + ["\(hasEvent ? 1 : 0)", "\(months)", part]).joined(separator: ",")
    }
    try Data((["ID,Site,Image,Mask,DEAD,MONTHS,Split"] + rows).joined(separator: "\n").utf8).write(
      to: study.manifest)
  }

  private static func rows(_ text: String) -> [[String]] {
    text.split(whereSeparator: \.isNewline).dropFirst().map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
  }

  @Test func `is the same bytes by local and by two workers, and predicts new images as the report does`()
    async throws
  {
    try await OperatedStudy.with(yaml: Self.yaml, damage: Self.addTimes) { operated in
      async let first: Void = operated.work()
      async let second: Void = operated.work()
      _ = try await (first, second)
      let study = operated.study
      let run = try await study.local()
      do {
        try #require(run.status == 0, Comment(rawValue: run.errors))
        #expect(try await operated.reproducibleReport() == study.reproducibleReport())
        try Self.check(study)
        try await Self.predict(study)
      } catch {
        _ = try await study.local(["--stop"])
        throw error
      }
      _ = try await study.local(["--stop"])
    }
  }

  private static func check(_ study: SmallStudy) throws {
    let report = try StudyReport(
      json: Data(contentsOf: study.report().appendingPathComponent("report.json")))
    #expect(report.primary?.cohort == .external && report.primary?.measure == "harrell_c")
    #expect(report.primary?.count == 6)
    #expect(report.survival?.parts.map(\.cohort) == [.training, .test, .external])
    #expect(report.audit.first { $0.code == "external_never_seen" }?.status == .pass)
    #expect(Set(report.comparisons.map(\.cohort)) == [.training, .test, .external])
    #expect(report.siteInfluence?.models.count == 2)
    let extraction = report.checklists[0].items.first { $0.number == "25" }
    #expect(extraction?.answer?.contains("Trabecula") == true)
    let page = try String(contentsOf: study.report().appendingPathComponent("index.html"), encoding: .utf8)
    for text in [
      "What does each site make of the result?", "Harrell’s C without each site",
      "C by the paired infinitesimal jackknife", "Answers to CLEAR", "External cohort",
    ] { #expect(page.contains(text), "\(text)") }
    #expect(!page.contains("{{") && !page.contains("DeLong"))
  }

  private static func predict(_ study: SmallStudy) async throws {
    let model = study.folder.appendingPathComponent("rad.json").path
    let exported = try await Programs.run(
      "coordinator", ["export", "model", "1", "--model", "Rad", "-o", model, "--data", study.data.path])
    try #require(exported.status == 0, Comment(rawValue: exported.errors))
    let own = rows(
      try String(contentsOf: study.report().appendingPathComponent("predictions.csv"), encoding: .utf8)
    ).filter { $0[6] == "Rad" }
    #expect(own.count == SmallStudy.subjects && own.count { $0[3] == "external" } == 6)
    let found = try await Programs.run("coordinator", ["predict", model, study.manifest.path, "-j", "2"])
    try #require(found.status == 0, Comment(rawValue: found.errors))
    let new = Dictionary(uniqueKeysWithValues: rows(found.output).map { ($0[0], Array($0[2...])) })
    #expect(own.allSatisfy { new[$0[0]] == Array($0[7...]) })
  }
}
