import Postgres
import TestSupport

extension PostgresConnection {
  /// Lets the server read its configuration again, and waits until it has: whoever connects afterwards finds the new one.
  ///
  /// The server tells its sessions before it lets anybody in again, so it is enough to see that this one was told.
  func reloadConfiguration() async throws {
    let before = try await query("SELECT pg_conf_load_time()::text").scalar(as: String.self)
    try await query("SELECT pg_reload_conf()")
    try await wait(until: "pg_conf_load_time() > '\(before)'::timestamptz")
  }
}
