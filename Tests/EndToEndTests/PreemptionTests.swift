import Foundation
import TestSupport
import Testing

/// Clusters take machines away: they send SIGTERM, and wait for less than a task may take.
@Suite(.timeLimit(.minutes(15)), .enabled(if: HangingMount.isBuilt, HangingMount.absence))
struct `A worker whose machine is taken away` {
  private static let extractionOnly = """
    study: small
    manifest: cohort/manifest.csv
    extraction:
      featureClass: {firstorder: }
    models: []
    """

  /// Its tasks run for as long as it lives: each waits on its thread for the contents of its mask, which never come.
  @Test func `hands back what it runs, and no attempt is spent`() async throws {
    try await OperatedStudy.with(yaml: Self.extractionOnly) { study in
      let runs = study.study.folder.appendingPathComponent("runs")
      let masks = try FileManager.default.contentsOfDirectory(
        atPath: study.study.cohort.appendingPathComponent("masks").path
      ).map { "masks/\($0)" }
      let arguments =
        ["run", "-j", "2", "--grace", "0", "--root", study.study.cohort.path]
        + ["--database", study.database(as: .everywhereWorker)]
      let ended = try await RunningProgram.with(
        "worker", arguments, environment: HangingMount.environment(ofContentsOf: masks, sign: runs)
      ) { worker in
        try await wait(until: { FileManager.default.fileExists(atPath: runs.path) || worker.hasEnded })
        #expect(!worker.hasEnded)
      }
      #expect(ended.status == 0)
      let busy = ended.errors.contains {
        $0.contains("stops: finishing") && !$0.contains("finishing 0 tasks")
      }
      #expect(busy, "it had tasks in hand: \(ended.errors)")
      #expect(try await study.psql("SELECT state FROM queue.worker") == "stopped")
      let left =
        "SELECT string_agg(DISTINCT state || failures || crashes, ' ') FROM queue.live_task WHERE kind = 'extract'"
      #expect(try await study.psql(left) == "ready00")
      #expect(try await study.psql("SELECT count(*) FROM queue.attempt_failure") == "0")
      #expect(try await study.psql("SELECT count(*) FROM queue.task_history") == "0")
      try await study.work()
      let spent = "SELECT count(*), sum(failures + crashes) FROM queue.task_history WHERE kind = 'extract'"
      #expect(try await study.psql(spent) == "\(SmallStudy.subjects)|0")
    }
  }
}
