import Foundation
import Postgres
import TestSupport
import Testing

/// Anybody who may connect may announce anything.
@Suite(.timeLimit(.minutes(15))) struct `A flood of announcements` {
  /// Counts the signs of life of workers; a sequence is read by whoever asks, and does not go back.
  private static let counter = """
    CREATE SEQUENCE public.looks;
    CREATE FUNCTION public.count_look() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
      BEGIN PERFORM nextval('public.looks'); RETURN NEW; END $$;
    CREATE TRIGGER looks AFTER UPDATE OF heartbeat_at ON queue.worker FOR EACH ROW EXECUTE FUNCTION public.count_look();
    """
  private static let looks = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM public.looks"

  @Test func `costs a worker one look a second`() async throws {
    try await OperatedStudy.with { study in
      try await study.work()
      let admin = try await PostgresConnection.connect(to: study.target)
      try await admin.execute(script: Self.counter)
      let arguments = study.workerArguments(lease: 60).filter { $0 != "--drain" }
      let database = ["--database", study.database(as: .everywhereWorker)]
      let ended = try await RunningProgram.with("worker", arguments + database) { worker in
        try await admin.wait(until: "(\(Self.looks)) > 0")
        let hostile = try await TestLogin.northReader.connect(to: study.target)
        // The time is taken before the first count and after the last, so that it holds all that is counted.
        let start = ContinuousClock.now
        let before = try await admin.query(PostgresStatement(Self.looks)).scalar(as: Int64.self)
        for number in 0..<3_000 {
          try await hostile.execute("SELECT pg_notify('trabecula_ready', $1)", "\(number)")
        }
        try await admin.wait(until: "(\(Self.looks)) > \(before)")
        let after = try await admin.query(PostgresStatement(Self.looks)).scalar(as: Int64.self)
        let seconds = start.duration(to: .now) / .seconds(1)
        await hostile.close()
        // By itself an idle worker looks once a second at most, too. A worker that heeds each looks dozens of times.
        let most = 2 * Int64(seconds.rounded(.up)) + 3
        #expect(after - before <= most, "\(after - before) looks in \(seconds) s")
      }
      #expect(ended.status == 0)
      await admin.close()
    }
  }
}
