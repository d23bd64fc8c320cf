import FaultSupport
import TestSupport

/// Runs `body` with a proxy to a fresh database, and the settings that lead through it.
func withProxy(_ body: (WireProxy, String) async throws -> Void) async throws {
  try await TestDatabase.withFresh { connectionString in
    let settings = connectionString.split(separator: " ").map(String.init)
    let socket = settings[0].dropFirst("host='".count).dropLast()
    let proxy = try WireProxy(to: "\(socket)/.s.PGSQL.5432")
    let database = settings.last ?? ""
    try await body(proxy, "host=127.0.0.1 port=\(proxy.port) user=trabecula \(database)")
    proxy.close()
  }
}
