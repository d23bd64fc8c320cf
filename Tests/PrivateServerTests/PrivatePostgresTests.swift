import Foundation
import Glibc
import Postgres
import PrivateServer
import TestSupport
import Testing

/// A new folder that `body` may fill and that is gone afterwards.
func withFolder<T>(named name: String = "server", _ body: (URL) async throws -> T) async throws -> T {
  let parent = FileManager.default.temporaryDirectory
    .appendingPathComponent("trabecula-\(UUID().uuidString.prefix(8))")
  // Others than its maker must be able to enter it: root's servers run under another account.
  try FileManager.default.createDirectory(
    at: parent, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
  defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: parent) } }
  return try await body(parent.appendingPathComponent(name))
}

/// A disposable server in a folder of its own, stopped afterwards.
private func withServer<T>(
  named name: String = "server", tuning: ServerTuning = .disposable,
  _ body: (PrivatePostgres, URL) async throws -> T
) async throws -> T {
  try await withFolder(named: name) { folder in
    let server = try await PrivatePostgres.start(in: folder, tuning: tuning)
    let outcome: Result<T, any Error>
    do { outcome = .success(try await body(server, folder)) } catch { outcome = .failure(error) }
    try await server.stop(.immediate)
    return try outcome.get()
  }
}

private func answers(_ server: PrivatePostgres) async throws -> Bool {
  let db = try await PostgresConnection.connect(to: server.connectionString())
  return try await db.query("SELECT true").scalar()
}

@Suite(.timeLimit(.minutes(15))) struct `A private server` {
  @Test func `accepts connections through its socket only, in UTF-8 and never as root`() async throws {
    try await withServer { server, _ in
      let db = try await PostgresConnection.connect(to: server.connectionString())
      let row = try await db.query(
        """
        SELECT current_database()::text, current_user::text, current_setting('listen_addresses'),
          current_setting('server_encoding'), (SELECT datcollate FROM pg_database WHERE datname = 'trabecula')
        """
      ).only()
      let (database, user, addresses, encoding, collation) = try row.decode(
        String.self, String.self, String.self, String.self, String.self)
      #expect(database == "trabecula" && user == "trabecula")
      #expect(addresses == "")
      #expect(encoding == "UTF8" && collation == "C")
      let process = try #require(PostmasterFile(in: server.place.data)?.process)
      let owner =
        try FileManager.default.attributesOfItem(atPath: "/proc/\(process)")[.ownerAccountID] as? Int
      #expect(owner != 0)
      let socket = try FileManager.default.attributesOfItem(atPath: server.socketFolder.path)
      #expect(socket[.posixPermissions] as? Int == 0o700)
    }
  }

  @Test func `keeps its data from one start to the next`() async throws {
    try await withServer { server, folder in
      let db = try await PostgresConnection.connect(to: server.connectionString())
      try await db.execute(script: "CREATE TABLE t (n int); INSERT INTO t VALUES (7)")
      try await server.stop()
      let again = try await PrivatePostgres.start(in: folder, tuning: .disposable)
      let later = try await PostgresConnection.connect(to: again.connectionString())
      #expect(try await later.query("SELECT n FROM t").scalar(as: Int.self) == 7)
    }
  }

  @Test func `restarted under a connection loses it, and takes a new one`() async throws {
    try await withServer(tuning: .durable) { server, folder in
      let db = try await PostgresConnection.connect(to: server.connectionString())
      try await db.execute(script: "CREATE TABLE t (n int); INSERT INTO t VALUES (7)")
      try await server.stop(.immediate)
      let refused = await #expect(throws: PostgresError.self) {
        try await PostgresConnection.connect(to: server.connectionString())
      }
      #expect(refused?.code == .connectionFailed)
      #expect(refused?.isTransient == true)
      let again = try await PrivatePostgres.start(in: folder)
      let lost = await #expect(throws: PostgresError.self) { try await db.query("SELECT 1") }
      #expect(lost?.code == .connectionLost)
      let later = try await PostgresConnection.connect(to: again.connectionString())
      #expect(try await later.query("SELECT n FROM t").scalar(as: Int.self) == 7)
    }
  }

  @Test func `started by several at once is one`() async throws {
    try await withFolder { folder in
      let servers = try await withThrowingTaskGroup { group in
        for _ in 0..<3 {
          group.addTask { try await PrivatePostgres.start(in: folder, tuning: .disposable) }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      for server in servers { #expect(try await answers(server)) }
      // Whoever comes second to stop it finds nothing to do.
      for server in servers { try await server.stop(.immediate) }
    }
  }

  @Test(arguments: ["it's a \"folder\", really", String(repeating: "long-", count: 40)])
  func `lives in folders of any name, and is joined where it runs already`(name: String) async throws {
    try await withServer(named: name) { server, folder in
      #expect(try await answers(server))
      let joined = try await PrivatePostgres.start(in: folder, tuning: .disposable)
      #expect(joined.socketFolder.path == server.socketFolder.path)
      #expect(PostmasterFile(in: joined.place.data) == PostmasterFile(in: server.place.data))
    }
  }

  @Test func `killed without warning starts again`() async throws {
    try await withServer { server, folder in
      let process = try #require(PostmasterFile(in: server.place.data)?.process)
      kill(process, SIGKILL)
      let again = try await PrivatePostgres.start(in: folder, tuning: .disposable)
      #expect(try await answers(again))
    }
  }

  @Test func `starts although its old number now belongs to another process`() async throws {
    try await withServer { server, folder in
      let file = server.place.data.appendingPathComponent("postmaster.pid")
      let text = try String(contentsOf: file, encoding: .utf8)
      try await server.stop()
      let ours = text.split(separator: "\n", maxSplits: 1)[1]
      try "\(getpid())\n\(ours)".write(to: file, atomically: true, encoding: .utf8)
      let again = try await PrivatePostgres.start(in: folder, tuning: .disposable)
      #expect(try await answers(again))
    }
  }

  @Test func `is not confused by a cluster left half-made`() async throws {
    try await withFolder { folder in
      let unfinished = folder.appendingPathComponent("postgres/data.unfinished")
      try FileManager.default.createDirectory(at: unfinished, withIntermediateDirectories: true)
      try "15\n".write(to: unfinished.appendingPathComponent("PG_VERSION"), atomically: true, encoding: .utf8)
      let server = try await PrivatePostgres.start(in: folder, tuning: .disposable)
      #expect(try await answers(server))
      try await server.stop(.immediate)
    }
  }

  @Test(arguments: [true, false])
  func `with the lifetime of a process goes when that is killed`(disposable: Bool) async throws {
    try await withFolder { folder in
      let path = folder.path
      await #expect(processExitsWith: .signal(SIGKILL)) {
        [path = path as String, disposable = disposable as Bool] in
        _ = try await PrivatePostgres.start(
          in: URL(fileURLWithPath: path), lifetime: .withProcess, tuning: disposable ? .disposable : .durable)
        kill(getpid(), SIGKILL)
      }
      let data = folder.appendingPathComponent("postgres/data")
      try await wait(until: {
        !FileManager.default.fileExists(atPath: data.appendingPathComponent("postmaster.pid").path)
      })
      if disposable { try await wait(until: { !FileManager.default.fileExists(atPath: path) }) }
      #expect(FileManager.default.fileExists(atPath: data.path) == !disposable)
    }
  }
}
