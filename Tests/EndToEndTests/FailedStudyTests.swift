import Foundation
import Testing

@Suite struct `A study of which every case fails` {
  @Test func `ends with 65, counts by cause, and a page that says who failed and what to do`() async throws {
    try await SmallStudy.with { study in
      let masks = study.cohort.appendingPathComponent("masks")
      for name in try FileManager.default.contentsOfDirectory(atPath: masks.path) {
        let mask = masks.appendingPathComponent(name)
        try Data(contentsOf: mask).prefix(400).write(to: mask)
      }
      let run = try await study.local()
      #expect(run.status == 65)
      #expect(
        run.errors.contains("Job 1 failed: None of the 30 cases can be used"), Comment(rawValue: run.errors))
      #expect(run.errors.contains("30 of 30 cases failed or are left out"))
      #expect(
        run.errors.contains("SITE_A 15, SITE_B 15") && run.errors.contains("run the same command again"))
      let page = try String(contentsOf: study.report().appendingPathComponent("failed.html"), encoding: .utf8)
      #expect(page.contains("small: no result") && page.contains("SYN-001") && page.contains("SYN-030"))
      let table = try String(
        contentsOf: study.report().appendingPathComponent("failures.csv"), encoding: .utf8)
      #expect(table.split(whereSeparator: \.isNewline).count == 31)
      #expect(
        !FileManager.default.fileExists(atPath: study.report().appendingPathComponent("index.html").path))

      let again = study.report("again")
      let report = try await Programs.run(
        "coordinator", ["report", "1", "-o", again.path, "--data", study.data.path])
      #expect(
        report.status == 65 && report.errors.contains("coordinator retry 1"), Comment(rawValue: report.errors)
      )
      #expect(FileManager.default.fileExists(atPath: again.appendingPathComponent("failed.html").path))
    }
  }
}
