import Postgres

/// Leadership of one coordinator, which does the maintenance of the queue.
extension TaskQueue {
  /// Renews the leadership of a term, or takes over where nobody leads.
  ///
  /// - Parameters:
  ///   - coordinator: host and process, for operators to read.
  ///   - term: what the last call answered; nil at first.
  ///   - leaseInSeconds: silence after which another takes over.
  /// - Returns: the term in which this coordinator leads; nil while another does.
  public func lead(as coordinator: String, term: Int64?, leaseInSeconds: Double) async throws(PostgresError)
    -> Int64?
  {
    try await connection.query("SELECT queue.lead($1, $2, $3)", coordinator, term, leaseInSeconds)
      .scalar()
  }

  /// Ends a leadership at once; a term that is over already stays so.
  public func resign(term: Int64) async throws(PostgresError) {
    try await connection.query("SELECT queue.resign($1)", term)
  }

  /// Makes the history's partitions of the coming days and drops those that are older than `days`.
  /// - Returns: false where this term is over and nothing was done.
  @discardableResult
  public func maintainHistory(inTerm term: Int64, keepingDays days: Int) async throws(PostgresError) -> Bool {
    try await connection.query("SELECT queue.maintain_history($1, $2)", term, Int32(days)).scalar()
  }
}
