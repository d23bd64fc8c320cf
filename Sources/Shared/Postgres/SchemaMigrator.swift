/// Brings a database to the state of a schema file.
///
/// Each step is a transaction that also records it in `trabecula.schema_step`. All writers hold the same
/// advisory lock while they look and apply, so any number of processes may migrate at once; the later ones
/// find nothing to do.
package struct SchemaMigrator: Sendable {
  package let file: SchemaFile
  /// How long a step waits for a table that others use, before it gives up and leaves everything as it was.
  package var lockTimeout: Duration
  /// How long a step may run, waiting for other processes' steps included.
  package var stepTimeout: Duration

  package init(
    _ file: SchemaFile, lockTimeout: Duration = .seconds(15), stepTimeout: Duration = .seconds(3600)
  ) {
    self.file = file
    self.lockTimeout = lockTimeout
    self.stepTimeout = stepTimeout
  }

  /// The steps this database lacks, in order.
  /// - Throws: `.schema` where the database is newer than the file, or a step was changed after it was
  ///   applied.
  package func missingSteps(in connection: PostgresConnection) async throws -> [SchemaFile.Step] {
    try await connection.perform { session in
      guard try hasBookkeeping(session) else { return file.steps }
      return try missing(session)
    }
  }

  /// Applies what the database lacks. A step that fails leaves it as it was before that step.
  /// - Returns: the numbers of the steps applied by this call.
  package func migrate(_ connection: PostgresConnection) async throws -> [Int] {
    // Nothing to do is the usual case, and needs no lock.
    guard try await !missingSteps(in: connection).isEmpty else { return [] }
    return try await connection.perform { session in
      var applied: [Int] = []
      while let number = try applyNext(session) { applied.append(number) }
      return applied
    }
  }

  /// Key of the advisory lock: the bytes of "trabecul".
  private static let lockKey = Int64(0x7472_6162_6563_756C)

  /// - Returns: the number of the step applied; `nil` when none was missing.
  private func applyNext(_ session: PostgresSession) throws -> Int? {
    try session.transaction { session in
      try session.query("SELECT pg_advisory_xact_lock($1)", SchemaMigrator.lockKey, timeout: stepTimeout)
      try session.query(
        "SELECT set_config('lock_timeout', $1, true)", "\(lockTimeout.millisecondsRoundedUp)ms")
      if try !hasBookkeeping(session) { try session.execute(script: SchemaMigrator.bookkeeping) }
      guard let step = try missing(session).first else { return nil }
      do {
        try session.execute(script: step.sql, timeout: stepTimeout)
      } catch let error as PostgresError {
        throw error.inStep(step)
      }
      try session.execute(
        """
        INSERT INTO trabecula.schema_step (step, title, digest)
          VALUES ($1, $2, encode(sha256(convert_to($3, 'UTF8')), 'hex'))
        """, Int32(step.number), step.title, step.sql)
      return step.number
    }
  }

  private static let bookkeeping = """
    CREATE SCHEMA IF NOT EXISTS trabecula;
    CREATE TABLE trabecula.schema_step (
      step int PRIMARY KEY,
      title text NOT NULL,
      digest text NOT NULL,
      applied_at timestamptz NOT NULL DEFAULT now()
    );
    COMMENT ON TABLE trabecula.schema_step IS 'Steps of schema.sql that this database has.';
    COMMENT ON COLUMN trabecula.schema_step.digest IS 'SHA-256 of the step''s text when it was applied.';
    """

  private func hasBookkeeping(_ session: PostgresSession) throws(PostgresError) -> Bool {
    try session.query("SELECT to_regclass('trabecula.schema_step') IS NOT NULL").scalar()
  }

  /// Compares file and database.
  private func missing(_ session: PostgresSession) throws(PostgresError) -> [SchemaFile.Step] {
    let applied = try session.query(
      """
      SELECT a.step, a.title, a.digest = encode(sha256(convert_to(f.sql, 'UTF8')), 'hex')
        FROM trabecula.schema_step a
        LEFT JOIN unnest($1) WITH ORDINALITY AS f(sql, step) USING (step)
        ORDER BY a.step
      """, file.steps.map(\.sql))
    for row in applied {
      let (number, title, isSame) = try row.decode(Int.self, String.self, Bool?.self)
      guard let isSame else {
        throw PostgresError(
          .schema,
          "the database has step \(number) (\(title)), the schema file of this program ends at step "
            + "\(file.steps.count); update the program")
      }
      guard isSame else {
        throw PostgresError(
          .schema,
          "step \(number) (\(title)) of the schema file is not the one this database was made with; "
            + "restore that step, and put changes into a new one at the end")
      }
    }
    // Steps are applied in order, so what is there is a beginning of the list.
    return Array(file.steps.dropFirst(applied.count))
  }
}

extension PostgresError {
  /// Says in which step, and where the server tells it, on which line of the file.
  fileprivate func inStep(_ step: SchemaFile.Step) -> PostgresError {
    var error = self
    let line = position.map { position in
      let before = step.sql.unicodeScalars.prefix(position - 1)
      return ", line \(step.firstLine + before.count { $0 == "\n" }) of the schema file"
    }
    error.message = "step \(step.number) (\(step.title))\(line ?? ""): \(message)"
    error.statement = nil
    if sqlState == .lockNotAvailable {
      error.hint =
        "a transaction holds a table that this step changes; see pg_stat_activity, then migrate again"
    }
    return error
  }
}
