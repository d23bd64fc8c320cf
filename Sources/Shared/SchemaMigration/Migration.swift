import CSchemaMigrationFiles
import Postgres

/// One migration, inside its transaction.
struct Migration {
  private let session: PostgresSession
  private let migrator: SchemaMigrator
  private let components: [String]

  /// One migration at a time, where there is something to lock already. A table, because an advisory lock can be taken by
  /// any login that knows its number, and one of this mode only by those who may write the table. Two that make the first
  /// tables at once meet at the names of the schemas; see `PostgresError.isLockTrouble`.
  private static let turn = """
    DO $$ BEGIN
      IF EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
          WHERE n.nspname = 'queue' AND c.relname = 'schema_step' AND has_table_privilege(c.oid, 'UPDATE')
            AND has_schema_privilege(n.oid, 'USAGE')) THEN
        LOCK TABLE queue.schema_step IN SHARE ROW EXCLUSIVE MODE;
      END IF;
    END $$
    """

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
    try session.execute(script: Self.turn, timeout: migrator.stepTimeout)
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
  static let ownership = unsafe String(cString: schema_migration_ownership())
  static let bookkeeping = unsafe String(cString: schema_migration_bookkeeping())
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
      error.hint =
        "a transaction holds what this file changes; see queue.session_overview, then migrate again"
    }
    return error
  }
}
