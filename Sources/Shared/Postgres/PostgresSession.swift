import CPostgres
import Dispatch
import Glibc

/// One session with the server, used from one thread at a time; its calls block.
///
/// `PostgresConnection` owns one, on a thread of its own, and hands it to the closures of `transaction` and
/// `perform`. Sending and receiving never block in libpq: every wait is a `poll` with a deadline, so that a
/// silent network costs a call at most its timeout and the grace of `CallWatch`, after which the session is
/// given up.
public final class PostgresSession {
  var raw: RawConnection
  let configuration: PostgresConfiguration
  /// Where this session leads, without secrets.
  public let target: String
  let wakeup: Wakeup
  var cache = StatementCache()
  /// Whether a pooler answers, so that the next statement may reach another session of the server.
  public private(set) var isPooled = false
  /// Of the call being served; `nil` while nothing may interrupt, as in COMMIT.
  var cancellation: CancellationFlag?
  /// Arrived, and not yet handed on.
  var notifications: [PostgresNotification] = []

  /// Connects; blocks until the server accepts or refuses, or the time is over.
  init(
    _ configuration: PostgresConfiguration, wakeup: Wakeup, cancellation: CancellationFlag? = nil
  ) throws(PostgresError) {
    let options = try ConnectionOptions(configuration)
    self.configuration = configuration
    self.target = options.target
    self.wakeup = wakeup
    self.cancellation = cancellation
    raw = try RawConnection(starting: options)
    do throws(PostgresError) {
      try connect()
    } catch {
      raw.finish()
      var redacted = error
      redacted.message = options.redacted(error.message)
      throw redacted
    }
    raw.settle()
    guard configuration.preparesStatements else { return }
    // A pooler in transaction mode takes prepared statements and LISTEN without complaint, and loses them.
    let backend: Int32 = try query("SELECT pg_backend_pid()").scalar()
    isPooled = backend != raw.backend
  }

  /// Whether anything may be left in the session for a later statement.
  var keepsState: Bool { configuration.preparesStatements && !isPooled }

  /// Whether the session has ended; it does not come back.
  public var isClosed: Bool { raw.isFinished }

  /// Ends the session; a transaction in progress is rolled back by the server.
  public func close() { raw.finish() }

  /// Drives libpq's own state machine, which tries each host and address in turn.
  private func connect() throws(PostgresError) {
    let hosts = raw.option("host")?.split(separator: ",").count ?? 1
    let chosen = raw.option("connect_timeout").flatMap(Int.init).flatMap { $0 > 0 ? $0 : nil }
    let limit = (chosen.map { .seconds($0) } ?? configuration.connectTimeout) * hosts
    let deadline = ContinuousClock.now + limit
    var waitsFor = PGRES_POLLING_WRITING
    while !raw.isBad {
      guard ContinuousClock.now < deadline else {
        throw .connecting(to: target, "no answer within \(limit)")
      }
      guard cancellation?.isRaised != true else {
        throw PostgresError(.cancelled, "cancelled while connecting to \(target)")
      }
      let events = waitsFor == PGRES_POLLING_WRITING ? POLLOUT : POLLIN
      let ready = wakeup.wait(on: raw.socket, for: events, upTo: deadline - .now)
      guard ready.readable || ready.writable else { continue }
      waitsFor = raw.pollConnect()
      if waitsFor == PGRES_POLLING_OK { return }
      if waitsFor == PGRES_POLLING_FAILED { break }
    }
    throw .connecting(to: target, raw.message)
  }
}

extension PostgresSession {
  /// Starts a call: the session must be open, the text fit for C, and nobody have cancelled.
  func begin(_ sql: String, timeout: Duration?) throws(PostgresError) -> CallWatch {
    guard !raw.isFinished else {
      var error = PostgresError(.connectionLost, "the connection to \(target) is closed", statement: sql)
      error.closedConnection = true
      throw error
    }
    guard !sql.utf8.contains(0) else { throw PostgresError(.usage, "the statement contains a zero byte") }
    guard cancellation?.isRaised != true else {
      throw PostgresError(.cancelled, "cancelled before it was sent", statement: sql)
    }
    return CallWatch(deadline: .now + (timeout ?? configuration.statementTimeout))
  }

  /// Checks what a sending call of libpq returned.
  func sent(_ success: Bool, _ sql: String) throws(PostgresError) {
    guard !success else { return }
    if raw.isBad { throw lost(sql) }
    throw PostgresError(.usage, "libpq refused to send: \(raw.message)", statement: sql)
  }

