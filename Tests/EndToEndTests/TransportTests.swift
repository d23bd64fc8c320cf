import Foundation
import Postgres
import Testing

@Suite struct `Over the network` {
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
}
