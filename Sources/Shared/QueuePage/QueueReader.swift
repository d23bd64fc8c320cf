import Postgres

/// What the page reads, through the views that psql shows, as the login of its connection.
struct QueueReader: Sendable {
  let connection: PostgresConnection

  /// Whoever looks waits no longer for a table.
  static let longestRead = Duration.seconds(20)

  func rows(_ sql: String, _ parameters: any PostgresEncodable...) async throws(PostgresError) -> PostgresRows
  {
    try await connection.query(
      PostgresStatement(sql, parameters: parameters.map(\.postgresValue)), timeout: Self.longestRead)
  }

  /// An instant as it is shown.
  static func instant(_ column: String) -> String {
    "to_char(\(column) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') || ' UTC'"
  }
}
