extension PostgresSession {
  /// Runs one statement and returns its rows.
  /// - Parameters:
  ///   - sql: with `$1`, `$2` … in place of values.
  ///   - parameters: the values, in that order.
  ///   - timeout: deadline of this call; the configuration's `statementTimeout` where it is `nil`.
  @discardableResult
  public func query(
    _ sql: String, _ parameters: any PostgresEncodable..., timeout: Duration? = nil
  ) throws(PostgresError) -> PostgresRows {
    try query(PostgresStatement(sql, parameters: parameters.map(\.postgresValue)), timeout: timeout)
  }

  /// Runs one statement.
  /// - Returns: how many rows it inserted, updated, deleted or returned.
  @discardableResult
  public func execute(
    _ sql: String, _ parameters: any PostgresEncodable..., timeout: Duration? = nil
  ) throws(PostgresError) -> Int {
    try query(PostgresStatement(sql, parameters: parameters.map(\.postgresValue)), timeout: timeout).affected
  }

  /// Runs several statements without parameters, separated by semicolons; outside a transaction they are one.
  public func execute(script: String, timeout: Duration? = nil) throws(PostgresError) {
    var watch = try begin(script, timeout: timeout)
    try sent(raw.send(script: script), script)
    _ = try collect(script, &watch)
  }

  /// Runs one statement and returns its rows.
  /// - Parameters:
  ///   - statement: with its values.
  ///   - timeout: deadline of this call; the configuration's `statementTimeout` where it is `nil`.
  public func query(
    _ statement: PostgresStatement, timeout: Duration? = nil
  ) throws(PostgresError) -> PostgresRows {
    let parameters = try EncodedParameters(statement.parameters)
    var watch = try begin(statement.sql, timeout: timeout)
    let key = StatementCache.Key(sql: statement.sql, types: parameters.types)
    guard keepsState else {
      return try direct(statement.sql, parameters, &watch)
    }
    switch cache.plan(for: key) {
    case .direct:
      return try direct(statement.sql, parameters, &watch)
    case .prepare(let name):
      try prepare(name, key, &watch)
      return try prepared(name, key, parameters, &watch)
    case .prepared(let name):
      return try prepared(name, key, parameters, &watch)
    }
  }

  private func direct(
    _ sql: String, _ parameters: EncodedParameters, _ watch: inout CallWatch
  ) throws(PostgresError) -> PostgresRows {
    try sent(raw.send(sql, parameters), sql)
    return PostgresRows(try collect(sql, &watch), statement: sql)
  }

  private func prepare(
    _ name: String, _ key: StatementCache.Key, _ watch: inout CallWatch
  ) throws(PostgresError) {
    try sent(raw.sendPrepare(name, key.sql, types: key.types), key.sql)
    _ = try collect(key.sql, &watch)
    cache.didPrepare(key, as: name)
    guard let surplus = cache.evict() else { return }
    let deallocation = "DEALLOCATE \(surplus)"
    try sent(raw.send(script: deallocation), deallocation)
    _ = try collect(deallocation, &watch)
  }

  private func prepared(
    _ name: String, _ key: StatementCache.Key, _ parameters: EncodedParameters, _ watch: inout CallWatch
  ) throws(PostgresError) -> PostgresRows {
    try sent(raw.sendPrepared(name, parameters), key.sql)
    do {
      return PostgresRows(try collect(key.sql, &watch), statement: key.sql)
    } catch {
      guard error.mayBeOutdated else { throw error }
      cache.forget(key)
      guard raw.isIdle else { throw error.asOutdated }
      return try direct(key.sql, parameters, &watch)
    }
  }
}
