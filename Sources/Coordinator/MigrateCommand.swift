import ArgumentParser
import CommandSupport
import DatabaseSchema
import Postgres

/// `coordinator migrate`: brings the database to the schema of this version.
struct MigrateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "migrate", abstract: "Create or update the schema 'trabecula' of the database.",
    discussion: "Safe to run twice, and from two machines at once.")

  @OptionGroup var database: DatabaseOptions
  @Flag(help: "Print the result as JSON.") var json = false

  private struct Result: Encodable {
    var stepsApplied: [Int]
  }

  func run() async throws {
    let applied = try await withDatabase(database) { try await migrate($0) }
    if json { return try StandardStreams.printJSON(Result(stepsApplied: applied)) }
    StandardStreams.print(
      applied.isEmpty
        ? "The schema is up to date." : "Applied steps \(applied.map(String.init).joined(separator: ", ")).")
  }
}

/// Applies the steps of `schema.sql` that the database lacks.
func migrate(_ connection: PostgresConnection) async throws -> [Int] {
  try await SchemaMigrator(DatabaseSchema.file()).migrate(connection)
}
