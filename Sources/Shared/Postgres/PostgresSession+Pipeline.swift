import CPostgres

extension PostgresSession {
  /// Sends all statements at once and reads all answers: one round trip, one transaction, all or nothing.
  ///
  /// Inside `transaction` they join it.
  /// - Throws: the error of the first statement that fails, with its text.
  @discardableResult
  public func pipeline(
    _ statements: [PostgresStatement], timeout: Duration? = nil
  ) throws(PostgresError) -> [PostgresRows] {
    do throws(PostgresError) {
      return try pipelineOnce(statements, timeout: timeout)
    } catch {
      // One transaction failed as a whole, so it may be tried again as a whole.
      guard error.isOutdated, raw.isIdle else { throw error }
      for statement in statements { cache.forgetAll(sql: statement.sql) }
      return try pipelineOnce(statements, timeout: timeout)
    }
  }

  private func pipelineOnce(
    _ statements: [PostgresStatement], timeout: Duration?
  ) throws(PostgresError) -> [PostgresRows] {
    let outcomes = try runPipeline(statements, syncEach: false, timeout: timeout)
    var rows: [PostgresRows] = []
    for outcome in outcomes { rows.append(try outcome.get()) }
    return rows
  }

  /// Sends all statements at once, each a transaction of its own, and tells how each fared.
  /// - Throws: where the connection is lost; how the statements without an answer fared is then unknown.
  public func pipelineEach(
    _ statements: [PostgresStatement], timeout: Duration? = nil
  ) throws(PostgresError) -> [Result<PostgresRows, PostgresError>] {
    try runPipeline(statements, syncEach: true, timeout: timeout)
  }

  private func runPipeline(
    _ statements: [PostgresStatement], syncEach: Bool, timeout: Duration?
  ) throws(PostgresError) -> [Result<PostgresRows, PostgresError>] {
    guard let first = statements.first else { return [] }
    var encoded: [EncodedParameters] = []
    for statement in statements { encoded.append(try EncodedParameters(statement.parameters)) }
    var watch = try begin(first.sql, timeout: timeout)
    for statement in statements where statement.sql.utf8.contains(0) {
      throw PostgresError(.usage, "the statement contains a zero byte")
    }
    try sent(raw.enterPipeline(), first.sql)
    var plans: [StatementCache.Plan] = []
    for (statement, parameters) in zip(statements, encoded) {
      plans.append(try send(statement.sql, parameters))
      if syncEach { try sent(raw.sendSync(), statement.sql) }
    }
    if !syncEach { try sent(raw.sendSync(), first.sql) }

    var outcomes: [Result<PostgresRows, PostgresError>] = []
    for index in statements.indices {
      let sql = statements[index].sql
      let outcome = try receive(statements[index], encoded[index], plans[index], &watch)
      outcomes.append(outcome)
      if syncEach { try receiveSync(sql, &watch) }
    }
    if !syncEach { try receiveSync(first.sql, &watch) }
    try sent(raw.exitPipeline(), first.sql)
    gatherNotifications()
    return outcomes
  }

  private func send(
    _ sql: String, _ parameters: EncodedParameters
  ) throws(PostgresError) -> StatementCache.Plan {
    guard keepsState else {
      try sent(raw.send(sql, parameters), sql)
      return .direct
    }
    let key = StatementCache.Key(sql: sql, types: parameters.types)
    let plan = cache.plan(for: key)
    switch plan {
    case .direct:
      try sent(raw.send(sql, parameters), sql)
    case .prepare(let name):
      try sent(raw.sendPrepare(name, sql, types: parameters.types), sql)
      try sent(raw.sendPrepared(name, parameters), sql)
      // Counted as prepared at once, because the next statement of this pipeline may be the same.
      cache.didPrepare(key, as: name)
    case .prepared(let name):
      try sent(raw.sendPrepared(name, parameters), sql)
    }
    return plan
  }

  /// The outcome of one statement, and of its preparation where that was sent along.
  private func receive(
    _ statement: PostgresStatement, _ parameters: EncodedParameters, _ plan: StatementCache.Plan,
    _ watch: inout CallWatch
  ) throws(PostgresError) -> Result<PostgresRows, PostgresError> {
    let sql = statement.sql
    var failure: PostgresError?
    if case .prepare = plan { failure = try receiveOne(sql, &watch).error }
    let (result, error) = try receiveOne(sql, &watch)
    if let error = failure ?? error {
      if plan != .direct { cache.forget(.init(sql: sql, types: parameters.types)) }
      if case .prepared = plan, error.mayBeOutdated { return .failure(error.asOutdated) }
      return .failure(error)
    }
    return .success(PostgresRows(result, statement: sql))
  }

  private func receiveOne(
    _ sql: String, _ watch: inout CallWatch
  ) throws(PostgresError) -> (result: PostgresResult, error: PostgresError?) {
    guard let result = try nextResult(sql, &watch) else { throw lost(sql) }
    let error = failure(of: result, sql, watch)
    if let error, error.closedConnection { throw error }
    if result.status == PGRES_COPY_IN || result.status == PGRES_COPY_OUT { throw lost(sql) }
    // Each statement's results end with none.
    while try nextResult(sql, &watch) != nil {}
    return (result, error)
  }

  private func receiveSync(_ sql: String, _ watch: inout CallWatch) throws(PostgresError) {
    guard let result = try nextResult(sql, &watch), result.status == PGRES_PIPELINE_SYNC else {
      throw lost(sql)
    }
  }
}
