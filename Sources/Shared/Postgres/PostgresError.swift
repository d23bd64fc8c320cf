/// What went wrong between this program and its database.
///
/// Carries the text of the statement, never the values of its parameters, and no password.
public struct PostgresError: Error, Equatable, Sendable {
  /// What kind of thing went wrong.
  public enum Code: String, Sendable {
    /// No session could be opened.
    case connectionFailed
    /// The session ended. A statement sent outside a transaction may or may not have been carried out;
    /// inside a transaction nothing was.
    case connectionLost
    /// The deadline of the call passed, and the server was asked to stop.
    case timeout
    /// The Swift task that made the call was cancelled, and the server was asked to stop.
    case cancelled
    /// The server refused the statement; `sqlState` says why.
    case server
    /// A value that came back is not what the caller asked for.
    case decoding
    /// The answer to COMMIT was lost: look before repeating.
    case outcomeUnknown
    /// `schema.sql` and the database do not fit together.
    case schema
    /// The call itself cannot be carried out as written.
    case usage
  }

  /// What kind of thing went wrong.
  public let code: Code
  /// What was tried, what was found and, where it can be known, what to do.
  public var message: String
  /// The server's code, where the server spoke.
  public var sqlState: SQLState?
  /// The server's further words. May quote values of the row concerned, so `description` leaves it out.
  public var detail: String?
  /// What to do, in the server's words or ours.
  public var hint: String?
  /// Name of the violated constraint.
  public var constraint: String?
  /// Text of the statement, with `$1` in place of values.
  public var statement: String?
  /// Where in the statement, in characters from 1.
  public var position: Int?
  /// The connection is of no further use, whatever the code.
  public var closedConnection = false
  /// A prepared statement was made for functions or tables that have changed since, as beside a migration. It failed inside
  /// a transaction, which had to be given up; the next time it is prepared anew.
  public var isOutdated = false

  /// An error in one sentence.
  public init(_ code: Code, _ message: String, sqlState: SQLState? = nil, statement: String? = nil) {
    self.code = code
    self.message = message
    self.sqlState = sqlState
    self.statement = statement
  }

  /// Whether the same work, tried again after a pause (on a new connection where `needsReconnect`), may
  /// succeed.
  ///
  /// A failed connection without SQLSTATE is one that never reached the server, and counts as transient.
  public var isTransient: Bool {
    switch code {
    case .connectionLost, .timeout: true
    case .connectionFailed: sqlState?.isTransient ?? true
    case .server: isOutdated || isPoolersWord || sqlState?.isTransient ?? false
    case .cancelled, .decoding, .outcomeUnknown, .schema, .usage: false
    }
  }

  /// pgbouncer ends a client whose server has gone with this SQLSTATE ("server conn crashed?", query_wait_timeout). The server
  /// itself says it of a wrong message, which leaves the connection open.
  private var isPoolersWord: Bool { closedConnection && sqlState == .protocolViolation }

  /// Whether a prepared statement may have failed only because it was prepared before a migration: deallocated behind our
  /// back, another result ("cached plan must not change result type"), a function that was dropped and made anew.
  var mayBeOutdated: Bool {
    switch sqlState {
    case SQLState.statementNameUnknown, SQLState.featureNotSupported, SQLState.undefinedFunction: true
    case SQLState.internalError: message.hasPrefix("cache lookup failed")
    default: false
    }
  }

  var asOutdated: PostgresError {
    var error = self
    error.isOutdated = true
    return error
  }

  /// Whether this connection can serve no further call, or only ones that fail: after a failover it may be
  /// alive and read-only.
  public var needsReconnect: Bool {
    closedConnection || code == .connectionFailed || code == .connectionLost
      || sqlState == .readOnlyTransaction
  }
}

extension PostgresError: CustomStringConvertible {
  /// One line: message, SQLSTATE, constraint, hint and the beginning of the statement.
  public var description: String {
    var text = message
    if let sqlState { text += " (SQLSTATE \(sqlState)\(constraint.map { ", constraint \($0)" } ?? ""))" }
    if let hint { text += "; hint: \(hint)" }
    if let statement { text += "; in: \(PostgresError.abridged(statement))" }
    return text
  }

  private static let longestStatement = 160

  /// The statement on one line, cut where it gets long.
  static func abridged(_ statement: String) -> String {
    let line = statement.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return line.count <= longestStatement ? line : line.prefix(longestStatement) + " …"
  }
}
