import Dispatch

/// A connection to PostgreSQL, on a thread of its own.
///
/// Calls are served one after the other. A connection that was lost stays lost (`isClosed`): connect anew.
/// Cancelling the calling task asks the server to stop the statement; the session survives that.
public actor PostgresConnection {
  private let executor = ConnectionExecutor()
  private let wakeup: Wakeup
  private let configuration: PostgresConfiguration
  private var opened: PostgresSession?
  /// Who waits for a notification.
  var waiter: NotificationWaiter?

  /// The connection's own thread.
  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    unsafe executor.asUnownedSerialExecutor()
  }

  private init(_ configuration: PostgresConfiguration) throws(PostgresError) {
    self.configuration = configuration
    wakeup = try Wakeup()
  }

  /// Connects with libpq's environment and the given connection string, database name or URL.
  public static func connect(to connectionString: String) async throws(PostgresError) -> PostgresConnection {
    try await connect(to: PostgresConfiguration(connectionString))
  }

  /// Connects.
  /// - Throws: `PostgresError` of code `connectionFailed`, `cancelled`, or `usage` for a malformed connection string.
  public static func connect(
    to configuration: PostgresConfiguration = PostgresConfiguration()
  ) async throws(PostgresError) -> PostgresConnection {
    let connection = try PostgresConnection(configuration)
    try await connection.open()
    return connection
  }

  private func open() async throws(PostgresError) {
    let flag = CancellationFlag()
    let outcome = await withTaskCancellationHandler {
      openNow(under: flag)
    } onCancel: {
      flag.raise()
      wakeup.signal()
    }
    try outcome.get()
  }

  private func openNow(under flag: CancellationFlag) -> Result<Void, PostgresError> {
    Result { () throws(PostgresError) in
      opened = try PostgresSession(configuration, wakeup: wakeup, cancellation: flag)
    }
  }

  /// Present from the end of `connect` on, which is the only way to get a connection.
  var session: PostgresSession {
    guard let opened else { preconditionFailure("a connection is used before it is open") }
    return opened
  }

  nonisolated var queue: DispatchQueue { executor.queue }

  /// Where this connection leads, without secrets.
  public nonisolated var target: String { configuration.description }

  /// Whether the session has ended; it does not come back.
  public var isClosed: Bool { session.isClosed }

  /// Whether LISTEN and prepared statements reach the session they are meant for: not through a pooler.
  public var keepsState: Bool { session.keepsState }

  /// Whether the server asked for a password. Where it trusts the address, the account or a certificate instead, a password
  /// that was given says nothing of who gave it.
  public var usedPassword: Bool { session.raw.usedPassword }

  /// Ends the session; a transaction in progress is rolled back by the server.
  public func close() {
    session.close()
    deliverNotifications()
  }

  /// Serves one call on this thread; cancelling the caller's task interrupts its waits.
  private func serve<T, E: Error>(_ work: (PostgresSession) throws(E) -> T) async throws(E) -> T {
    let flag = CancellationFlag()
    let outcome = await withTaskCancellationHandler {
      serveNow(work, under: flag)
    } onCancel: {
      flag.raise()
      wakeup.signal()
    }
    return try outcome.get()
  }

  /// A method, because a closure that does not mention `self` would run on the shared pool.
  private func serveNow<T, E: Error>(
    _ work: (PostgresSession) throws(E) -> T, under flag: CancellationFlag
  ) -> Result<T, E> {
    session.cancellation = flag
    let outcome = Result { () throws(E) in try work(session) }
    session.cancellation = nil
    deliverNotifications()
    return outcome
  }
}

extension PostgresConnection {
  /// Runs one statement and returns its rows.
  /// - Parameters:
  ///   - sql: with `$1`, `$2` … in place of values.
  ///   - parameters: the values, in that order.
  ///   - timeout: deadline of this call; the configuration's `statementTimeout` where it is `nil`.
  @discardableResult
  public func query(
    _ sql: String, _ parameters: any PostgresEncodable..., timeout: Duration? = nil
  ) async throws(PostgresError) -> PostgresRows {
    try await query(PostgresStatement(sql, parameters: parameters.map(\.postgresValue)), timeout: timeout)
  }

  /// Runs one statement and returns its rows.
  /// - Parameters:
  ///   - statement: with its values.
  ///   - timeout: deadline of this call; the configuration's `statementTimeout` where it is `nil`.
  public func query(
    _ statement: PostgresStatement, timeout: Duration? = nil
  ) async throws(PostgresError) -> PostgresRows {
    try await serve { (session) throws(PostgresError) in try session.query(statement, timeout: timeout) }
  }

  /// Runs one statement.
  /// - Returns: how many rows it inserted, updated, deleted or returned.
  @discardableResult
  public func execute(
    _ sql: String, _ parameters: any PostgresEncodable..., timeout: Duration? = nil
  ) async throws(PostgresError) -> Int {
    try await query(PostgresStatement(sql, parameters: parameters.map(\.postgresValue)), timeout: timeout)
      .affected
  }

  /// Runs several statements without parameters, separated by semicolons, as one transaction.
  public func execute(script: String, timeout: Duration? = nil) async throws(PostgresError) {
    try await serve { (session) throws(PostgresError) in
      try session.execute(script: script, timeout: timeout)
    }
  }

  /// Runs `body` in a transaction, on this connection's thread and without a gap for other callers.
  ///
  /// See `PostgresSession.transaction`. `body` may block on the database, and must not on anything else.
  @discardableResult
  public func transaction<T: Sendable>(
    isolation: PostgresIsolation = .readCommitted, readOnly: Bool = false,
    _ body: @Sendable (PostgresSession) throws -> T
  ) async throws -> T {
    try await serve { session in
      try session.transaction(isolation: isolation, readOnly: readOnly, body)
    }
  }

  /// Runs `body` on this connection's thread, without a gap for other callers and without a transaction.
  @discardableResult
  public func perform<T: Sendable>(
    _ body: @Sendable (PostgresSession) throws -> T
  ) async throws -> T {
    try await serve { session in try body(session) }
  }

  /// All statements in one round trip and one transaction; see `PostgresSession.pipeline`.
  @discardableResult
  public func pipeline(
    _ statements: [PostgresStatement], timeout: Duration? = nil
  ) async throws(PostgresError) -> [PostgresRows] {
    try await serve { (session) throws(PostgresError) in try session.pipeline(statements, timeout: timeout) }
  }

  /// All statements in one round trip, each its own transaction; see `PostgresSession.pipelineEach`.
  public func pipelineEach(
    _ statements: [PostgresStatement], timeout: Duration? = nil
  ) async throws(PostgresError) -> [Result<PostgresRows, PostgresError>] {
    try await serve { (session) throws(PostgresError) in
      try session.pipelineEach(statements, timeout: timeout)
    }
  }

  /// Many rows by binary COPY; see `PostgresSession.copyIn`.
  @discardableResult
  public func copyIn(
    _ sql: String, rows: [[any PostgresEncodable]], timeout: Duration? = nil
  ) async throws(PostgresError) -> Int {
    try await serve { (session) throws(PostgresError) in
      try session.copyIn(sql, rows: rows, timeout: timeout)
    }
  }

  /// Makes sure that the server answers.
  public func ping(timeout: Duration = .seconds(5)) async throws(PostgresError) {
    try await query("SELECT 1", timeout: timeout)
  }
}
