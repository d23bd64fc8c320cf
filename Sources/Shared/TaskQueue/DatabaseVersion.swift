import Postgres

/// What a database says of itself in `queue.protocol`, for programs that start.
public struct DatabaseVersion: Equatable, Sendable {
  /// Raised with each numbered step of its tables.
  public let schema: Int
  /// Protocols that its functions serve.
  public let protocols: ClosedRange<Int>

  /// A version, as tests make it.
  public init(schema: Int, protocols: ClosedRange<Int>) {
    self.schema = schema
    self.protocols = protocols
  }

  /// How a program calls the functions, and what tables it must find.
  public struct Program: Equatable, Sendable {
    /// The protocol by which it calls.
    public let speaks: Int
    /// The oldest schema that has the tables it needs.
    public let oldestSchema: Int

    /// A program of another version, as tests make it.
    public init(speaks: Int, oldestSchema: Int) {
      self.speaks = speaks
      self.oldestSchema = oldestSchema
    }

    /// This one.
    public static let this = Program(speaks: Int(TaskQueue.protocolVersion), oldestSchema: 6)
  }

  /// Why a program cannot work with this database, and what to do; `nil` where it can.
  public func objection(to program: Program) -> String? {
    let found =
      "it has schema \(schema) and serves protocols \(protocols.lowerBound) to \(protocols.upperBound)"
    if program.speaks < protocols.lowerBound {
      return
        "The database is newer than this program: \(found), this program speaks protocol \(program.speaks). "
        + "Update the program."
    }
    if program.speaks > protocols.upperBound || schema < program.oldestSchema {
      return
        "The database is older than this program: \(found), this program speaks protocol \(program.speaks) and "
        + "needs schema \(program.oldestSchema) or later. Run: coordinator migrate."
    }
    return nil
  }
}

extension TaskQueue {
  /// Makes sure that this program and its database understand each other. Reads one row and changes nothing.
  /// - Throws: `.schema`, with what to do, where the database was never installed, is older or newer than this program.
  public func requireMatchingVersion(of program: DatabaseVersion.Program = .this) async throws(PostgresError)
  {
    guard let version = try await databaseVersion() else {
      throw PostgresError(
        .schema, "The database has not been set up for Trabecula. Run: coordinator migrate.")
    }
    if let objection = version.objection(to: program) { throw PostgresError(.schema, objection) }
  }

  /// - Returns: `nil` where the database has no queue, or one that was restored without its roles and shows nobody a row.
  private func databaseVersion() async throws(PostgresError) -> DatabaseVersion? {
    // to_regclass would want the right to use the schema.
    let isThere: Bool = try await connection.query(
      """
      SELECT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'queue' AND c.relname = 'protocol')
      """
    ).scalar()
    guard isThere else { return nil }
    let rows = try await connection.query(
      "SELECT schema_version, protocol_oldest, protocol_newest FROM queue.protocol")
    guard let row = rows.first else { return nil }
    let (schema, oldest, newest) = try row.decode(Int.self, Int.self, Int.self)
    return DatabaseVersion(schema: schema, protocols: oldest...newest)
  }

  /// Whether an error may mean that the database was migrated to a version that this program does not fit: it refuses the
  /// protocol, or lacks what was called.
  package static func mayBeRefusal(_ error: PostgresError) -> Bool {
    let states: [SQLState?] = ["TR001", .undefinedFunction, "42P01", "42703"]
    return error.code == .server && states.contains(error.sqlState)
  }
}
