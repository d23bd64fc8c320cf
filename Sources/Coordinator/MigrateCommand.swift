import ArgumentParser
import CommandSupport
import DatabaseSchema
import Postgres
import SchemaMigration

/// `coordinator migrate`: brings the database to the schema of this version.
struct MigrateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "migrate", abstract: "Create or update the schemas 'queue' and 'trabecula' of the database.",
    discussion: """
      One transaction: programs that work meanwhile see the old state or the new one. Safe to run twice, and from two \
      machines at once. Gives a restored dump its owner, policies and rights back. A program that is older than the \
      database changes nothing, unless --older is given; tables never go back.
      """)

  @OptionGroup var database: DatabaseOptions
  @Flag(help: "Print the result as JSON.") var json = false
  @Flag(help: "Bring this program's functions, views and rights back where the database has newer ones.")
  var older = false

  private struct Result: Encodable {
    var stepsApplied: [String]
    var filesReplaced: [String]
    var filesWithdrawn: [String]
    var mended: Bool
    var forAdministrator: [DatabaseGap]
  }

  func run() async throws {
    let (changes, gaps) = try await withDatabase(database, checksVersion: false) {
      (try await migrate($0, bringsBackOlderCode: older), try await settle($0))
    }
    if json {
      return try StandardStreams.printJSON(
        Result(
          stepsApplied: changes.steps, filesReplaced: changes.files, filesWithdrawn: changes.withdrawn,
          mended: changes.mends, forAdministrator: gaps))
    }
    for line in changes.lines { try StandardStreams.print(line) }
    for gap in gaps {
      StandardStreams.note("An administrator should run: \(gap.command)  Without it \(gap.reason).")
    }
  }
}

/// Gives the database what it lacks of the files of `schema.sql`.
/// - Parameter bringsBackOlderCode: even where the database has had a newer program's code since.
func migrate(
  _ connection: PostgresConnection, bringsBackOlderCode: Bool = false
) async throws -> SchemaChanges {
  var migrator = try SchemaMigrator(DatabaseSchema.files)
  migrator.bringsBackOlderCode = bringsBackOlderCode
  return try await migrator.migrate(connection)
}

/// What every login may do in a database that it should not, or a limit that the database lacks.
struct DatabaseGap: Encodable {
  /// What an administrator runs against it.
  var command: String
  /// What is so until then.
  var reason: String
}

/// Closes what every login of the server could do in the database, as far as this login may.
/// - Returns: the rest.
func settle(_ connection: PostgresConnection) async throws -> [DatabaseGap] {
  try await connection.query("SELECT command, reason FROM queue.settle_database()").map { row in
    let (command, reason) = try row.decode(String.self, String.self)
    return DatabaseGap(command: command, reason: reason)
  }
}

extension SchemaChanges {
  /// For people.
  fileprivate var lines: [String] {
    if isEmpty { return ["The schema is up to date."] }
    var lines: [String] = []
    if !steps.isEmpty { lines.append("Applied \(steps.joined(separator: ", ")).") }
    if !files.isEmpty { lines.append("Replaced \(files.joined(separator: ", ")).") }
    if !withdrawn.isEmpty { lines.append("Dropped what \(withdrawn.joined(separator: ", ")) made.") }
    if mends {
      lines.append(
        "Mended owners, policies, rights and code, which were not as the last migration left them.")
    }
    return lines
  }
}
