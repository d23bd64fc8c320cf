import Foundation
import Reporting
import Testing

/// A study over a made-up table of well-mixed features, run by the program.
private struct MadeTable {
  var subjects = 80
  var sites = 2
  var outcome: (Int) -> String = { "\($0 % 2)" }
  var name: (Int) -> String = { "P\(1_000 + $0)" }
  /// Another subject whose row this one repeats.
  var twin: (Int) -> Int = { $0 }
  /// A further column: its name and values.
  var planted: (name: String, value: (Int) -> String)?
  var more = ""
  /// Further keys of the section of the table.
  var layout = ""
  var separator = ","
  var decimal = "."

  /// Bits that are mixed well; the first feature carries a little of the outcome.
  static func value(_ subject: Int, _ feature: Int) -> Double {
    var bits = UInt64(subject * 12 + feature + 1) &* 0x9E37_79B9_7F4A_7C15
    bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
    return Double((bits ^ bits >> 31) >> 11) * 0x1p-53 + (feature == 0 ? 0.3 * Double(subject % 2) : 0)
  }

  var text: String {
    let header = ["ID", "Site", "Outcome"] + (0..<8).map { "f\($0)" } + (planted.map { [$0.name] } ?? [])
    let rows = (0..<subjects).map { subject in
      [name(subject), "S\(subject / 2 % sites)", outcome(subject)]
        + (0..<8).map { String(Self.value(twin(subject), $0)).replacing(".", with: decimal) }
        + (planted.map { [$0.value(subject)] } ?? [])
    }
    return ([header] + rows).map { $0.joined(separator: separator) }.joined(separator: "\n") + "\n"
  }

  struct Outcome {
    var run: Programs.Result
    var report: StudyReport?
    /// What stands first under “Read before use”.
    var headOfPage: String
    var page = ""
  }

  func run() async throws -> Outcome {
    try await withTemporaryFolder { folder in
      let yaml = """
        study: truth
        features: {table: table.csv\(layout)}
        models: [{name: Rad, selection: [mann-whitney: {p: 0.2}, lasso: {folds: 4}]}]
        bootstrap: {replicates: 4, per_task: 4}

        """ + more
      try Data(text.utf8).write(to: folder.appendingPathComponent("table.csv"))
      try Data(yaml.utf8).write(to: folder.appendingPathComponent("study.yaml"))
      func path(_ name: String) -> String { folder.appendingPathComponent(name).path }
      let arguments = [
        "local", path("study.yaml"), "--data", path("data"), "--out", path("out"), "--json", "-j", "1",
      ]
      let run = try await Programs.run("coordinator", arguments)
      _ = try await Programs.run(
        "coordinator", ["local", path("study.yaml"), "--data", path("data"), "--stop"])
      guard FileManager.default.fileExists(atPath: path("out/report.json")) else {
        return Outcome(run: run, report: nil, headOfPage: "")
      }
      let page = try String(contentsOfFile: path("out/index.html"), encoding: .utf8)
      let head = page.range(of: "Read before use").map { page[$0.upperBound...] } ?? ""
      let item = head.range(of: "<li>").map { head[$0.upperBound...] } ?? ""
      return Outcome(
        run: run, report: try StudyReportFile.read(folder.appendingPathComponent("out/report.json")),
        headOfPage: String(item.prefix { $0 != "\n" }), page: page)
    }
  }
}

@Suite struct `What a reader must know first` {
  /// Leaks of five kinds.
  enum Leak: String, CaseIterable, Sendable {
    /// The outcome, and the outcome with noise.
    case copy, noisy
    /// The event's time.
    case days = "days_to_event"
    /// A running number that was given by the outcome.
    case number
    /// Missing where there is no outcome.
    case measured

    func value(_ subject: Int) -> String {
      switch self {
      case .copy: "\(3 * (subject % 2))"
      case .noisy: "\(Double(subject % 2) + 0.2 * (MadeTable.value(subject, 9) - 0.5))"
      case .days: "\(subject % 2 == 1 ? subject * 7 % 13 : 4 + subject * 11 % 31)"
      case .number: "\(subject % 2 * 500 + subject)"
      case .measured: subject % 2 == 1 ? "\(MadeTable.value(subject, 9))" : ""
      }
    }
  }

  @Test(arguments: Leak.allCases)
  func `of a planted leak heads page and report, and the command ends with 1`(leak: Leak) async throws {
    let name = leak.rawValue
    var table = MadeTable()
    table.planted = (name, leak.value)
    let outcome = try await table.run()
    #expect(outcome.run.status == 1, Comment(rawValue: outcome.run.errors))
    let first = try #require(outcome.report?.warnings.first)
    #expect(["too_good", "audit_failed"].contains(first.code) && first.message.contains(name))
    #expect(outcome.headOfPage.contains(name) && outcome.run.errors.contains("Warning: "))
  }

