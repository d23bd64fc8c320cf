import Postgres

/// One migration, inside its transaction.
struct Migration {
  private let session: PostgresSession
  private let migrator: SchemaMigrator
  private let components: [String]

  /// Key of the advisory lock: the bytes of "trabecul". `schema.sql` takes the same.
  private static let lockKey = Int64(0x7472_6162_6563_756C)

  init(_ session: PostgresSession, _ migrator: SchemaMigrator) {
    self.session = session
    self.migrator = migrator
    components = migrator.components
  }

  /// - Parameter mends: whether the catalogue was found altered already.
  /// - Returns: what was done.
  func run(mends: Bool) throws(PostgresError) -> SchemaChanges {
    try prepare()
    var changes = try migrator.changes(session)
    changes.mends = changes.mends || mends
    guard !changes.isEmpty else { return changes }
    try session.execute("CALL queue.schema_begin_code($1)", components)
    for file in migrator.files where file.purpose != .rights {
      switch file.purpose {
      case .step(let number):
        if changes.steps.contains(file.label) { try apply(file, step: number) }
      case .code: try replace(file)
      case .roles, .rights: break
      }
    }
    try session.execute("CALL queue.schema_end_code($1)", components)
    for file in migrator.files where file.purpose == .rights { try replace(file) }
    for file in migrator.files where file.purpose == .roles { try record(file) }
    try forget(changes.withdrawn)
    try session.execute("CALL queue.schema_record_catalogue($1)", components)
    return changes
  }

  /// Roles, schemas and their owner as the user who migrates; from then on as the owner.
  private func prepare() throws(PostgresError) {
    try session.query("SELECT pg_advisory_xact_lock($1)", Self.lockKey, timeout: migrator.stepTimeout)
    try session.query(
      "SELECT set_config('lock_timeout', $1, true), set_config('trabecula.components', $2, true)",
      "\(migrator.lockTimeout.millisecondsRoundedUp)ms", components.joined(separator: ","))
    // Each query runs once, and compiling it would take longer.
    try session.execute(script: "SET LOCAL search_path = pg_catalog, pg_temp; SET LOCAL jit = off")
    for file in migrator.files where file.purpose == .roles { try run(file) }
    try session.execute(script: MigratorFiles.ownership)
    try session.execute(script: "SET LOCAL ROLE trabecula_owner")
    try session.execute(script: MigratorFiles.bookkeeping)
  }

  private func apply(_ file: SchemaFile, step: Int) throws(PostgresError) {
    try run(file)
    try session.execute(
      "CALL queue.schema_record_step($1, $2, $3, $4)", file.component, Int32(step), file.title, file.digest)
  }

  private func replace(_ file: SchemaFile) throws(PostgresError) {
    let script = try CodeScript(file, components: components)
    do throws(PostgresError) {
      try session.execute(script: script.text, timeout: migrator.stepTimeout)
    } catch {
      throw error.placed(in: file, at: error.position.map(script.positionInFile))
    }
    try record(file)
  }

  private func record(_ file: SchemaFile) throws(PostgresError) {
    try session.execute(
      "CALL queue.schema_record_file($1, $2, $3)", file.component, file.name, file.digest)
  }

  private func forget(_ withdrawn: [String]) throws(PostgresError) {
    for label in withdrawn {
      try session.execute(
        "CALL queue.schema_withdraw_file(split_part($1, '/', 1), split_part($1, '/', 2))", label)
    }
  }

  private func run(_ file: SchemaFile) throws(PostgresError) {
    do throws(PostgresError) {
      try session.execute(script: file.sql, timeout: migrator.stepTimeout)
    } catch {
      throw error.placed(in: file, at: error.position)
    }
  }
}

/// The migrator's own SQL.
enum MigratorFiles {
  static let ownership = String(decoding: PackageResources.ownership_sql, as: UTF8.self)
  static let bookkeeping = String(decoding: PackageResources.bookkeeping_sql, as: UTF8.self)
}

extension PostgresError {
  /// Says in which file, and where the server tells it, on which line.
  /// - Parameter position: in characters of the file, from 1.
  fileprivate func placed(in file: SchemaFile, at position: Int?) -> PostgresError {
    var error = self
    let line = position.map { ", line \(1 + file.sql.unicodeScalars.prefix($0 - 1).count { $0 == "\n" })" }
    error.message = "\(file.label)\(line ?? ""): \(message)"
    error.statement = nil
    error.position = nil
    if sqlState == .lockNotAvailable {
      error.hint = "a transaction holds what this file changes; see pg_stat_activity, then migrate again"
    }
    return error
  }
}