  /// The next result, or `nil` after the last one of a statement.
  func nextResult(_ sql: String, _ watch: inout CallWatch) throws(PostgresError) -> PostgresResult? {
    var isWhole = true
    while isWhole, raw.isBusy {
      let unsent = raw.flush() == 1
      let ready = try wait(for: unsent ? POLLIN | POLLOUT : POLLIN, sql, &watch)
      // A broken connection may have left the server's last words in the buffer: the result has them.
      if ready.readable { isWhole = raw.consumeInput() }
    }
    return raw.nextResult()
  }

  /// One wait for the socket; asks the server to stop when the time has come.
  func wait(
    for events: CInt, _ sql: String, _ watch: inout CallWatch
  ) throws(PostgresError) -> (readable: Bool, writable: Bool) {
    guard raw.socket >= 0 else { throw lost(sql) }
    switch watch.step(at: .now, isCancelled: cancellation?.isRaised == true) {
    case .wait(let limit):
      return wakeup.wait(on: raw.socket, for: events, upTo: limit)
    case .interrupt:
      guard interrupt() else { throw abandon(sql, watch) }
      return (false, false)
    case .abandon:
      throw abandon(sql, watch)
    }
  }

  /// Whether the socket holds bytes, or the end of them.
  var hasInput: Bool { wakeup.wait(on: raw.socket, for: POLLIN, upTo: .zero).readable }

  /// Reads to the end of a statement's results.
  /// - Returns: the last one.
  func collect(_ sql: String, _ watch: inout CallWatch) throws(PostgresError) -> PostgresResult {
    var last: PostgresResult?
    var failure: PostgresError?
    while let result = try nextResult(sql, &watch) {
      last = result
      try refuseCopy(result, sql)
      if failure == nil { failure = self.failure(of: result, sql, watch) }
    }
    gatherNotifications()
    if let failure { throw failure }
    guard let last else { throw lost(sql) }
    return last
  }

  /// The error in a result, told from this session's point of view; closes the session where it is lost.
  func failure(of result: PostgresResult, _ sql: String, _ watch: CallWatch) -> PostgresError? {
    guard var error = PostgresError(result, statement: sql) else { return nil }
    if error.closedConnection || raw.isBad {
      error.closedConnection = true
      if error.sqlState == nil { error = .lost(target, error.message, statement: sql) }
      raw.finish()
    }
    guard error.sqlState == .queryCanceled, let interruption = watch.interruption else { return error }
    var stopped = PostgresError.interrupted(interruption, "the server stopped", statement: sql)
    stopped.sqlState = .queryCanceled
    return stopped
  }

  /// COPY has calls of its own; here it would wait for ever.
  private func refuseCopy(_ result: PostgresResult, _ sql: String) throws(PostgresError) {
    let copying = [PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH]
    guard copying.contains(result.status) else { return }
    raw.finish()
    var error = PostgresError(
      .usage, "COPY … FROM STDIN goes through copyIn; COPY TO STDOUT is not supported", statement: sql)
    error.closedConnection = true
    throw error
  }

  func gatherNotifications() {
    while !raw.isFinished, let notification = raw.nextNotification() { notifications.append(notification) }
  }

  func lost(_ sql: String?) -> PostgresError {
    let error = PostgresError.lost(target, raw.isFinished ? "" : raw.message, statement: sql)
    raw.finish()
    return error
  }

  private func abandon(_ sql: String, _ watch: CallWatch) -> PostgresError {
    raw.finish()
    var error = PostgresError.interrupted(
      watch.interruption ?? .deadline, "the server did not answer, so the connection was given up",
      statement: sql)
    error.closedConnection = true
    return error
  }

  /// Asks the server to stop what it does for this session, and waits until it has taken the request, so that
  /// none arrives late and stops the next statement.
  private func interrupt() -> Bool {
    guard let handle = raw.cancelHandle() else { return false }
    let taken = DispatchSemaphore(value: 0)
    DispatchQueue(label: "trabecula.postgres.cancel").async {
      handle.send()
      taken.signal()
    }
    return taken.wait(timeout: .now() + .milliseconds(Int(CallWatch.grace.millisecondsRoundedUp))) == .success
  }
}

extension PostgresError {
  static func interrupted(
    _ interruption: CallWatch.Interruption, _ ending: String, statement: String?
  ) -> PostgresError {
    switch interruption {
    case .deadline:
      PostgresError(.timeout, "the deadline of the call passed; \(ending)", statement: statement)
    case .cancellation: PostgresError(.cancelled, "the call was cancelled; \(ending)", statement: statement)
    }
  }
}
