/// The rows a statement returned, read in place: a value is decoded when it is asked for.
public struct PostgresRows: Sendable, RandomAccessCollection {
  private let result: PostgresResult
  private let statement: String

  init(_ result: PostgresResult, statement: String) {
    self.result = result
    self.statement = statement
  }

  /// 0.
  public var startIndex: Int { 0 }
  /// The number of rows.
  public var endIndex: Int { result.count }
  /// A row, counted from 0.
  public subscript(position: Int) -> PostgresRow {
    precondition(indices.contains(position), "row \(position) of \(count)")
    return PostgresRow(result: result, index: position, statement: statement)
  }

  /// Names of the columns in their order.
  public var columns: [String] { result.columns }

  /// Rows inserted, updated, deleted or returned.
  public var affected: Int { result.affected }

  /// The row, where there is exactly one.
  /// - Throws: `PostgresError` of code `decoding` otherwise.
  public func only() throws(PostgresError) -> PostgresRow {
    guard count == 1 else {
      throw PostgresError(.decoding, "expected one row, found \(count)", statement: statement)
    }
    return self[0]
  }

  /// The value, where there is exactly one row and one column.
  /// - Throws: `PostgresError` of code `decoding` otherwise.
  public func scalar<T: PostgresDecodable>(as type: T.Type = T.self) throws(PostgresError) -> T {
    let row = try only()
    guard columns.count == 1 else {
      throw PostgresError(.decoding, "expected one column, found \(columns.count)", statement: statement)
    }
    return try row.decode(at: 0)
  }
}

/// One row, read by column name or position.
public struct PostgresRow: Sendable {
  let result: PostgresResult
  let index: Int
  let statement: String

  /// The value of a column.
  /// - Throws: `PostgresError` of code `decoding` where there is no such column, or its value is not read as `T`.
  public func decode<T: PostgresDecodable>(
    _ column: String, as type: T.Type = T.self
  ) throws(PostgresError) -> T {
    guard let position = result.columns.firstIndex(of: column) else {
      throw PostgresError(
        .decoding, "no column \(column) among \(result.columns.joined(separator: ", "))", statement: statement
      )
    }
    return try decode(at: position)
  }

  /// The value of a column by its place, counted from 0.
  /// - Throws: `PostgresError` of code `decoding` where there is no such column, or its value is not read as `T`.
  public func decode<T: PostgresDecodable>(
    at position: Int, as type: T.Type = T.self
  ) throws(PostgresError) -> T {
    guard result.columns.indices.contains(position) else {
      throw PostgresError(
        .decoding, "no column at \(position): the row has \(result.columns.count)", statement: statement)
    }
    do {
      return try result.decode(row: index, column: position, as: T.self)
    } catch {
      throw PostgresError(
        .decoding, "row \(index), column \(result.columns[position]): \(error.reason)", statement: statement)
    }
  }

  /// The whole row by position: `let (id, name) = try row.decode(Int.self, String?.self)`.
  public func decode<each T: PostgresDecodable>(_ types: repeat (each T).Type) throws(PostgresError) -> (
    repeat each T
  ) {
    var position = 0
    func next<U: PostgresDecodable>(_ type: U.Type) throws(PostgresError) -> U {
      defer { position += 1 }
      return try decode(at: position, as: type)
    }
    let values = (repeat try next(each types))
    guard position == result.columns.count else {
      throw PostgresError(
        .decoding, "asked for \(position) columns, found \(result.columns.count)", statement: statement)
    }
    return values
  }
}
