import Foundation
import Postgres
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct `Over the network` {
  @Test func `programs trust a certificate of the right authority and name, and refuse any other`()
    async throws
  {
    try await EncryptedServer.with { server in
      let good = server.target(authority: server.authority)
      let migrated = try await Programs.run("coordinator", ["migrate", "--database", good])
      #expect(migrated.status == 0, Comment(rawValue: migrated.errors))
      let connection = try await PostgresConnection.connect(to: good)
      let version = try await connection.query(
        "SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
      ).scalar(as: String.self)
      #expect(version == "TLSv1.3")
      await connection.close()

      let refused = [
        (server.target(authority: server.otherAuthority), "certificate verify failed"),
        (server.target(host: "elsewhere.example", authority: server.authority), "does not match host name"),
        (
          server.target(authority: server.folder.appendingPathComponent("absent.crt")),
          "root certificate file"
        ),
      ]
      for (target, reason) in refused {
        for (program, arguments) in [("coordinator", ["status"]), ("worker", ["run"])] {
          let result = try await Programs.run(program, arguments + ["--database", target])
          #expect(result.status == 69)
          #expect(result.errors.contains(reason), Comment(rawValue: result.errors))
        }
      }
    }
  }

  @Test func `a certificate that expires under a study keeps a worker waiting, and loses nothing`()
    async throws
  {
    try await EncryptedServer.with { server in
      try await SmallStudy.withFiles { study in
        let database = server.target(authority: server.authority)
        @Sendable func coordinator(_ arguments: [String]) async throws -> Programs.Result {
          try await Programs.run("coordinator", arguments + ["--database", database])
        }
        #expect(try await coordinator(["migrate"]).status == 0)
        let submitted = try await coordinator(["submit", study.file.path])
        #expect(submitted.status == 0, Comment(rawValue: submitted.errors))
        let owner = try await PostgresConnection.connect(to: server.ownerTarget)
        // The first completion waits for this, with the task in hand. A transaction of its own: it sees sessions as they were.
        let lock = try await PostgresConnection.connect(to: server.ownerTarget)
        try await lock.execute(script: "BEGIN; LOCK TABLE trabecula.feature_row IN EXCLUSIVE MODE")
        let worker = try await RunningProgram.with(
          "worker",
          [
            "run", "--drain", "-j", "2", "--lease", "3600", "--root", study.cohort.path, "--database",
            database,
          ]
        ) { worker in
          let itsSessions = "FROM pg_stat_activity WHERE application_name LIKE 'trabecula worker%'"
          try await owner.wait(until: "EXISTS (SELECT \(itsSessions) AND wait_event_type = 'Lock')")
          try await server.renewCertificate(days: -1)
          try await owner.execute("SELECT pg_terminate_backend(pid) \(itsSessions)")
          await lock.close()
          #expect(await worker.lines.contain("certificate verify failed"))
          let refused = try await coordinator(["status"])
          #expect(refused.status == 69 && refused.errors.contains("certificate verify failed"))
          try await server.renewCertificate(days: 2)
          #expect(await worker.lines.contain("connected again"))
          try await owner.wait(until: "EXISTS (SELECT FROM queue.job WHERE state = 'succeeded')")
        }
        #expect(worker.status == 0, Comment(rawValue: worker.errors.joined(separator: "\n")))
        let rows = try await owner.query("SELECT count(*) FROM trabecula.feature_row").scalar(as: Int.self)
        #expect(rows == SmallStudy.subjects)
        let attempts = try await owner.query(
          "SELECT count(*) FROM queue.task_history WHERE failures + crashes > 0"
        ).scalar(as: Int.self)
        #expect(attempts == 0)
        await owner.close()
      }
    }
  }
}
