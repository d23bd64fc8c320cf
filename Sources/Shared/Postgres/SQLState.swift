/// A five-character SQLSTATE code (PostgreSQL documentation, appendix A).
public struct SQLState: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
  /// As the server sends it: five digits and capitals.
  public let code: String

  /// - Parameter code: five characters; nothing checks them.
  public init(_ code: String) { self.code = code }
  /// `let state: SQLState = "40P01"`.
  public init(stringLiteral code: String) { self.code = code }

  /// The code.
  public var description: String { code }

  private static let transient: Set<String> = [
    "25006", "40001", "40P01", "55P03", "57014", "57P01", "57P02", "57P03", "57P04", "57P05",
  ]

  /// The first two characters, which name the kind of condition.
  public var conditionClass: Substring { code.prefix(2) }

  /// `feature_not_supported`.
  public static let featureNotSupported: SQLState = "0A000"
  /// `unique_violation`.
  public static let uniqueViolation: SQLState = "23505"
  /// `check_violation`.
  public static let checkViolation: SQLState = "23514"
  /// `read_only_sql_transaction`.
  public static let readOnlyTransaction: SQLState = "25006"
  /// `invalid_sql_statement_name`.
  public static let statementNameUnknown: SQLState = "26000"
  /// `serialization_failure`.
  public static let serializationFailure: SQLState = "40001"
  /// `deadlock_detected`.
  public static let deadlockDetected: SQLState = "40P01"
  /// `syntax_error`.
  public static let syntaxError: SQLState = "42601"
  /// `insufficient_privilege`.
  public static let insufficientPrivilege: SQLState = "42501"
  /// `undefined_function`.
  public static let undefinedFunction: SQLState = "42883"
  /// `invalid_parameter_value`.
  public static let invalidParameterValue: SQLState = "22023"
  /// `object_not_in_prerequisite_state`.
  public static let objectNotInPrerequisiteState: SQLState = "55000"
  /// `lock_not_available`.
  public static let lockNotAvailable: SQLState = "55P03"
  /// `query_canceled`.
  public static let queryCanceled: SQLState = "57014"
  /// `protocol_violation`.
  public static let protocolViolation: SQLState = "08P01"
  /// `invalid_catalog_name`.
  public static let databaseUnknown: SQLState = "3D000"
  /// `internal_error`.
  public static let internalError: SQLState = "XX000"

  /// The same call may well succeed later: lost or refused sessions, failed serialization, deadlock, a lock
  /// not given in time, a statement that an administrator or the server's `statement_timeout` cancelled, a server short of connections, memory or disk, or one that turned read-only in a
  /// failover.
  public var isTransient: Bool {
    switch conditionClass {
    case "08": self != .protocolViolation  // such as a wrong type in a binary COPY
    case "53": true
    default: SQLState.transient.contains(code)
    }
  }
}
