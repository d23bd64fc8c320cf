import Foundation
import Testing

@Suite struct `A study of which every case fails` {
  /// Held by its budget, the job waits; without one it fails.
  @Test(arguments: [true, false])
  func `ends with counts by cause, and a page that says who failed and what to do`(isHeld: Bool) async throws
  {
    try await SmallStudy.with { study in
      if !isHeld {
        let yaml = try String(contentsOf: study.file, encoding: .utf8) + "\nfailure_budget: none\n"
        try yaml.write(to: study.file, atomically: true, encoding: .utf8)
      }
      let masks = study.cohort.appendingPathComponent("masks")
      for name in try FileManager.default.contentsOfDirectory(atPath: masks.path) {
        let mask = masks.appendingPathComponent(name)
        try Data(contentsOf: mask).prefix(400).write(to: mask)
      }
      let run = try await study.local()
      #expect(run.status == (isHeld ? 75 : 65), Comment(rawValue: run.errors))
      let said = isHeld ? "Job 1 is held: " : "Job 1 failed: None of the 30 cases can be used"
      #expect(run.errors.contains(said), Comment(rawValue: run.errors))
      #expect(run.errors.contains(" of 30 cases failed or are left out"))
      #expect(run.errors.contains("truncated (SITE_") && run.errors.contains("run the same command again"))
      let page = try String(contentsOf: study.report().appendingPathComponent("failed.html"), encoding: .utf8)
      #expect(page.contains("small: no result") && page.contains("SYN-0") && page.contains("truncated"))
      let table = try String(
        contentsOf: study.report().appendingPathComponent("failures.csv"), encoding: .utf8)
      #expect(table.split(whereSeparator: \.isNewline).count >= (isHeld ? 6 : 31))
      #expect(
        !FileManager.default.fileExists(atPath: study.report().appendingPathComponent("index.html").path))

      let again = study.report("again")
      let report = try await Programs.run(
        "coordinator", ["report", "1", "-o", again.path, "--data", study.data.path])
      #expect(
        report.status == run.status && report.errors.contains("coordinator retry 1"),
        Comment(rawValue: report.errors)
      )
      #expect(FileManager.default.fileExists(atPath: again.appendingPathComponent("failed.html").path))
      // Mended, the page of the failure goes.
      let made = try await Programs.run(
        "coordinator", ["synthesize", study.cohort.path, "--subjects", "30", "--sites", "2"])
      try #require(made.status == 0, Comment(rawValue: made.errors))
      let mended = try await study.local()
      #expect(mended.status == 0, Comment(rawValue: mended.errors))
      #expect(
        !FileManager.default.fileExists(atPath: study.report().appendingPathComponent("failed.html").path))
    }
  }
}
