import Postgres

/// Logins of the test server, each in one role of the schema. What sites they serve is granted in each database.
package enum TestLogin: String, CaseIterable, Sendable {
  case northWorker = "test_north_worker"
  case southWorker = "test_south_worker"
  case everywhereWorker = "test_everywhere_worker"
  case unboundWorker = "test_unbound_worker"
  case coordinator = "test_coordinator"
  case operatorOfAll = "test_operator"
  case northOperator = "test_north_operator"
  case reader = "test_reader"
  case northReader = "test_north_reader"
  case stranger = "test_stranger"

  /// The role of the schema that the login is in; a stranger is in none.
  package var role: String? {
    switch self {
    case .northWorker, .southWorker, .everywhereWorker, .unboundWorker: "trabecula_worker"
    case .coordinator: "trabecula_coordinator"
    case .operatorOfAll, .northOperator: "trabecula_operator"
    case .reader, .northReader: "trabecula_reader"
    case .stranger: nil
    }
  }

  /// Makes all logins; call on a database that has the schema. Tests do so in parallel.
  package static func makeAll(_ connection: PostgresConnection) async throws {
    for login in allCases {
      let membership = login.role.map { " IN ROLE \($0)" } ?? ""
      try await connection.execute(
        script: """
          DO $$ BEGIN CREATE ROLE \(login.rawValue) LOGIN\(membership);
          EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$
          """)
    }
  }

  /// A session of this login. Real ones are needed, because functions ask for `session_user`.
  package func connect(to target: String) async throws(PostgresError) -> PostgresConnection {
    // libpq takes the last of two equal keywords.
    try await PostgresConnection.connect(to: target + " user='\(rawValue)'")
  }
}
