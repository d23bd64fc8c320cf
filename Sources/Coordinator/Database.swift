import CommandSupport
import DatabaseSchema
import Postgres

/// Opens the database of a command and closes it again; database errors end the program with exit code 69 or 65.
func withDatabase<Value: Sendable>(
  _ options: DatabaseOptions, _ body: (PostgresConnection) async throws -> Value
) async throws -> Value {
  try await withDatabase(options.configuration(for: "coordinator"), body)
}

func withDatabase<Value: Sendable>(
  _ configuration: PostgresConfiguration, _ body: (PostgresConnection) async throws -> Value
) async throws -> Value {
  do {
    let connection = try await PostgresConnection.connect(to: configuration)
    let value: Value
    do {
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
