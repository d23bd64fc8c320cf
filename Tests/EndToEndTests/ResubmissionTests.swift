import DelimitedText
import Foundation
import Reporting
import TestSupport
import Testing

/// A study is submitted where no image is, and its files change where only workers see them.
@Suite(.timeLimit(.minutes(15))) struct `A study submitted from another machine` {
  /// What `coordinator submit --json` prints.
  private struct Answer: Decodable {
    var job: Int
    var known: Bool
    var cases: Int
    var to_extract: Int
    var to_check: Int
    var unseen: Int
    var state: String
  }

  private static let extractionOnly = """
    study: small
    manifest: cohort/manifest.csv
    extraction:
      featureClass: {firstorder: }
    models: []
    """

  /// The study and its manifest in a folder without images.
  private func elsewhere(_ study: OperatedStudy, rows: Int? = nil) throws -> URL {
    let folder = study.study.folder.appendingPathComponent("colleague")
    try FileManager.default.createDirectory(
      at: folder.appendingPathComponent("cohort"), withIntermediateDirectories: true)
    let lines = try String(contentsOf: study.study.manifest, encoding: .utf8).split(separator: "\n")
    let kept = lines.prefix(rows.map { $0 + 1 } ?? lines.count).joined(separator: "\n") + "\n"
    try Data(kept.utf8).write(to: folder.appendingPathComponent("cohort/manifest.csv"))
    let file = folder.appendingPathComponent("study.yaml")
    try Data(contentsOf: study.study.file).write(to: file)
    return file
  }

  private func submit(_ study: OperatedStudy, _ file: URL, _ options: [String] = []) async throws -> Answer {
    try await study.run(
      "coordinator", ["submit", file.path, "--json"] + options, as: .coordinator
    ).json(as: Answer.self)
  }

  /// - Returns: the path of the mask in the manifest.
  @discardableResult
  private func replaceAMask(of study: OperatedStudy) throws -> String {
    let files = try FileManager.default.subpathsOfDirectory(atPath: study.study.cohort.path)
    let mask = try #require(files.filter { $0.contains("mask") && $0.hasSuffix(".nii.gz") }.min())
    let place = study.study.cohort.appendingPathComponent(mask)
    try FileManager.default.removeItem(at: place)
    try TestMask.write(
      like: study.study.cohort.appendingPathComponent(mask.replacing("mask", with: "image")), to: place)
    return mask
  }

  @Test func `is the same job with and without images, and a mask changed at the worker is extracted again`()
    async throws
  {
    try await OperatedStudy.with(yaml: Self.extractionOnly) { study in
      let file = try elsewhere(study)
      let open = try await study.run("coordinator", ["submit", file.path], as: .coordinator).output
      #expect(
        open.contains("Job 1: this study was submitted before and is under way; 30 of 30 cases are open."))
      #expect(!open.contains("nothing to extract"))
      try await study.work()
      let ended = try await study.run("coordinator", ["submit", file.path], as: .coordinator).output
      #expect(ended.contains("Job 1: this study was submitted before and has ended; nothing to extract."))
      #expect(ended.contains("The files of 30 cases cannot be read here"))
      try replaceAMask(of: study)
      let again = try await submit(study, file, ["--again"])
      #expect(again.job == 2 && again.to_extract == 0 && again.to_check == 30 && again.unseen == 30)
      try await study.work()
      #expect(try await study.psql("SELECT count(*) FROM trabecula.feature_row") == "31")
      #expect(try await study.psql("SELECT count(*) FROM trabecula.job_case WHERE state <> 'done'") == "0")
      // Whoever sees the files finds the job that has them.
      let seeing = try await submit(study, study.study.file)
      #expect(seeing.job == 2 && seeing.known && seeing.unseen == 0 && seeing.state == "succeeded")
      let blind = try await submit(study, file)
      #expect(blind.job == 2 && blind.known)
    }
  }

  private static let modelled = extractionOnly.replacing(
    "models: []",
    with: """
      models: [{name: Rad, selection: [mann-whitney: {p: 0.5}]}]
      bootstrap: {replicates: 2, per_task: 2}
      """)

  /// A site sees from the outside what only its own files can say; the report is of the study and its data alone.
  @Test func `tells which case has another mask than was submitted, and has the report of any submitter`()
    async throws
  {
    try await OperatedStudy.with(yaml: Self.modelled) { study in
      let mask = try replaceAMask(of: study)
      try await study.work()
      let manifest = try String(contentsOf: study.study.manifest, encoding: .utf8)
      let row = try #require(manifest.split(separator: "\n").first { $0.contains(mask) }).split(
        separator: ",")
      let (subject, site) = (String(row[0]), String(row[1]))
      let told = "\(site): the features of 1 case are of other images or masks than were seen"

      try await study.psql(
        "SELECT trabecula.grant_all_sites('\(TestLogin.reader.rawValue)')", as: .coordinator)
      let folder = study.study.report("seen")
      let said = try await study.run("coordinator", ["report", "1", "-o", folder.path], as: .coordinator)
      #expect(said.errors.hasPrefix("Warning: \(told)"), Comment(rawValue: said.errors))
      #expect(try changes(in: folder) == ["\(subject) mask"])
      #expect(try await study.psql("SELECT file FROM trabecula.changed_files", as: .reader) == "mask")
      let status = try await study.run("coordinator", ["status", "1"], as: .operatorOfAll).output
      #expect(status.contains("succeeded (\(told)"), Comment(rawValue: status))
      // What was seen stays, beside what was read.
      let kept = """
        SELECT count(*) FROM trabecula.job_case c JOIN trabecula.image_case i USING (case_id)
          WHERE c.seen_mask_sha256 <> i.mask_sha256
        """
      #expect(try await study.psql(kept) == "1")

      // The same study by somebody who sees no file: another database, or this one after the first job is gone.
      try await study.run("coordinator", ["delete", "1"], as: .coordinator)
      let blind = try await submit(study, try elsewhere(study))
      #expect(!blind.known && blind.unseen == 30)
      try await study.work()
      let unseen = study.study.report("unseen")
      let quiet = try await study.run(
        "coordinator", ["report", "\(blind.job)", "-o", unseen.path], as: .coordinator)
      #expect(!quiet.errors.contains("Warning"), Comment(rawValue: quiet.errors))
      #expect(try changes(in: unseen).isEmpty)
      let reports = [folder, unseen].map { $0.appendingPathComponent("report.json") }
      #expect(try StudyReportFile.withoutTimes(reports[0]) == StudyReportFile.withoutTimes(reports[1]))
    }
  }

  /// Cases of `provenance.csv` with what it says to have changed.
  private func changes(in folder: URL) throws -> [String] {
    let file = folder.appendingPathComponent("provenance.csv")
    let table = try DelimitedTable(
      parsing: String(contentsOf: file, encoding: .utf8), label: "provenance.csv")
    return table.rows.filter { $0.fields.last != "" }.map { "\($0.fields[0]) \($0.fields.last ?? "")" }
  }

  /// What one submitter could not read is no change when another can.
  @Test func `of which a mask was missing is the same job when it is there`() async throws {
    try await OperatedStudy.with(yaml: Self.extractionOnly, damage: { try $0.takeMasksAway(1) }) { study in
      try await study.work()
      #expect(
        try await study.psql("SELECT DISTINCT failure_code FROM trabecula.failure_detail") == "not-found")
      try study.study.bringBack()
      let again = try await study.run("coordinator", ["submit", study.study.file.path], as: .coordinator)
      #expect(
        again.output.contains(
          "Job 1: this study was submitted before and has ended; 1 of 30 cases failed (coordinator retry 1)."),
        Comment(rawValue: again.output))
      try await study.run("coordinator", ["retry", "1"], as: .coordinator)
      try await study.work()
      #expect(try await study.psql("SELECT count(*) FROM trabecula.job_case WHERE state <> 'done'") == "0")
      #expect(try await study.psql("SELECT count(*) FROM trabecula.job") == "1")
    }
  }

  /// An older job keeps what its manifest said, whatever a newer one says of the same cases.
  @Test func `with other columns in its manifest changes no report of before`() async throws {
    try await OperatedStudy.with(
      yaml: Self.modelled,
      damage: { study in
        let lines = try String(contentsOf: study.manifest, encoding: .utf8).split(separator: "\n")
        let aged = lines.enumerated().map { "\($1),\($0 == 0 ? "Batch,Group" : "b\($0 % 2),g\($0)")" }
        try Data((aged.joined(separator: "\n") + "\n").utf8).write(to: study.manifest)
      }
    ) { study in
      try await study.work()
      func features() async throws -> String {
        try await study.run("coordinator", ["export", "features", "1"], as: .coordinator).output
      }
      let before = try await features()
      #expect(before.contains("b1"))
      let text = try String(contentsOf: study.study.manifest, encoding: .utf8)
      try Data(text.replacing(",b1,", with: ",c7,").replacing(",g", with: ",h").utf8).write(
        to: study.study.manifest)
      try await study.run("coordinator", ["ingest", study.study.manifest.path], as: .coordinator)
      #expect(try await features() == before)
      #expect(
        try await study.psql("SELECT count(*) FROM trabecula.job_case WHERE grouping LIKE 'h%'") == "0")
    }
  }

  @Test func `grows although nobody serves its sites any more`() async throws {
    try await OperatedStudy.with(yaml: Self.extractionOnly) { study in
      // A cohort of its own: the fixture has submitted all thirty to that of the study.
      try Data("\(Self.extractionOnly)\ncohort: grown\n".utf8).write(to: study.study.file)
      let first = try await submit(study, try elsewhere(study, rows: 26))
      #expect(first.cases == 26 && first.to_extract == 26)
      try await study.work()
      let file = try elsewhere(study)
      let grown = try await submit(study, file)
      #expect(grown.cases == 30 && grown.to_extract == 4 && grown.to_check == 0)
      let open = "SELECT count(*) FROM queue.live_task WHERE kind = 'extract' AND job_id = \(grown.job)"
      #expect(try await study.psql(open) == "4")
    }
  }

  @Test func `has the cohort that ingest made, whatever spelling of é its manifest has`() async throws {
    try await OperatedStudy.with(yaml: Self.extractionOnly) { study in
      let text = try String(contentsOf: study.study.manifest, encoding: .utf8)
      func write(_ site: String) throws {
        try Data(text.replacing("SITE_A", with: site).utf8).write(to: study.study.manifest)
      }
      try write("Orle\u{301}ans")
      try await study.run("coordinator", ["ingest", study.study.manifest.path], as: .coordinator)
      try write("Orl\u{E9}ans")
      try await study.run("coordinator", ["submit", study.study.file.path], as: .coordinator)
      try await study.run(
        "coordinator", ["grant-site", TestLogin.everywhereWorker.rawValue, "Orle\u{301}ans"], as: .coordinator
      )
      #expect(try await study.psql("SELECT string_agg(name, ',') FROM trabecula.cohort") == "small")
      #expect(try await study.psql("SELECT count(*) FROM trabecula.site") == "3")
      try write("site_a")
      let hint = try await study.run("coordinator", ["submit", study.study.file.path], as: .coordinator)
        .errors
      #expect(hint.contains("sites SITE_A, site_a differ in letter case only"))
    }
  }
}
