/// Which database to talk to, and how.
///
/// The connection string is libpq's own: empty (everything from the environment: `PGHOST`, `PGSERVICE`,
/// `PGPASSFILE`, …), a database name, `key=value` pairs, or a `postgresql://` URL. What it and the
/// environment leave open gets defaults that suit a long-running client: keepalives, a limit on
/// unacknowledged data and on connecting, a server that accepts writes. A service file is taken as written.
/// Nothing is sent at session start that a transaction pooler refuses.
public struct PostgresConfiguration: Sendable {
  /// libpq's: empty, a database name, `key=value` pairs, or a URL.
  public var connectionString: String
  /// Shown in `pg_stat_activity`, unless the user named one.
  public var applicationName: String
  /// For each host; a `connect_timeout` in the connection string or environment wins.
  public var connectTimeout: Duration
  /// Deadline of a call that names none.
  public var statementTimeout: Duration
  /// Whether statements used again are prepared. Behind a pooler neither prepared statements nor LISTEN reach
  /// the session they were meant for; one is recognised at connecting, and then nothing is prepared in any case.
  public var preparesStatements: Bool
  /// Who connects, whatever connection string and environment say; nil leaves that to them.
  public var credentials: PostgresCredentials?
  /// Connect only to a server that accepts writes, so that after a failover the new primary is found.
  public var requiresWrites: Bool

  /// A configuration with defaults that suit a long-running client.
  public init(
    _ connectionString: String = "", applicationName: String = "trabecula",
    connectTimeout: Duration = .seconds(10), statementTimeout: Duration = .seconds(60),
    preparesStatements: Bool = true, requiresWrites: Bool = true
  ) {
    self.connectionString = connectionString
    self.applicationName = applicationName
    self.connectTimeout = connectTimeout
    self.statementTimeout = statementTimeout
    self.preparesStatements = preparesStatements
    self.requiresWrites = requiresWrites
  }
}

/// A login and its password, as somebody gave them.
public struct PostgresCredentials: Sendable {
  /// Name of the role that logs in.
  public let user: String
  /// Never shown.
  public let password: String

  /// - Returns: nil where either is empty, or has a zero byte: libpq would fill the gap from the program's own environment.
  public init?(user: String, password: String) {
    guard !user.isEmpty, !password.isEmpty, !user.utf8.contains(0), !password.utf8.contains(0) else {
      return nil
    }
    self.user = user
    self.password = password
  }
}

extension PostgresConfiguration: CustomStringConvertible {
  /// The target without secrets, for log lines: `user@host:port/database`, as far as it is known before
  /// connecting.
  public var description: String {
    guard let options = try? ConnectionOptions(self) else { return "a malformed connection string" }
    return options.target
  }
}
