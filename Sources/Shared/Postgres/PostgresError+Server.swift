import CPostgres

extension PostgresError {
  /// The error a result reports, or `nil` where it reports none.
  ///
  /// A session that the server ended is `.connectionLost`, whatever statement the news reached.
  init?(_ result: PostgresResult, statement: String?) {
    switch result.status {
    case PGRES_FATAL_ERROR, PGRES_BAD_RESPONSE: break
    case PGRES_PIPELINE_ABORTED:
      self.init(
        .server, "not carried out: a statement before it in the same pipeline failed", statement: statement)
      return
    default: return nil
    }
    // Letters of the error report: PostgreSQL documentation, "Error and Notice Message Fields".
    let state = result.errorField("C").map { SQLState($0) }
    // Without SQLSTATE it is libpq that speaks, about a connection that broke; without the severity that every server since 9.6
    // tells untranslated, a pooler, which then lets its client go, though the connection may not show it yet.
    let severity = result.errorField("V")
    let isLost = state == nil || severity == nil || ["FATAL", "PANIC"].contains(severity)
    self.init(
      isLost ? .connectionLost : .server, result.errorField("M") ?? "the connection to the server was lost",
      sqlState: state, statement: statement)
    detail = result.errorField("D")
    hint = result.errorField("H")
    constraint = result.errorField("n")
    position = result.errorField("P").flatMap { Int($0) }
    closedConnection = isLost
  }

  /// A refusal to open a session, from libpq's verbose text: `…: FATAL:  28P01: password … LOCATION: …`.
  static func connecting(to target: String, _ text: String) -> PostgresError {
    let lines = text.split(separator: "\n").filter { !$0.hasPrefix("LOCATION:") }
    let sentence = lines.joined(separator: "; ")
    let state = sentence.firstMatch(of: #/:  ([0-9A-Z]{5}): /#)
    var error = PostgresError(
      .connectionFailed,
      "cannot connect to \(target): " + sentence.replacing(#/(:  )[0-9A-Z]{5}: /#) { $0.output.1 },
      sqlState: state.map { SQLState(String($0.output.1)) })
    error.closedConnection = true
    return error
  }

  static func lost(_ target: String, _ text: String, statement: String? = nil) -> PostgresError {
    let reason = text.split(separator: "\n").joined(separator: "; ")
    var error = PostgresError(
      .connectionLost, "lost the connection to \(target)\(reason.isEmpty ? "" : ": " + reason)",
      statement: statement)
    error.closedConnection = true
    return error
  }
}
