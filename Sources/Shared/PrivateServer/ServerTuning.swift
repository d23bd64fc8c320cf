import Foundation

/// How a private server weighs speed against safety.
package enum ServerTuning: String, Sendable {
  /// Survives a crash of the machine.
  case durable
  /// Never waits for the disk; a crash of the machine may cost everything. For tests.
  case disposable

  /// The server's configuration file, written anew at each start: nothing but a Unix socket, no replication,
  /// logging of what is wrong.
  func configuration(socketFolder: URL) -> String {
    var settings = [
      ("listen_addresses", ""),
      ("unix_socket_directories", "\"" + socketFolder.path.replacing("\"", with: "\"\"") + "\""),
      ("port", "5432"),
      ("cluster_name", "trabecula"),
      ("max_connections", "300"),
      ("wal_level", "minimal"),
      ("max_wal_senders", "0"),
      ("max_wal_size", "2GB"),
      ("jit", "off"),
      ("timezone", "UTC"),
      ("log_timezone", "UTC"),
      ("log_line_prefix", "%m [%p] %a "),
    ]
    switch self {
    case .durable:
      settings.append(("shared_buffers", "256MB"))
    case .disposable:
      settings += [
        // Hundreds of tests run at once, some with many connections.
        ("max_connections", "800"), ("shared_buffers", "64MB"), ("fsync", "off"),
        ("synchronous_commit", "off"),
        ("full_page_writes", "off"),
        // It would look at each of some hundred databases that live for seconds.
        ("autovacuum", "off"),
        ("log_checkpoints", "off"), ("log_min_messages", "fatal"), ("log_min_error_statement", "panic"),
      ]
    }
    let lines = settings.map { "\($0) = '\($1.replacing("'", with: "''"))'" }
    return "# Written at each start. Settings of your own: ALTER SYSTEM SET …\n"
      + lines.joined(separator: "\n") + "\n"
  }
}
