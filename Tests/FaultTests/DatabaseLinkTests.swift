import FaultSupport
import Foundation
import Postgres
import Synchronization
import TestSupport
import Testing
import WorkerCore

#if canImport(Glibc)
  import Glibc
#endif

@Suite(.timeLimit(.minutes(15))) struct `A link to a database that goes away` {
  @Test func `comes back for all who wait, and one of them who gives up disturbs nobody`() async throws {
    try await withProxy { proxy, connectionString in
      let mended = Mutex<[String]>([])
      let link = DatabaseLink(PostgresConfiguration(connectionString)) { news in
        if !news.isTrouble { mended.withLock { $0.append(news.description) } }
      }
      try await link.open()
      proxy.refuse()
      let calls = (0..<3).map { number in
        Task { try await link.call { try await $0.query("SELECT $1::int", number).scalar(as: Int.self) } }
      }
      try await proxy.connected(atLeast: 2)
      calls[0].cancel()
      await #expect(throws: CancellationError.self) { try await calls[0].value }
      proxy.admit()
      #expect(try await calls[1].value == 1)
      #expect(try await calls[2].value == 2)
      #expect(await link.generation == 2)
      let said = mended.withLock { $0 }
      #expect(said.count == 1 && said[0].hasPrefix("database: connected again after "), "\(said)")
      await link.close()
    }
  }

  @Test func `gives a silent connection up and repeats the call on a new one`() async throws {
    try await withProxy { proxy, connectionString in
      let link = DatabaseLink(
        PostgresConfiguration(connectionString, statementTimeout: .milliseconds(50))
      ) { _ in }
      try await link.open()
      proxy.fallSilent()
      #expect(try await link.call { try await $0.query("SELECT 5").scalar(as: Int.self) } == 5)
      #expect(await link.generation == 2)
      await link.close()
    }
  }
}

@Suite(.timeLimit(.minutes(15))) struct `A worker without its database` {
  private func worker(_ connectionString: String, log: URL, _ more: [String] = []) throws -> ProgramProcess {
    try ProgramProcess("worker", ["run", "--database", connectionString] + more, log: log)
  }

  private func withLog(_ body: (URL) async throws -> Void) async throws {
    let log = FileManager.default.temporaryDirectory.appendingPathComponent(
      "trabecula-\(UUID().uuidString).log")
    try await body(log)
    try FileManager.default.removeItem(at: log)
  }

  @Test func `at its start ends with exit code 69`() async throws {
    try await withLog { log in
      let process = try worker("host=127.0.0.1 port=1 user=nobody dbname=none", log: log)
      #expect(try await process.end() == .exited(69))
    }
  }

  @Test func `where it is told to stop ends with exit code 69`() async throws {
    try await withLog { log in
      try await withProxy { proxy, connectionString in
        _ = try await ProgramProcess.run(
          "coordinator", ["migrate", "--database", connectionString], log: log)
        let observer = try await PostgresConnection.connect(to: connectionString)
        let before = proxy.connections
        let process = try worker(connectionString, log: log, ["--grace", "0"])
        try await observer.wait(until: "EXISTS (SELECT FROM queue.worker)")
        proxy.refuse()
        // It has seen its database go when it asks for another connection.
        try await proxy.connected(atLeast: before + 2)
        process.signal(SIGTERM)
        #expect(try await process.end() == .exited(69))
      }
    }
  }

  @Test func `whose schema is missing ends with exit code 69`() async throws {
    try await withLog { log in
      try await withProxy { _, connectionString in
        let process = try worker(connectionString, log: log)
        #expect(try await process.end() == .exited(69))
      }
    }
  }
}
