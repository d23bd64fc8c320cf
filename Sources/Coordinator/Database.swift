import CommandSupport
import Postgres
import TaskQueue

/// Opens the database of a command and closes it again; database errors end the program with exit code 69 or 65.
/// - Parameters:
///   - checksVersion: whether program and database must understand each other.
///   - writes: false for commands that read alone: a standby serves them, and a login whose transactions are read-only.
func withDatabase<Value: Sendable>(
  _ options: DatabaseOptions, checksVersion: Bool = true, writes: Bool = true,
  _ body: (PostgresConnection) async throws -> Value
) async throws -> Value {
  var configuration = options.configuration(for: "coordinator")
  configuration.requiresWrites = writes
  return try await withDatabase(configuration, checksVersion: checksVersion, body)
}

/// The same for the database of a job, which may be that of `coordinator local`.
func withDatabase<Value: Sendable>(
  _ options: StudyDatabaseOptions, writes: Bool = true, _ body: (PostgresConnection) async throws -> Value
) async throws -> Value {
  try await options.withConfiguration { configuration in
    var configuration = configuration
    configuration.requiresWrites = writes
    return try await withDatabase(configuration, body)
  }
}

func withDatabase<Value: Sendable>(
  _ configuration: PostgresConfiguration, checksVersion: Bool = true,
  _ body: (PostgresConnection) async throws -> Value
) async throws -> Value {
  do {
    let connection = try await PostgresConnection.connect(to: configuration)
    let value: Value
    do {
      if checksVersion { try await TaskQueue(connection).requireMatchingVersion() }
      value = try await body(connection)
    } catch {
      await connection.close()
      throw error
    }
    await connection.close()
    return value
  } catch let error as PostgresError {
    throw CommandFailure(error)
  }
}
