import Foundation
import Postgres
import PrivateServer
import Subprocess

/// The simplest queue that is right while nothing fails: one table, a partial index, SKIP LOCKED.
struct PlainTable {
  let server: PrivatePostgres

  func rate(_ clients: Int, _ batch: Int, _ connection: PostgresConnection) async throws -> Double {
    try await connection.execute(
      script: """
        DROP TABLE IF EXISTS plain_task;
        CREATE TABLE plain_task (id bigint PRIMARY KEY, state text NOT NULL, worker int, payload jsonb NOT NULL)
          WITH (fillfactor = 70);
        INSERT INTO plain_task SELECT n, 'ready', NULL, '{}' FROM generate_series(1, \(batch == 1 ? 60_000 : 400_000)) n;
        CREATE INDEX plain_ready ON plain_task (id) WHERE state = 'ready';
        CREATE INDEX plain_running ON plain_task (worker) WHERE state = 'running';
        """)
    try await connection.execute("VACUUM ANALYZE plain_task")
    let script = FileManager.default.temporaryDirectory.appendingPathComponent(
      "plain-\(UUID().uuidString).sql")
    try Data(
      """
      UPDATE plain_task SET state = 'running', worker = :client_id WHERE id = ANY (ARRAY(
        SELECT id FROM plain_task WHERE state = 'ready' ORDER BY id LIMIT \(batch) FOR UPDATE SKIP LOCKED));
      UPDATE plain_task SET state = 'done' WHERE state = 'running' AND worker = :client_id;
      """.utf8
    ).write(to: script)
    defer { try? FileManager.default.removeItem(at: script) }
    let output = try await Subprocess.run(
      .name("pgbench"),
      arguments: [
        "-n", "-M", "prepared", "-c", "\(clients)", "-j", "\(min(clients, 2))", "-T", "\(QueueRate.seconds)",
        "-f",
        script.path, "postgres",
      ],
      environment: .inherit.updating(
        Dictionary(
          uniqueKeysWithValues: server.environment.map { (Environment.Key(stringLiteral: $0.key), $0.value) })
      ),
      output: .string(limit: 1 << 16), error: .discarded)
    let line = output.standardOutput.split(separator: "\n").first { $0.hasPrefix("tps = ") }
    guard let line, let number = line.split(separator: " ").dropFirst(2).first, let rate = Double(number)
    else {
      throw PostgresError(.usage, "pgbench printed no rate; is it installed (postgresql-contrib)?")
    }
    return rate * Double(batch)
  }
}
