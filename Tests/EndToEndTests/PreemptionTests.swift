import Foundation
import TestSupport
import Testing

/// Clusters take machines away: they send SIGTERM, and wait for less than a task may take.
@Suite(.timeLimit(.minutes(15))) struct `A worker whose machine is taken away` {
  /// So much for each case that tasks run when the signal comes.
  private static let slowStudy = """
    study: small
    seed: 7
    manifest: cohort/manifest.csv
    extraction:
      imageType: {Original: {}, Wavelet: {}, LoG: {sigma: [1.0, 2.0, 3.0, 4.0, 5.0]}}
    models: []
    """

  @Test func `hands back what it runs, and no attempt is spent`() async throws {
    try await OperatedStudy.with(yaml: Self.slowStudy) { study in
      let arguments =
        ["run", "-j", "2", "--grace", "0", "--root", study.study.cohort.path]
        + ["--database", study.database(as: .everywhereWorker)]
      let ended = try await RunningProgram.with("worker", arguments) { worker in
        #expect(await worker.lines.contain("extract: ok"))
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
      try await study.work(lease: 15)
      let spent = "SELECT count(*), sum(failures + crashes) FROM queue.task_history WHERE kind = 'extract'"
      #expect(try await study.psql(spent) == "\(SmallStudy.subjects)|0")
    }
  }
}
