import FlyingSocks
import Foundation
import Postgres
import Subprocess
import TestSupport
import Testing

/// What programs tell those who watch them.
@Suite(.timeLimit(.minutes(15))) struct `A program that listens` {
  /// Asks a program at its socket.
  private func get(_ path: String, _ socketPath: String) async throws -> (status: Int, body: String) {
    // A busy machine may take longer to ask than a program waits for a request.
    for _ in 0..<20 {
      do { return try await ask(path, socketPath) } catch is SocketError { continue }
    }
    return try await ask(path, socketPath)
  }

  private func ask(_ path: String, _ socketPath: String) async throws -> (status: Int, body: String) {
    let socket = try await AsyncSocket.connected(to: .unix(path: socketPath), timeout: 600)
    try await socket.write(Data("GET \(path) HTTP/1.1\r\nHost: x\r\n\r\n".utf8))
    var bytes: [UInt8] = []
    do {
      while true { bytes += try await socket.read(atMost: 4096) }
    } catch SocketError.disconnected {
      try socket.close()
      if bytes.isEmpty { throw SocketError.disconnected }
    }
    let text = String(decoding: bytes, as: UTF8.self)
    let end = try #require(text.firstRange(of: "\r\n\r\n"))
    let status = try #require(Int(text.dropFirst("HTTP/1.1 ".count).prefix(3)))
    return (status, String(text[end.upperBound...]))
  }

  private func metrics(_ socketPath: String) async throws -> ExpositionChecker {
    let (status, text) = try await get("/metrics", socketPath)
    try #require(status == 200)
    let checked = ExpositionChecker(text)
    #expect(checked.faults == [])
    #expect(checked.types.count >= 15)
    try await check(text)
    return checked
  }

  /// Prometheus' own word, where it is installed; `make watch` always asks it.
  private func check(_ text: String) async throws {
    do {
      let outcome = try await Subprocess.run(
        .name("promtool"), arguments: ["check", "metrics"], input: .string(text),
        output: .string(limit: 1 << 20),
        error: .string(limit: 1 << 20))
      #expect(
        outcome.terminationStatus.isSuccess,
        Comment(rawValue: outcome.standardOutput + outcome.standardError))
    } catch let error as SubprocessError where error.code == .executableNotFound {
      print(
        "promtool is not installed (Debian package prometheus): the format was checked by this test alone")
    }
  }

  private func socketPath() -> String {
    FileManager.default.temporaryDirectory.appendingPathComponent("watch-\(UUID().uuidString.prefix(8)).sock")
      .path
  }

  @Test
  func `tells of the queue without naming a patient, and one that finds its address taken ends with 69`()
    async throws
  {
    try await OperatedStudy.with { study in
      let path = socketPath()
      let arguments = ["serve", "--listen", "unix:\(path)", "--database", study.database(as: .coordinator)]
      _ = try await RunningProgram.with("coordinator", arguments) { program in
        try #require(await program.lines.contain("leads in term 1"))
        let told = try await metrics(path)
        #expect(told.values[#"trabecula_database_up"#] == 1)
        #expect(told.values[#"trabecula_jobs{state="running"}"#] == 1)
        #expect(
          told.values[#"trabecula_tasks_remaining{kind="extract",stage="open"}"#]
            == Double(SmallStudy.subjects))
        #expect(told.values[#"trabecula_tasks_remaining{kind="aggregate",stage="blocked"}"#] == 1)
        #expect(told.values[#"trabecula_stuck{cause="no-worker"}"#].map { $0 > 0 } == true)
        #expect(told.types["trabecula_replication_lag_bytes"] == "gauge", "told without a standby too")
        let text = try await get("/metrics", path).body
        let codes = try await study.psql("SELECT code FROM trabecula.subject").split(separator: "\n")
        try #require(codes.count == SmallStudy.subjects)
        #expect(!codes.contains { text.contains($0) } && !text.contains(".nii"))
        #expect(try await get("/ready", path) == (200, "ready: leads in term 1\n"))
        #expect(try await get("/health", path) == (200, "alive\n"))
        let second = try await Programs.run("coordinator", arguments)
        #expect(second.status == 69)
        #expect(second.errors.contains("--listen unix:\(path): another program listens there"))
      }
      #expect(!FileManager.default.fileExists(atPath: path))
    }
  }

  @Test func `tells what a worker did and offers`() async throws {
    try await OperatedStudy.with { study in
      let path = socketPath()
      let arguments = [
        "run", "-j", "2", "--root", study.study.cohort.path, "--listen", "unix:\(path)", "--database",
        study.database(as: .everywhereWorker),
      ]
      _ = try await RunningProgram.with("worker", arguments) { program in
        try #require(await program.lines.contain("aggregate: ok"))
        let (status, ready) = try await get("/ready", path)
        #expect(status == 200)
        #expect(ready.hasPrefix("ready: worker 1\noffers "))
        #expect(try await get("/health", path) == (200, "alive\n"))
        let told = try await metrics(path)
        let subjects = Double(SmallStudy.subjects)
        #expect(told.values[#"trabecula_worker_attempts_total{kind="extract",verdict="ok"}"#] == subjects)
        #expect(told.values[#"trabecula_worker_task_seconds_count{kind="extract"}"#] == subjects)
        #expect(told.values[#"trabecula_worker_wait_seconds_count{kind="extract"}"#] == subjects)
        #expect(told.values[#"trabecula_worker_record_seconds_count{kind="aggregate"}"#] == 1)
        #expect(told.values["trabecula_worker_slots"] == 2)
        #expect(told.values["trabecula_worker_connected"] == 1)
        try await isRefused(arguments, at: path, study)
      }
    }
  }

  /// A second worker at the address of the first ends before the queue has heard of it, and the first goes on.
  private func isRefused(_ arguments: [String], at path: String, _ study: OperatedStudy) async throws {
    let second = try await Programs.run("worker", arguments)
    #expect(second.status == 69)
    #expect(second.errors.contains("--listen unix:\(path): another program listens there"))
    #expect(try await study.psql("SELECT count(*) FROM queue.worker_overview") == "1")
    #expect(try await get("/ready", path).0 == 200)
  }

  @Test(arguments: ["example.org:80", "127.0.0.1", "unix:"]) func `is told where to listen by an address`(
    address: String
  ) async throws {
    let result = try await Programs.run("worker", ["run", "--listen", address])
    #expect(result.status == 64)
    #expect(result.errors.contains("--listen"))
  }
}
