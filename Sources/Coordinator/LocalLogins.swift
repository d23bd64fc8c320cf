import CommandSupport
import Postgres
import PrivateServer
import TaskQueue

/// The logins of a study on one machine: as in a hospital network, workers and coordinator may do no more than their
/// roles, although the private server trusts whoever reaches its socket.
struct LocalLogins: Sendable {
  let server: PrivatePostgres

  private static let coordinator = "local_coordinator"
  private static let worker = "local_worker"

  var coordinatorConfiguration: PostgresConfiguration {
    PostgresConfiguration(
      server.connectionString(user: Self.coordinator), applicationName: "trabecula coordinator")
  }

  var workerEnvironment: [String: String] { server.environment(user: Self.worker) }

  /// Brings the schema up to date and makes both logins, as the superuser.
  func prepare() async throws {
    try await withDatabase(PostgresConfiguration(server.connectionString()), checksVersion: false) {
      connection in
      _ = try await migrate(connection)
      _ = try await settle(connection)
      try await connection.execute(script: Self.logins)
      _ = try await TaskQueue(connection).grantAllSites(to: Self.worker)
    }
  }

  /// Two runs on one folder may do this at the same time.
  private static let logins = """
    DO $$
    BEGIN
      CREATE ROLE \(coordinator) LOGIN IN ROLE trabecula_coordinator;
      CREATE ROLE \(worker) LOGIN IN ROLE trabecula_worker;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
    END $$
    """
}
