/// A statement with its parameters.
public struct PostgresStatement: Sendable {
  /// One statement with `$1`, `$2` … in place of values.
  public let sql: String
  /// Values in the order of their numbers.
  public let parameters: [PostgresValue]

  /// A statement with Swift values, each sent with the type that belongs to it.
  public init(_ sql: String, _ parameters: any PostgresEncodable...) {
    self.init(sql, parameters: parameters.map(\.postgresValue))
  }

  /// A statement with values that are encoded already.
  public init(_ sql: String, parameters: [PostgresValue]) {
    self.sql = sql
    self.parameters = parameters
  }
}

/// Isolation level of a transaction.
public enum PostgresIsolation: String, Sendable {
  case readCommitted = "READ COMMITTED"
  case repeatableRead = "REPEATABLE READ"
  case serializable = "SERIALIZABLE"
}

/// What another session said on a channel.
public struct PostgresNotification: Sendable, Equatable {
  /// The name that LISTEN and NOTIFY share.
  public let channel: String
  /// The text beside it; empty where none was sent.
  public let payload: String
  /// Process id of the session that notified.
  public let backend: Int32
}
