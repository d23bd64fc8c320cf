import ArgumentParser
import Postgres

/// How a program finds its database.
package struct DatabaseOptions: ParsableArguments, Sendable {
  @Option(
    name: .customLong("database"),
    help: ArgumentHelp(
      "Connection string or URL of PostgreSQL.",
      discussion: "Without it libpq's own settings count: PGHOST, PGDATABASE, PGSERVICE, PGPASSFILE, …"))
  package var url = ""

  @Option(
    name: .customLong("call-timeout"),
    help: ArgumentHelp(
      "Seconds that the database may take for one call before the connection is given up.",
      discussion:
        "A worker's claim that comes later still goes back after five times as long, or five minutes if that is more."
    ))
  package var callTimeout = 60.0

  package init() {}

  package func validate() throws {
    // A week; larger numbers do not fit a deadline.
    guard callTimeout > 0, callTimeout <= 604_800 else {
      throw ValidationError("--call-timeout must be positive, and at most 604800 seconds.")
    }
  }

  package func configuration(for program: String) -> PostgresConfiguration {
    PostgresConfiguration(
      url, applicationName: "trabecula \(program)", statementTimeout: .seconds(callTimeout))
  }
}
