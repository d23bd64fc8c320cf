import CPostgres

/// A connection string taken apart by libpq, with our defaults added where the user gave none.
struct ConnectionOptions {
  /// Keywords and values in libpq's order: later ones win, and `dbname` may be a whole connection string.
  private(set) var parameters: [(keyword: String, value: String)]
  /// Description without secrets.
  let target: String
  /// Not to appear in any message.
  let password: String?

  init(_ configuration: PostgresConfiguration) throws(PostgresError) {
    let given = try ConnectionOptions.parse(configuration.connectionString)
    var known = unsafe ConnectionOptions.values(of: PQconndefaults())
    let preset = Set(known.keys)
    known.merge(given) { _, new in new }
    if let credentials = configuration.credentials {
      known["user"] = credentials.user
      known["password"] = credentials.password
    }
    target = ConnectionOptions.describe(known)
    password = known["password"].flatMap { $0.isEmpty ? nil : $0 }

    parameters = [("fallback_application_name", configuration.applicationName)]
    // A service file is resolved later than this list, so anything added here would overrule it.
    if known["service"] == nil {
      let keepalive = [
        ("keepalives_idle", "30"), ("keepalives_interval", "10"), ("keepalives_count", "3"),
        ("tcp_user_timeout", "30000"),
      ]
      parameters += keepalive.filter { given[$0.0] == nil }
      if configuration.requiresWrites, given["target_session_attrs"] == nil,
        !preset.contains("target_session_attrs") || known["target_session_attrs"] == "any"
      {
        parameters.append(("target_session_attrs", "read-write"))
      }
    }
    parameters.append(("dbname", configuration.connectionString))
    if let credentials = configuration.credentials {
      parameters += [("user", credentials.user), ("password", credentials.password)]
    }
    parameters.append(("client_encoding", "UTF8"))
  }

  /// Replaces the password wherever a message quotes it.
  func redacted(_ message: String) -> String {
    guard let password else { return message }
    return message.split(separator: password, omittingEmptySubsequences: false).joined(separator: "****")
  }

  private static func isConnectionString(_ text: String) -> Bool {
    text.contains("=") || isURL(text)
  }

  private static func isURL(_ text: String) -> Bool {
    text.hasPrefix("postgresql://") || text.hasPrefix("postgres://")
  }

  /// What the string itself says; a bare word is a database name.
  private static func parse(_ text: String) throws(PostgresError) -> [String: String] {
    guard !text.utf8.contains(0) else {
      throw PostgresError(.usage, "the connection string contains a zero byte")
    }
    guard isConnectionString(text) else { return text.isEmpty ? [:] : ["dbname": text] }
    if isURL(text),
      let authority = text.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        .dropFirst(2).first, authority.count(where: { $0 == "@" }) > 1
    {
      throw PostgresError(
        .usage, "the database URL has more than one @ before the host; write an @ in user or password as %40")
    }
    var complaint: UnsafeMutablePointer<CChar>?
    guard let options = unsafe PQconninfoParse(text, &complaint) else {
      let reason = unsafe complaint.map { unsafe String(cString: $0) } ?? "out of memory"
      unsafe PQfreemem(complaint)
      throw PostgresError(.usage, "the connection string is malformed: \(withoutQuotations(reason))")
    }
    return unsafe values(of: options)
  }

  /// libpq's complaints quote the string, and with it perhaps a password.
  private static func withoutQuotations(_ reason: String) -> String {
    let parts = reason.split(separator: "\"", omittingEmptySubsequences: false)
    let kept = parts.enumerated().map { $0.offset.isMultiple(of: 2) ? String($0.element) : "…" }
    return kept.joined(separator: "\"").split(separator: "\n").joined(separator: " ")
  }

  /// Takes over and frees libpq's list; entries without a value are left out.
  private static func values(of list: UnsafeMutablePointer<PQconninfoOption>?) -> [String: String] {
    defer { unsafe PQconninfoFree(list) }
    var values: [String: String] = [:]
    guard var entry = unsafe list else { return values }
    while let keyword = unsafe entry.pointee.keyword {
      if let value = unsafe entry.pointee.val {
        unsafe values[String(cString: keyword)] = unsafe String(cString: value)
      }
      unsafe entry += 1
    }
    return values
  }

  private static func describe(_ values: [String: String]) -> String {
    if let service = values["service"] { return "service \(service)" }
    let user = values["user"] ?? "?"
    let hosts = (values["host"] ?? values["hostaddr"] ?? "local socket").split(separator: ",")
    let ports = (values["port"] ?? "5432").split(separator: ",")
    let places = hosts.indices.map { index in
      let port = ports.indices.contains(index) ? ports[index] : ports.first ?? "5432"
      return hosts[index].hasPrefix("/") || hosts[index] == "local socket"
        ? "\(hosts[index])" : "\(hosts[index]):\(port)"
    }
    return "database \(values["dbname"] ?? user) as \(user) at \(places.joined(separator: ", "))"
  }
}
