/// A five-character SQLSTATE code (PostgreSQL documentation, appendix A).
package struct SQLState: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
  package let code: String

  package init(_ code: String) { self.code = code }
  package init(stringLiteral code: String) { self.code = code }

  package var description: String { code }

  private static let transient: Set<String> = [
    "25006", "40001", "40P01", "55P03", "57P01", "57P02", "57P03", "57P04", "57P05",
  ]

  /// The first two characters, which name the kind of condition.
  package var conditionClass: Substring { code.prefix(2) }

  package static let featureNotSupported: SQLState = "0A000"
  package static let foreignKeyViolation: SQLState = "23503"
  package static let uniqueViolation: SQLState = "23505"
  package static let checkViolation: SQLState = "23514"
  package static let exclusionViolation: SQLState = "23P01"
  package static let readOnlyTransaction: SQLState = "25006"
  package static let statementNameUnknown: SQLState = "26000"
  package static let serializationFailure: SQLState = "40001"
  package static let deadlockDetected: SQLState = "40P01"
  package static let syntaxError: SQLState = "42601"
  package static let insufficientPrivilege: SQLState = "42501"
  package static let undefinedFunction: SQLState = "42883"
  package static let undefinedTable: SQLState = "42P01"
  package static let invalidParameterValue: SQLState = "22023"
  package static let lockNotAvailable: SQLState = "55P03"
  package static let queryCanceled: SQLState = "57014"
  package static let adminShutdown: SQLState = "57P01"
  package static let cannotConnectNow: SQLState = "57P03"
  package static let databaseUnknown: SQLState = "3D000"

  /// The same call may well succeed later: lost or refused sessions, failed serialization, deadlock, a lock
  /// not given in time, a server short of connections, memory or disk, or one that turned read-only in a
  /// failover.
  package var isTransient: Bool {
    switch conditionClass {
    case "08": code != "08P01"  // a protocol violation, such as a wrong type in a binary COPY
    case "53": true
    default: SQLState.transient.contains(code)
    }
  }
}
