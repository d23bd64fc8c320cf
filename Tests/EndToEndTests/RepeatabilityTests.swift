import Foundation
import Postgres
import Synchronization
import Testing

@Suite struct `The report of a study` {
  @Test func `is the same bytes with one worker, with four, and with workers killed in every stage`()
    async throws
  {
    try await SmallStudy.with { study in
      let one = try await study.local(["-j", "1"], out: "one")
      try #require(one.status == 0, Comment(rawValue: one.errors))
      let expected = try study.reproducibleReport("one")
      // The same data folder would have the features already; each run gets its own.
      let four = try await study.local(["-j", "4"], out: "four", data: "data-four")
      #expect(four.status == 0)
      #expect(try study.reproducibleReport("four") == expected)
      let killer = WorkerKiller()
      let killed = try await study.local(["-j", "2"], out: "killed", data: "data-killed") { line in
        try await killer.watch(line)
      }
      #expect(killed.status == 0, Comment(rawValue: killed.errors))
      #expect(try study.reproducibleReport("killed") == expected)
      #expect(await killer.kills == ["extract", "bootstrap"])
      for name in ["data-four", "data-killed"] { _ = try await study.local(["--stop"], data: name) }
    }
  }
}

/// Kills a worker process with SIGKILL once in the middle of extraction and once in the middle of bootstrap.
///
/// The server tells it of every ended task, so that it need not guess when.
actor WorkerKiller {
  private(set) var kills: [String] = []
  private var isWatching = false

  private static let trigger = """
    CREATE FUNCTION public.tell_test() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN PERFORM pg_notify('test_ended', (SELECT min(kind) FROM added)); RETURN NULL; END $$;
    CREATE TRIGGER tell_test AFTER INSERT ON trabecula.task_history REFERENCING NEW TABLE AS added
      FOR EACH STATEMENT EXECUTE FUNCTION public.tell_test();
    """

  /// Begins when `coordinator local` says that the job is there.
  func watch(_ line: String) async throws {
    if line.hasPrefix("database psql ") {
      target = line.split(separator: "\"")[1].description
    }
    guard line.hasPrefix("Job "), !isWatching, let target else { return }
    isWatching = true
    // Not awaited here: the lines of the program must go on being read.
    Task { try await kill(in: target) }
  }

  private var target: String?

  private func kill(in target: String) async throws {
    let connection = try await PostgresConnection.connect(to: target)
    try await connection.listen(to: "test_ended")
    try await connection.execute(script: Self.trigger)
    for kind in ["extract", "bootstrap"] {
      while let ended = try await connection.nextNotification(timeout: .seconds(120)), ended.payload != kind {
      }
      let rows = try await connection.query(
        "SELECT pid FROM trabecula.worker WHERE state = 'active' ORDER BY worker_id LIMIT 1")
      if let row = rows.first {
        Foundation.kill(try row.decode("pid", as: Int32.self), SIGKILL)
        kills.append(kind)
      }
    }
    await connection.close()
  }
}