  @Test func `of what is explained stays with its reason, and the command ends with 0`() async throws {
    var table = MadeTable()
    table.planted = ("size", { "\(Double($0 % 2) + 0.2 * (MadeTable.value($0, 9) - 0.5))" })
    table.more = """
      explained:
        - {code: too_good, feature: size, because: The outcome is defined by size <of the lesion>.}
        - {code: too_good, model: Rad, because: It has the size in it.}

      """
    let outcome = try await table.run()
    #expect(outcome.run.status == 0, Comment(rawValue: outcome.run.errors))
    let first = try #require(outcome.report?.warnings.first)
    #expect(first.code == "too_good" && first.explained?.count == 1)
    #expect(outcome.headOfPage.contains("size: AUC") && !outcome.run.errors.contains("Warning: "))
    #expect(outcome.page.contains("<li>size: The outcome is defined by size &lt;of the lesion&gt;.</li>"))
    #expect(outcome.report?.audit.first { $0.code == "features_too_good" }?.status == .fail)
    table.more = table.more.replacing("feature: size", with: "feature: sice")
    let other = try await table.run()
    #expect(other.run.status == 1 && other.run.errors.contains("Warning: Too good to be true"))
    #expect(other.report?.warnings.contains { $0.code == "explained_in_vain" } == true)
  }

  @Test func `of copies in the training part is the failed audit, and group mends it`() async throws {
    var table = MadeTable()
    table.twin = { $0 >= 60 ? $0 - 60 : $0 }
    let told = try await table.run()
    #expect(told.run.status == 1, Comment(rawValue: told.run.errors))
    #expect(told.report?.warnings.first?.code == "audit_failed")
    #expect(told.report?.audit.first { $0.code == "duplicates_within_parts" }?.status == .fail)
    table.more = "duplicates: group\n"
    let grouped = try await table.run()
    #expect(grouped.run.status == 0, Comment(rawValue: grouped.run.errors))
    #expect(grouped.report?.cohort.subjects == 60 && grouped.report?.cohort.images == 80)
  }

  @Test func `of copies at two sites, and of a group of two sites, is refused before anything is computed`()
    async throws
  {
    var table = MadeTable()
    table.twin = { $0 >= 78 ? $0 - 78 : $0 }
    table.planted = ("digest", { "d\($0 >= 78 ? $0 - 78 : $0)" })
    table.more = "duplicates: group\n"
    table.layout = ", image_digest: digest"
    let refused = try await table.run()
    #expect(refused.run.status == 65 && refused.report == nil, Comment(rawValue: refused.run.errors))
    #expect(
      refused.run.errors.contains("2 images stand under subjects of several sites (S0/P1000 = S1/P1078, "))
    table.more = ""
    table.planted = ("Group", { $0 < 6 ? "G" : "" })
    table.layout = ""
    let wide = try await table.run()
    #expect(wide.run.status == 65 && wide.run.errors.contains("Column Group: 'G' stands at several sites"))
  }

  @Test func `of an honest study is nothing but its size`() async throws {
    let outcome = try await MadeTable().run()
    #expect(outcome.run.status == 0, Comment(rawValue: outcome.run.errors))
    let known: Set = ["sites_recognisable", "few_sites", "sample_size", "acquisition_differs"]
    let codes = Set(outcome.report?.warnings.map(\.code) ?? ["none"])
    #expect(codes.isSubset(of: known))
  }

  @Test func `of decimal commas is read, or refused before anything is computed`() async throws {
    let points = try await MadeTable().run()
    var table = MadeTable(separator: ";", decimal: ",")
    let commas = try await table.run()
    #expect(commas.run.status == 0 && commas.report?.featureSet.count == 8)
    #expect(commas.report?.models.map(\.features) == points.report?.models.map(\.features))
    table.planted = ("mixed", { $0 == 3 ? "1.449,44" : "2,5" })
    let refused = try await table.run()
    #expect(refused.run.status == 65 && refused.report == nil)
    #expect(
      refused.run.errors.contains("line 5, column mixed: '1.449,44'"), Comment(rawValue: refused.run.errors))
  }

  @Test func `of five events is told before anything is computed, and again`() async throws {
    var table = MadeTable()
    table.outcome = { $0 % 16 == 0 ? "1" : "0" }
    let outcome = try await table.run()
    #expect(
      outcome.run.errors.contains("only 4 have the rarer outcome"), Comment(rawValue: outcome.run.errors))
    #expect(outcome.report?.warnings.contains { $0.code == "few_events" } == true)
  }

  @Test func `of a site without outcomes is that it is missing`() async throws {
    var table = MadeTable(subjects: 90, sites: 3)
    table.outcome = { $0 / 2 % 3 == 2 ? "" : "\($0 % 2)" }
    let outcome = try await table.run()
    #expect(outcome.report?.warnings.first?.code == "site_lost")
    #expect(outcome.headOfPage.contains("Site S2 is missing"))
  }

  @Test func `of a study of which every case fails is what they fail of`() async throws {
    try await SmallStudy.with { study in
      let yaml = try String(contentsOf: study.file, encoding: .utf8)
      try Data(
        yaml.replacing("extraction:\n", with: "failure_budget: none\nextraction:\n  setting: {label: 9}\n")
          .utf8
      ).write(to: study.file)
      let run = try await study.local()
      #expect(run.status == 65, Comment(rawValue: run.errors))
      #expect(
        run.errors.contains(
          "None of the \(SmallStudy.subjects) cases can be used (\(SmallStudy.subjects) failed)"))
      #expect(run.errors.contains("label-absent"))
    }
  }
}
