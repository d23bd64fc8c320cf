import CommandSupport
import Postgres
import TaskQueue

/// Opens the database of a command and closes it again; database errors end the program with exit code 69 or 65.
/// - Parameter checksVersion: whether program and database must understand each other.
func withDatabase<Value: Sendable>(
  _ options: DatabaseOptions, checksVersion: Bool = true, _ body: (PostgresConnection) async throws -> Value
) async throws -> Value {
  try await withDatabase(options.configuration(for: "coordinator"), checksVersion: checksVersion, body)
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
