import Postgres

extension PostgresConnection {
  /// Waits until a condition holds in the database, for what no notification tells: a lock that is waited for, a statement
  /// that runs. It asks with a pause between, which leaves the processor to what it waits for.
  package func wait(until condition: String) async throws {
    while try await !query("SELECT (\(condition))").scalar(as: Bool.self) {
      try await Task.sleep(for: .milliseconds(2))
    }
  }
}
