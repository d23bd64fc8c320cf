import Postgres

/// The logins of a study, with no more rights than those of a hospital network have: each worker's is in one role and was
/// granted its sites by a coordinator, so that every fault also tries what the roles allow.
enum StudyLogins {
  static let coordinator = "fault_coordinator"
  /// One for each place of a worker.
  static let workers = (1...Disturbance.workers).map(worker)

  static func worker(_ number: Int) -> String { "fault_worker_\(number)" }

  /// Arguments of the coordinator that bind the workers' logins to sites, which are known by then.
  static func commands(_ grants: SiteGrants) -> [[String]] {
    workers.enumerated().map { index, login in
      ["grant-site", login, grants.site(ofWorker: index + 1) ?? "--all"]
    }
  }

  /// Makes them, as a superuser and once a server; the schema must be there.
  static func make(_ connection: PostgresConnection) async throws {
    let duties = [(coordinator, "trabecula_coordinator")] + workers.map { ($0, "trabecula_worker") }
    for (login, role) in duties {
      try await connection.execute(
        script: """
          DO $$ BEGIN CREATE ROLE \(login) LOGIN IN ROLE \(role);
          EXCEPTION WHEN duplicate_object THEN NULL; END $$
          """)
    }
  }
}
