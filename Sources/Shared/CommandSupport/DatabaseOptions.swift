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

  package init() {}

  package func configuration(for program: String) -> PostgresConfiguration {
    PostgresConfiguration(url, applicationName: "trabecula \(program)")
  }
}
