import Postgres
import WorkerCore

/// Waits for moments of a study: the server says when a task ends or starts and when a worker's state changes.
actor StudyWatch {
  private let link: DatabaseLink
  private var listening = 0

  init(_ connectionString: String) {
    var configuration = PostgresConfiguration(connectionString)
    configuration.requiresWrites = false
    link = DatabaseLink(configuration) { _ in }
  }

  /// Added by the harness to its own database.
  static let triggers = """
    CREATE FUNCTION public.tell_watch() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN PERFORM pg_notify('watch', ''); RETURN NULL; END $$;
    CREATE TRIGGER tell_watch AFTER INSERT ON queue.task_history
      FOR EACH STATEMENT EXECUTE FUNCTION public.tell_watch();
    CREATE TRIGGER tell_watch AFTER INSERT OR UPDATE ON queue.live_task
      FOR EACH STATEMENT EXECUTE FUNCTION public.tell_watch();
    CREATE TRIGGER tell_watch AFTER UPDATE OF state ON queue.worker
      FOR EACH STATEMENT EXECUTE FUNCTION public.tell_watch();
    """

  /// Waits until a query answers true. The server may go away meanwhile.
  func wait(until condition: String, _ parameters: any PostgresEncodable & Sendable...) async throws {
    while true {
      let generation = await link.generation
      let mustListen = generation != listening
      let statement = PostgresStatement("SELECT " + condition, parameters: parameters.map(\.postgresValue))
      let isTrue = try await link.call { connection in
        if mustListen { try await connection.listen(to: "watch") }
        return try await connection.query(statement).scalar(as: Bool.self)
      }
      listening = await link.generation
      if isTrue { return }
      try await link.call { _ = try await $0.nextNotification(timeout: .milliseconds(500)) }
    }
  }

  /// As `wait`, of a server that has no triggers and may not be there yet.
  func waitByAsking(untilEnded tasks: Int) async throws {
    while true {
      let ended = try await link.call { connection in
        let isThere = try await connection.query("SELECT to_regclass('queue.task_history') IS NOT NULL")
          .scalar(as: Bool.self)
        guard isThere else { return 0 }
        return try await connection.query("SELECT count(*) FROM queue.task_history").scalar(as: Int.self)
      }
      if ended >= tasks { return }
      try await Task.sleep(for: .milliseconds(5))
    }
  }

  func close() async { await link.close() }

  func wait(untilEnded tasks: Int) async throws {
    try await wait(until: "count(*) >= $1 FROM queue.task_history", tasks)
  }
}
