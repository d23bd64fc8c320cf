/// A statement with its parameters.
package struct PostgresStatement: Sendable {
  package let sql: String
  package let parameters: [PostgresValue]

  package init(_ sql: String, _ parameters: any PostgresEncodable...) {
    self.init(sql, parameters: parameters.map(\.postgresValue))
  }

  package init(_ sql: String, parameters: [PostgresValue]) {
    self.sql = sql
    self.parameters = parameters
  }
}

/// Isolation level of a transaction.
package enum PostgresIsolation: String, Sendable {
  case readCommitted = "READ COMMITTED"
  case repeatableRead = "REPEATABLE READ"
  case serializable = "SERIALIZABLE"
}

/// What another session said on a channel.
package struct PostgresNotification: Sendable, Equatable {
  package let channel: String
  package let payload: String
  /// Process id of the session that notified.
  package let backend: Int32
}
