extension PostgresSession {
  /// Runs `body` in a transaction: committed when it returns, rolled back when it throws.
  ///
  /// Transactions do not nest.
  /// - Throws: what `body` throws; `.outcomeUnknown` where the answer to COMMIT is lost; `.server` where
  ///   COMMIT is refused, or where a statement failed although `body` returned, so that there was nothing to
  ///   commit.
  @discardableResult
  public func transaction<T>(
    isolation: PostgresIsolation = .readCommitted, readOnly: Bool = false,
    _ body: (PostgresSession) throws -> T
  ) throws -> T {
    guard raw.isFinished || raw.isIdle else {
      throw PostgresError(.usage, "a transaction is open already, and transactions do not nest")
    }
    try execute("BEGIN ISOLATION LEVEL \(isolation.rawValue) \(readOnly ? "READ ONLY" : "READ WRITE")")
    let value: T
    do {
      value = try body(self)
    } catch {
      rollback()
      throw error
    }
    try commit()
    return value
  }

  private func commit() throws(PostgresError) {
    let commit = "COMMIT"
    var watch: CallWatch
    do throws(PostgresError) {
      watch = try begin(commit, timeout: nil)
    } catch {
      rollback()
      throw error
    }
    // From here on an interruption could only hide the outcome.
    let cancellation = self.cancellation
    self.cancellation = nil
    defer { self.cancellation = cancellation }
    let result: PostgresResult
    do throws(PostgresError) {
      try sent(raw.send(script: commit), commit)
      result = try collect(commit, &watch)
    } catch {
      throw error.closedConnection ? error.withUnknownOutcome : error
    }
    guard result.commandTag == commit else {
      throw PostgresError(
        .server, "rolled back: a statement in the transaction failed and its error was not passed on")
    }
  }

  /// Undoes an open transaction. A session that cannot even do that is closed, which undoes it too.
  private func rollback() {
    guard !raw.isFinished else { return }
    let cancellation = self.cancellation
    self.cancellation = nil
    defer { self.cancellation = cancellation }
    do throws(PostgresError) {
      try execute(script: "ROLLBACK")
    } catch {
      close()
    }
  }
}

extension PostgresError {
  fileprivate var withUnknownOutcome: PostgresError {
    var error = PostgresError(
      .outcomeUnknown, "the answer to COMMIT was lost, so it may or may not have happened: \(message)",
      sqlState: sqlState, statement: statement)
    error.closedConnection = true
    return error
  }
}
