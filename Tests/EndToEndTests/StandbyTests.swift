import Foundation
import PoolerSupport
import Postgres
import PrivateServer
import TestSupport
import Testing

@discardableResult
private func run(_ program: String, _ arguments: [String], at target: String, status: Int32 = 0) async throws
  -> Programs.Result
{
  let result = try await Programs.run(program, arguments + ["--database", target])
  try #require(result.status == status, Comment(rawValue: "\(arguments): \(result.errors)"))
  return result
}

@Suite(.timeLimit(.minutes(15))) struct `A hot standby` {
  @Test func `tells how far a job is, and gives its tables and its report`() async throws {
    try await SmallStudy.withFiles { study in
      try await ReplicatedServer.with { servers in
        let primary = servers.primary.connectionString()
        try await run("coordinator", ["migrate"], at: primary)
        try await run("coordinator", ["submit", study.file.path], at: primary)
        try await run("worker", ["run", "--drain", "-j", "2", "--root", study.cohort.path], at: primary)
        for arguments in [
          ["status"], ["status", "1", "--watch"], ["status", "1", "--json"], ["export", "features", "1"],
          ["export", "failures", "1"], ["export", "metrics", "1"], ["export", "predictions", "1"],
        ] {
          let told = try await run("coordinator", arguments, at: servers.standby)
          let known = try await run("coordinator", arguments, at: primary)
          #expect(told.output == known.output)
        }
        for (target, name) in [(primary, "primary"), (servers.standby, "standby")] {
          try await run("coordinator", ["report", "1", "-o", study.report(name).path], at: target)
        }
        #expect(try study.reproducibleReport("standby") == study.reproducibleReport("primary"))
        // What writes says that it cannot.
        try await run("coordinator", ["pause", "1"], at: servers.standby, status: 69)
      }
    }
  }

  @Test func `answers no worker, of whose claim it may not know yet`() async throws {
    try await ReplicatedServer.with { servers in
      try await run("coordinator", ["migrate"], at: servers.primary.connectionString())
      // As a pooler may hand it out.
      let session = try await PostgresConnection.connect(to: servers.standby + " target_session_attrs=any")
      for call in [
        "trabecula.study_of(1, 1)", "queue.queue_is_idle(1)", "queue.claim_tasks(1, '{extract}', 1)",
      ] {
        let refusal = await #expect(throws: PostgresError.self) {
          try await session.execute(script: "SELECT FROM \(call)")
        }
        // So it is tried again over another connection.
        #expect(refusal?.sqlState == .readOnlyTransaction, "\(call)")
      }
      await session.close()
    }
  }
}

@Suite(
  .enabled(if: TransactionPooler.isInstalled, "pgbouncer is not installed: apt-get install pgbouncer"),
  .timeLimit(.minutes(15)))
struct `A study behind poolers` {
  private func submit(_ study: SmallStudy, _ servers: ReplicatedServer) async throws -> [String] {
    try await run("coordinator", ["migrate"], at: servers.primary.connectionString())
    try await run("coordinator", ["submit", study.file.path], at: servers.primary.connectionString())
    return ["run", "--drain", "-j", "2", "--root", study.cohort.path, "--database"]
  }

  /// Every task has ended, and nothing that happened to servers was charged to one.
  private func requireUndisturbed(_ target: String) async throws {
    let connection = try await PostgresConnection.connect(to: target)
    let (ended, failures) = try await connection.query(
      "SELECT count(*), coalesce(sum(failures + crashes), 0)::bigint FROM queue.task_history WHERE outcome = 'succeeded'"
    ).only().decode(Int64.self, Int64.self)
    let left = try await connection.query("SELECT count(*) FROM queue.live_task").scalar(as: Int64.self)
    #expect(ended > 40)
    #expect(failures == 0)
    #expect(left == 0)
    await connection.close()
  }

  @Test func `one beside each server, goes on when the standby takes over`() async throws {
    try await SmallStudy.withFiles { study in
      try await ReplicatedServer.with { servers in
        let arguments = try await submit(study, servers)
        let name = PrivatePostgres.name
        try await TransactionPooler.with(socket: servers.standbyFolder, database: name, sessions: 3) {
          second in
          try await TransactionPooler.with(socket: servers.primary.socketFolder, database: name, sessions: 3)
          { first in
            let both = TransactionPooler.Running.target([first.folder, second.folder], database: name)
            let refusal = await #expect(throws: PostgresError.self) {
              try await PostgresConnection.connect(to: second.target)
            }
            #expect(refusal?.message.contains("read-only") == true)
            // The first server holds the study in its midst until it dies.
            let gate = try await EndGate.hold(
              "extract", beyond: 3, at: servers.primary.connectionString())
            let ended = try await RunningProgram.with("worker", arguments + [both]) { worker in
              let admin = try await PostgresConnection.connect(to: servers.primary.connectionString())
              try await admin.wait(until: "(SELECT count(*) FROM queue.task_history) >= 3")
              await admin.close()
              try await servers.failOver()
              // As the page has it. Until then the second pooler answers as the standby that its server was.
              await #expect(throws: PostgresError.self) {
                try await PostgresConnection.connect(to: second.target)
              }
              try await second.perform("RECONNECT")
              try await first.perform("SHUTDOWN")
              #expect(
                await worker.lines.contain(" stopped"), Comment(rawValue: worker.lines.all.suffix(5).joined())
              )
            }
            #expect(ended.status == 0)
            await gate.open()
          }
          try await requireUndisturbed(second.target)
        }
      }
    }
  }
}
