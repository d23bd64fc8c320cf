import CPostgres

/// The one owner of a `PGconn`. Every call into libpq on a connection goes through here; none of them blocks.
@safe struct RawConnection: ~Copyable {
  private var handle: OpaquePointer?

  /// Begins to connect; `pollConnect` goes on from there.
  init(starting options: ConnectionOptions) throws(PostgresError) {
    let keywords = CStringList(options.parameters.map(\.keyword))
    let values = CStringList(options.parameters.map(\.value))
    unsafe handle = keywords.withPointers { keywords in
      unsafe values.withPointers { values in unsafe PQconnectStartParams(keywords, values, 1) }
    }
    guard unsafe handle != nil else { throw PostgresError(.connectionFailed, "libpq is out of memory") }
    unsafe PQsetNoticeProcessor(handle, { _, _ in }, nil)
    // Verbose, so that a refusal carries its SQLSTATE.
    unsafe PQsetErrorVerbosity(handle, PQERRORS_VERBOSE)
  }

  deinit { unsafe PQfinish(handle) }

  /// Says goodbye where the server still listens, and frees everything.
  mutating func finish() {
    unsafe PQfinish(handle)
    unsafe handle = nil
  }

  var isFinished: Bool { unsafe handle == nil }
  var isBad: Bool { unsafe PQstatus(handle) == CONNECTION_BAD }
  var socket: CInt { unsafe PQsocket(handle) }
  var isIdle: Bool { unsafe PQtransactionStatus(handle) == PQTRANS_IDLE }
  /// Whether the server asked for a password, and took the one it got.
  var usedPassword: Bool { unsafe PQconnectionUsedPassword(handle) == 1 }
  /// Process of the server that serves this connection; through a pooler a number of the pooler's own.
  var backend: Int32 { unsafe PQbackendPID(handle) }
  var message: String { unsafe String(cString: PQerrorMessage(handle)) }

  /// The option libpq settled on, whether it came from string, service, environment or its own defaults.
  func option(_ keyword: String) -> String? {
    guard let list = unsafe PQconninfo(handle) else { return nil }
    defer { unsafe PQconninfoFree(list) }
    var entry = unsafe list
    while let name = unsafe entry.pointee.keyword {
      if unsafe String(cString: name) == keyword {
        return unsafe entry.pointee.val.map { unsafe String(cString: $0) }
      }
      unsafe entry += 1
    }
    return nil
  }

  func pollConnect() -> PostgresPollingStatusType { unsafe PQconnectPoll(handle) }

  /// Settings for the life of the session, once connected.
  func settle() {
    unsafe PQsetErrorVerbosity(handle, PQERRORS_DEFAULT)
    unsafe PQsetnonblocking(handle, 1)
  }

  func cancelHandle() -> CancelHandle? { unsafe CancelHandle(PQgetCancel(handle)) }
}

extension RawConnection {
  func send(script: String) -> Bool { unsafe PQsendQuery(handle, script) == 1 }

  func send(_ sql: String, _ parameters: EncodedParameters) -> Bool {
    unsafe parameters.withPointers { types, values, lengths, formats in
      unsafe PQsendQueryParams(handle, sql, CInt(parameters.count), types, values, lengths, formats, 1) == 1
    }
  }

  func sendPrepared(_ name: String, _ parameters: EncodedParameters) -> Bool {
    unsafe parameters.withPointers { _, values, lengths, formats in
      unsafe PQsendQueryPrepared(handle, name, CInt(parameters.count), values, lengths, formats, 1) == 1
    }
  }

  func sendPrepare(_ name: String, _ sql: String, types: [Oid]) -> Bool {
    unsafe types.withUnsafeBufferPointer { types in
      unsafe PQsendPrepare(handle, name, sql, CInt(types.count), types.baseAddress) == 1
    }
  }

  /// 0 when everything is sent, 1 when the socket took no more, -1 on failure.
  func flush() -> CInt { unsafe PQflush(handle) }

  /// Takes what the socket holds; false when the connection broke.
  func consumeInput() -> Bool { unsafe PQconsumeInput(handle) == 1 }

  /// Whether `nextResult` would block.
  var isBusy: Bool { unsafe PQisBusy(handle) == 1 }

  func nextResult() -> PostgresResult? {
    guard let result = unsafe PQgetResult(handle) else { return nil }
    return unsafe PostgresResult(result)
  }

  func enterPipeline() -> Bool { unsafe PQenterPipelineMode(handle) == 1 }
  func exitPipeline() -> Bool { unsafe PQexitPipelineMode(handle) == 1 }
  func sendSync() -> Bool { unsafe PQpipelineSync(handle) == 1 }

  /// 1 when taken, 0 when the socket took no more, -1 on failure.
  func putCopy(_ bytes: [UInt8]) -> CInt {
    unsafe bytes.withUnsafeBytes { bytes in
      unsafe PQputCopyData(handle, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), CInt(bytes.count))
    }
  }

  /// Ends COPY; a reason makes the server discard it. Returns as `putCopy`.
  func endCopy(because reason: String? = nil) -> CInt {
    guard let reason else { return unsafe PQputCopyEnd(handle, nil) }
    return unsafe PQputCopyEnd(handle, reason)
  }

  func nextNotification() -> PostgresNotification? {
    guard let notify = unsafe PQnotifies(handle) else { return nil }
    defer { unsafe PQfreemem(notify) }
    return unsafe PostgresNotification(
      channel: String(cString: notify.pointee.relname), payload: String(cString: notify.pointee.extra),
      backend: notify.pointee.be_pid)
  }

  /// The text as an identifier, quoted where it must be.
  func quotedIdentifier(_ name: String) -> String? {
    guard let quoted = unsafe PQescapeIdentifier(handle, name, name.utf8.count) else { return nil }
    defer { unsafe PQfreemem(quoted) }
    return unsafe String(cString: quoted)
  }
}

/// What it takes to ask the server, on a connection of its own, to stop the statement that runs.
///
/// Safe to use from another thread while the connection is in use: libpq copies all it needs.
@safe final class CancelHandle: @unchecked Sendable {
  private let handle: OpaquePointer

  init?(_ handle: OpaquePointer?) {
    guard let handle = unsafe handle else { return nil }
    unsafe self.handle = handle
  }

  deinit { unsafe PQfreeCancel(handle) }

  /// Blocks until the server has taken the request or refused it. A refusal needs no report: the caller waits
  /// for the statement to end, and gives the connection up when it does not.
  func send() {
    var reason = [CChar](repeating: 0, count: 256)
    _ = unsafe PQcancel(handle, &reason, CInt(reason.count))
  }
}

/// Zero-terminated copies of strings, as a C list that ends with NULL.
struct CStringList {
  private let bytes: [CChar]
  private let offsets: [Int]

  init(_ strings: [String]) {
    var bytes: [CChar] = []
    offsets = strings.map { string in
      let start = bytes.count
      bytes.append(contentsOf: string.utf8CString)
      return start
    }
    self.bytes = bytes
  }

  func withPointers<R>(_ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> R) -> R {
    unsafe bytes.withUnsafeBufferPointer { bytes in
      let pointers: [UnsafePointer<CChar>?] = unsafe offsets.map { unsafe bytes.baseAddress! + $0 } + [nil]
      return unsafe pointers.withUnsafeBufferPointer { unsafe body($0.baseAddress) }
    }
  }
}
