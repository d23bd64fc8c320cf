import Foundation
import Logging
import Postgres
import StatusServer
import TaskQueue

/// Whether people may sign in at the address that is listened at.
enum Door: Equatable, Sendable {
  /// - Parameter asksForHost: whether a browser must have asked for this machine by a name that no name server gives.
  case open(asksForHost: Bool)
  case shut

  init(_ address: ListenAddress, isBehindTLS: Bool) {
    guard !isBehindTLS else {
      self = .open(asksForHost: false)
      return
    }
    guard address.isOfThisMachine else {
      self = .shut
      return
    }
    if case .internet = address { self = .open(asksForHost: true) } else { self = .open(asksForHost: false) }
  }

  static let whyShut =
    "Nobody can sign in here: the address is reached from other machines without TLS, and passwords would cross the network as "
    + "they are typed. Listen at 127.0.0.1 or a Unix socket, or put a reverse proxy with TLS before it and start "
    + "coordinator serve with --behind-tls-proxy."

  /// Whether a request came for this machine. A name of somebody else's that leads here would let their page talk to this one.
  func admits(host: String?) -> Bool {
    guard case .open(asksForHost: true) = self, let host else { return true }
    let name = host.hasPrefix("[") ? host.prefix { $0 != "]" } + "]" : host.prefix { $0 != ":" }
    return name == "localhost" || name == "[::1]"
      || name.hasPrefix("127.") && name.allSatisfy { $0.isNumber || $0 == "." }
  }
}

/// Why somebody cannot sign in.
struct SignInFailure: Error, Equatable {
  let status: Int
  let sentence: String
  /// Whether it was the password, or the login, that PostgreSQL refused.
  var isWrongPassword = false
}

/// A connection of somebody who gives login and password.
enum SignIn {
  /// Within the time that a stranger has.
  private static let longest = Duration.seconds(4)

  /// Connects as the login, and asks what it may do.
  /// - Throws: `SignInFailure`.
  static func session(
    login: String, password: String, _ configuration: PostgresConfiguration, _ logger: Logger
  ) async throws(SignInFailure) -> Session {
    guard login.utf8.count <= 63, password.utf8.count <= 1000,
      let credentials = PostgresCredentials(user: login, password: password)
    else { throw SignInFailure(status: 401, sentence: "Give a login of PostgreSQL and its password.") }
    var configuration = configuration
    configuration.credentials = credentials
    configuration.applicationName = "trabecula page"
    configuration.connectTimeout = .seconds(3)
    let connection: PostgresConnection
    do {
      connection = try await connected(to: configuration)
    } catch {
      throw failure(error)
    }
    do {
      return try await checked(login, connection, logger)
    } catch {
      await connection.close()
      if let known = error as? SignInFailure { throw known }
      throw failure(error)
    }
  }

  private static func checked(
    _ login: String, _ connection: PostgresConnection, _ logger: Logger
  ) async throws -> Session {
    // Whoever got in without being asked may be anybody.
    guard await connection.usedPassword else {
      throw SignInFailure(
        status: 403,
        sentence:
          "PostgreSQL let this login in without asking for its password (trust, peer or a certificate in pg_hba.conf), "
          + "so the page cannot know who you are. Let the server ask for scram-sha-256 where coordinator serve connects."
      )
    }
    try await TaskQueue(connection).requireMatchingVersion()
    let rights = try await LoginRights(of: connection)
    guard rights.seesQueue else {
      throw SignInFailure(
        status: 403,
        sentence:
          "Login \(login) may not look at the queue: it is in none of the roles trabecula_reader, trabecula_operator "
          + "and trabecula_coordinator. An administrator runs: GRANT trabecula_reader TO the login.")
    }
    return Session(login: login, rights: rights, connection: connection, logger: logger)
  }

  private static func connected(to configuration: PostgresConfiguration) async throws -> PostgresConnection {
    try await withThrowingTaskGroup(of: PostgresConnection?.self) { group in
      group.addTask { try await PostgresConnection.connect(to: configuration) }
      group.addTask {
        try await Task.sleep(for: longest)
        return nil
      }
      defer { group.cancelAll() }
      guard let connection = try await group.next() ?? nil else {
        throw PostgresError(.timeout, "no answer within \(longest)")
      }
      return connection
    }
  }

  private static func failure(_ error: any Error) -> SignInFailure {
    guard let error = error as? PostgresError else {
      return SignInFailure(status: 500, sentence: "Signing in failed; the log of coordinator serve says why.")
    }
    switch error.sqlState {
    // invalid_password, invalid_authorization_specification: whether the login exists is nobody's business.
    case "28P01", "28000":
      return SignInFailure(
        status: 401, sentence: "PostgreSQL knows no such login with this password.", isWrongPassword: true)
    case .insufficientPrivilege?:
      return SignInFailure(
        status: 403,
        sentence:
          "This login may not enter the database: it is in no role of trabecula. Ask its administrator.")
    case "53300":
      return SignInFailure(
        status: 503,
        sentence: "PostgreSQL has no session left for this login; sign out elsewhere, or try again.")
    default:
      return SignInFailure(
        status: 503,
        sentence:
          "The database cannot be reached or used now, and nobody can sign in. coordinator serve goes on trying; its log says "
          + "why. Try again in a minute.")
    }
  }
}
