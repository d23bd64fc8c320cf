import CPostgres
import Glibc

extension PostgresSession {
  /// Sends many rows by COPY in binary, the fastest way into a table.
  ///
  /// - Parameters:
  ///   - sql: `COPY table (columns) FROM STDIN (FORMAT binary)`.
  ///   - rows: values in the order of the columns, of exactly their types: COPY casts nothing.
  ///   - timeout: deadline of this call; the configuration's `statementTimeout` where it is `nil`.
  /// - Returns: the number of rows.
  @discardableResult
  public func copyIn(
    _ sql: String, rows: some Sequence<[any PostgresEncodable]>, timeout: Duration? = nil
  ) throws(PostgresError) -> Int {
    var watch = try beginCopy(sql, timeout)
    var buffer = BinaryCopy.header
    for row in rows {
      BinaryCopy.append(row, to: &buffer)
      guard buffer.count >= BinaryCopy.chunk else { continue }
      try putCopy(buffer, sql, &watch)
      buffer.removeAll(keepingCapacity: true)
    }
    buffer.append(contentsOf: BinaryCopy.trailer)
    try putCopy(buffer, sql, &watch)
    return try endCopy(sql, &watch)
  }

  /// Sends the lines of a COPY in text or CSV format; cut anywhere.
  /// - Returns: the number of rows.
  @discardableResult
  public func copyIn(
    _ sql: String, text: some Sequence<String>, timeout: Duration? = nil
  ) throws(PostgresError) -> Int {
    var watch = try beginCopy(sql, timeout)
    for piece in text { try putCopy(Array(piece.utf8), sql, &watch) }
    return try endCopy(sql, &watch)
  }

  private func beginCopy(_ sql: String, _ timeout: Duration?) throws(PostgresError) -> CallWatch {
    var watch = try begin(sql, timeout: timeout)
    try sent(raw.send(script: sql), sql)
    guard let result = try nextResult(sql, &watch) else { throw lost(sql) }
    guard result.status == PGRES_COPY_IN else {
      while try nextResult(sql, &watch) != nil {}
      throw failure(of: result, sql, watch)
        ?? PostgresError(.usage, "not a COPY … FROM STDIN", statement: sql)
    }
    return watch
  }

  /// Hands a piece to libpq, waiting for the socket while it takes no more. Meanwhile the server may have
  /// refused a row already; the rest is then discarded there, and `endCopy` tells why.
  private func putCopy(_ bytes: [UInt8], _ sql: String, _ watch: inout CallWatch) throws(PostgresError) {
    try untilTaken(sql, &watch) { raw.putCopy(bytes) }
    while raw.flush() == 1 { try giveWay(sql, &watch) }
  }

  private func endCopy(_ sql: String, _ watch: inout CallWatch) throws(PostgresError) -> Int {
    try untilTaken(sql, &watch) { raw.endCopy() }
    return try collect(sql, &watch).affected
  }

  private func untilTaken(
    _ sql: String, _ watch: inout CallWatch, _ attempt: () -> CInt
  ) throws(PostgresError) {
    while true {
      switch attempt() {
      case 1: return
      case 0: try giveWay(sql, &watch)
      default: throw lost(sql)
      }
    }
  }

  private func giveWay(_ sql: String, _ watch: inout CallWatch) throws(PostgresError) {
    let ready = try wait(for: POLLIN | POLLOUT, sql, &watch)
    if ready.readable, !raw.consumeInput() { throw lost(sql) }
  }
}

/// The binary format of COPY (PostgreSQL documentation, "COPY", file formats).
enum BinaryCopy {
  static let chunk = 1 << 16
  /// Signature, flags, length of the header extension.
  static let header: [UInt8] =
    Array("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0x00] + [UInt8](repeating: 0, count: 8)
  static let trailer = [UInt8](network: Int16(-1))

  static func append(_ row: [any PostgresEncodable], to buffer: inout [UInt8]) {
    buffer.appendNetwork(Int16(row.count))
    for value in row {
      let bytes = value.postgresValue.bytes
      buffer.appendNetwork(Int32(bytes?.count ?? -1))
      if let bytes { buffer.append(contentsOf: bytes) }
    }
  }
}
