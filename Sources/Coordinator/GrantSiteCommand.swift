import ArgumentParser
import CommandSupport
import StudyStore
import TaskQueue

/// `coordinator grant-site`: binds a login to sites.
struct GrantSiteCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "grant-site", abstract: "Let a login of a worker, operator or reader see and serve sites.",
    discussion: """
      A login sees and claims nothing else, whatever it asks for. Tasks of no site (bootstrap, aggregate) need the \
      features of every site, and go to logins that were granted --all. In SQL: \
      SELECT trabecula.grant_site('LOGIN', 'SITE', …);

      With --discard-rows what the login wrote is no longer believed: its feature rows are deleted, cases that used them \
      have failed until `coordinator retry`, and reports that did are superseded. In SQL: \
      SELECT trabecula.discard_rows('LOGIN');
      """)

  @OptionGroup var database: StudyDatabaseOptions
  @Argument(help: "The role that logs in.") var login: String
  @Argument(help: "Names of sites.") var sites: [String] = []
  @Flag(help: "Every site, those to come too.") var all = false
  @Flag(help: "Take the sites away, all where none is named; workers that served them stop.") var revoke =
    false
  @Flag(help: "With --revoke: delete all feature rows that the login wrote.") var discardRows = false
  @Flag(help: "Print the result as JSON.") var json = false

  func validate() throws {
    guard sites.isEmpty == all || revoke && sites.isEmpty else {
      throw ValidationError("Give SITE…, or --all.")
    }
    if discardRows, !revoke {
      throw ValidationError("--discard-rows goes with --revoke: else the login may write them again.")
    }
  }

  func run() async throws {
    try await act(json, database) { queue in
      if revoke {
        let line = try await queue.revoke(sites: sites, from: login)
        return discardRows
          ? "\(line) \(try await StudyStore(queue.connection).discardRows(of: login))" : line
      }
      let line =
        all ? try await queue.grantAllSites(to: login) : try await queue.grant(sites: sites, to: login)
      if try await queue.mayTakeAllConnections(login) {
        StandardStreams.note(
          "Login \(login) may take all connections of the server. An administrator bounds it: "
            + "ALTER ROLE \(login) CONNECTION LIMIT 20;")
      }
      return line
    }
  }
}
