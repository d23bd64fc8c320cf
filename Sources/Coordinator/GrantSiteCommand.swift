import ArgumentParser
import CommandSupport
import TaskQueue

/// `coordinator grant-site`: binds a login to sites.
struct GrantSiteCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "grant-site", abstract: "Let a login of a worker, operator or reader see and serve sites.",
    discussion: """
      A login sees and claims nothing else, whatever it asks for. Tasks of no site (bootstrap, aggregate) need the \
      features of every site, and go to logins that were granted --all. In SQL: \
      SELECT trabecula.grant_site('LOGIN', 'SITE', …);
      """)

  @OptionGroup var database: DatabaseOptions
  @Argument(help: "The role that logs in.") var login: String
  @Argument(help: "Names of sites.") var sites: [String] = []
  @Flag(help: "Every site, those to come too.") var all = false
  @Flag(help: "Take the sites away; workers that served them stop.") var revoke = false
  @Flag(help: "Print the result as JSON.") var json = false

  func validate() throws {
    guard sites.isEmpty == all else { throw ValidationError("Give SITE…, or --all.") }
  }

  func run() async throws {
    try await act(json, database) { queue in
      if revoke { return try await queue.revoke(sites: sites, from: login) }
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
