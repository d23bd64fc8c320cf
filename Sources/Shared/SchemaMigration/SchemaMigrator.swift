import Postgres

/// Brings a database to the state that a list of files describes.
///
/// Tables change by numbered steps, each run once. Functions, views, triggers, comments and rights are code: when the text of
/// one file differs from what the database has, all of them run again, and what they made before and make no longer is
/// dropped, so that an old database ends up as a new one would. All of it is one transaction: programs that work meanwhile
/// see the old state or the new one. Any number of processes may migrate at once; the later ones find nothing to do.
///
/// A library that stands on the queue adds its own files after the queue's:
/// ```swift
/// let changes = try await SchemaMigrator(TaskQueueSchema.files + ownFiles).migrate(connection)
/// ```
public struct SchemaMigrator: Sendable {
  /// In the order in which an empty database runs them.
  public let files: [SchemaFile]
  /// How long one attempt waits for a table that others use. Who comes for that table meanwhile waits behind it.
  public var lockTimeout: Duration
  /// How often a lock that is not to be had is tried for.
  public var attempts: Int
  /// How long a step may run, waiting for other migrations included.
  public var stepTimeout: Duration
  /// Whether code that the database had before takes the place of newer code: a way back, for a release that turned out bad.
  public var bringsBackOlderCode = false

  /// - Parameters:
  ///   - files: in the order in which an empty database runs them.
  ///   - lockTimeout: how long one attempt waits for a lock.
  ///   - attempts: how often a lock is tried for.
  ///   - stepTimeout: how long a step may run.
  /// - Throws: `.schema` where a name comes twice or the steps of a component do not count from 1 without gaps.
  public init(
    _ files: [SchemaFile], lockTimeout: Duration = .seconds(2), attempts: Int = 10,
    stepTimeout: Duration = .seconds(3600)
  ) throws(PostgresError) {
    self.files = files
    self.lockTimeout = lockTimeout
    self.attempts = attempts
    self.stepTimeout = stepTimeout
    var seen: Set<String> = []
    var steps: [String: Int] = [:]
    for file in files {
      guard seen.insert(file.label).inserted else {
        throw PostgresError(.schema, "two files of the schema are called \(file.label)")
      }
      guard case .step(let number) = file.purpose else { continue }
      let expected = steps[file.component, default: 0] + 1
      guard number == expected else {
        throw PostgresError(.schema, "\(file.label): step \(expected) of \(file.component) is expected here")
      }
      steps[file.component] = number
    }
  }

  /// The schemas that the files are about, in order.
  var components: [String] {
    var seen: Set<String> = []
    return files.map(\.component).filter { seen.insert($0).inserted }
  }

  /// What the database lacks; changes nothing, and waits for nobody.
  /// - Throws: `.schema` where the database is newer than the files (it has a step that they lack, or replaced what they
  ///   say), or a step was edited after it ran.
  public func missing(in connection: PostgresConnection) async throws -> SchemaChanges {
    try await connection.perform { session in
      guard try isInstalled(session) else { return try everything }
      do {
        return try changes(session)
      } catch let error as PostgresError where error.sqlState == .insufficientPrivilege {
        return SchemaChanges(mends: true)
      }
    }
  }

  /// What the database lacks, whose bookkeeping is there.
  func changes(_ session: PostgresSession) throws(PostgresError) -> SchemaChanges {
    let record = try SchemaRecord(session, components: components)
    let changes = try record.changes(to: files)
    if !bringsBackOlderCode { try record.refuseOlder(files, changes) }
    return changes
  }

  private func isInstalled(_ session: PostgresSession) throws(PostgresError) -> Bool {
    try session.query(
      """
      SELECT count(*) = 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'queue' AND c.relname = 'schema_catalogue'
      """
    ).scalar()
  }

  /// What an empty database lacks.
  private var everything: SchemaChanges {
    get throws(PostgresError) { try SchemaRecord().changes(to: files) }
  }

  /// Gives the database what it lacks, or leaves it as it was.
  ///
  /// A lock that is not to be had beside running programs is tried for again, `attempts` times.
  /// - Returns: what was done; empty where there was nothing to do.
  /// - Throws: `.schema` as `missing(in:)`, and for a database whose encoding is not UTF-8; `.server` with the name of the file and the line where the server refuses it,
  ///   with SQLSTATE 42501 and what to do where this user may not.
  public func migrate(_ connection: PostgresConnection) async throws -> SchemaChanges {
    // Nothing to do is the usual case, and needs no lock.
    try await requireUTF8(connection)
    let missing = try await missing(in: connection)
    guard !missing.isEmpty else { return missing }
    for _ in 1..<attempts {
      do {
        return try await attempt(connection, mends: missing.mends)
      } catch let error as PostgresError where error.isLockTrouble {
        try await Task.sleep(for: lockTimeout * Double.random(in: 0..<0.5))
      }
    }
    return try await attempt(connection, mends: missing.mends)
  }

  private func requireUTF8(_ connection: PostgresConnection) async throws {
    let encoding = try await connection.query("SHOW server_encoding").scalar(as: String.self)
    guard encoding == "UTF8" else {
      throw PostgresError(
        .schema,
        "the database has the encoding \(encoding), and UTF8 is needed: createdb --encoding UTF8 --template template0 NAME"
      )
    }
  }

  private func attempt(_ connection: PostgresConnection, mends: Bool) async throws -> SchemaChanges {
    try await connection.transaction { session in
      try Migration(session, self).run(mends: mends)
    }
  }
}

extension PostgresError {
  /// Another transaction held what was needed, or made the same at the same time (a schema, a role, a right, which belong to
  /// the whole server); it may be free, or there, the next time.
  fileprivate var isLockTrouble: Bool {
    // XX000 is "tuple concurrently updated".
    let codes: [SQLState] = [.lockNotAvailable, .deadlockDetected, .uniqueViolation, "XX000"]
    return sqlState.map(codes.contains) ?? false
  }
}
