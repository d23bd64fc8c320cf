import Foundation
import Subprocess
import TestSupport
import Testing

/// `docker/psqlrc`; that each of its words runs and fits a terminal, the recipes of operators.md show.
@Suite(.timeLimit(.minutes(15))) struct `A shortcut of the console` {
  /// What psql prints for a shortcut, without the words that it begins with: a row a line, its cells trimmed.
  private func rows(_ word: String, of study: OperatedStudy) async throws -> [[String]] {
    let shortcuts = ReferenceData.repository.appendingPathComponent("docker/psqlrc").path
    let outcome = try await Subprocess.run(
      .name("psql"), arguments: ["-v", "ON_ERROR_STOP=1", "-d", study.database(as: .operatorOfAll)],
      environment: .inherit.updating(["PSQLRC": shortcuts, "PAGER": ""]),
      input: .string("\\pset format csv\n\(word)\n"), output: .string(limit: 1 << 20),
      error: .string(limit: 1 << 16))
    try #require(outcome.terminationStatus.isSuccess, Comment(rawValue: outcome.standardError))
    let lines = outcome.standardOutput.split(separator: "\n")
    // `:jobs` begins with the column job.
    let header = try #require(lines.firstIndex { $0.hasPrefix("\(word.dropFirst().dropLast()),") })
    return lines[(header + 1)...].map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
  }

  @Test func `for jobs has those that run first, and few of those that ended`() async throws {
    try await OperatedStudy.with { study in
      try await study.psql(
        """
        DO $$ DECLARE job bigint; BEGIN
          FOR n IN 1..9 LOOP
            SELECT p.job_id INTO job FROM queue.plan_job(sha256(n::text::bytea), 'ended ' || n) p;
            PERFORM queue.plan_stage(job, 'extract', 0);
            PERFORM queue.start_job(job);
          END LOOP;
        END $$
        """, as: nil)
      let rows = try await rows(":jobs", of: study)
      #expect(rows.first?.prefix(1) == ["1"] && rows.first?.contains("running") == true)
      #expect(Set(rows.drop { $0.contains("running") }.map { $0[0] }) == ["6", "7", "8", "9", "10"])
    }
  }

  @Test func `for workers has the lost first, and those that ended well not at all`() async throws {
    try await OperatedStudy.with { study in
      try await study.psql(Maintenance.deadWorker, as: nil)
      try await study.work()
      let rows = try await rows(":workers", of: study)
      #expect(rows.count == 1 && rows.first?.contains("gone") == true && rows.first?.contains("lost") == true)
    }
  }
}
