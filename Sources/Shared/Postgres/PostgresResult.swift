import CPostgres

/// The one owner of a `PGresult`. libpq never changes a result once made, so threads may share it.
@safe final class PostgresResult: @unchecked Sendable {
  private let handle: OpaquePointer
  let columns: [String]
  private let types: [PostgresType]
  let count: Int

  init(_ handle: OpaquePointer) {
    unsafe self.handle = handle
    count = unsafe Int(PQntuples(handle))
    let fields = unsafe PQnfields(handle)
    // The columns of a COPY have no names.
    columns = (0..<fields).map { unsafe PQfname(handle, $0).map { unsafe String(cString: $0) } ?? "" }
    types = (0..<fields).map { unsafe PostgresType(oid: PQftype(handle, $0)) }
  }

  deinit { unsafe PQclear(handle) }

  var status: ExecStatusType { unsafe PQresultStatus(handle) }

  /// What the server calls the command it carried out: `INSERT 0 1`, `COMMIT`.
  var commandTag: String { unsafe String(cString: PQcmdStatus(handle)) }

  /// Rows inserted, updated, deleted or returned; 0 where a command has none.
  var affected: Int { unsafe Int(String(cString: PQcmdTuples(handle))) ?? 0 }

  func decode<T: PostgresDecodable>(
    row: Int, column: Int, as: T.Type
  ) throws(PostgresDecodingFailure) -> T {
    guard unsafe PQgetisnull(handle, CInt(row), CInt(column)) == 0 else { return try T.decodeNull() }
    let bytes = unsafe UnsafeRawBufferPointer(
      start: PQgetvalue(handle, CInt(row), CInt(column)),
      count: Int(PQgetlength(handle, CInt(row), CInt(column))))
    return try T.decode(unsafe bytes.bytes, of: types[column])
  }

  /// A field of the server's error report.
  func errorField(_ field: Character) -> String? {
    guard let ascii = field.asciiValue else { return nil }
    return unsafe PQresultErrorField(handle, CInt(ascii)).map { unsafe String(cString: $0) }
  }
}
