import Foundation
import Postgres
import PrivateServer
import Subprocess
import Synchronization
import SystemPackage
import Testing

/// A PostgreSQL that listens with TLS on a loopback address of its own, under a certificate made for it.
struct EncryptedServer: Sendable {
  private static let networks = Atomic(83)

  /// The name in the certificate.
  static let name = "queue.example"

  let folder: URL
  let address: String
  /// For its owner, on a socket.
  private(set) var ownerTarget = ""
  var authority: URL { folder.appendingPathComponent("ca.crt") }
  /// An authority that has signed nothing here.
  var otherAuthority: URL { folder.appendingPathComponent("other.crt") }

  static func with<Value>(_ body: (EncryptedServer) async throws -> Value) async throws -> Value {
    try await withTemporaryFolder { folder in
      // Port 5432 of an address of this process and server: nobody else listens there.
      let process = ProcessInfo.processInfo.processIdentifier
      let network = networks.wrappingAdd(1, ordering: .relaxed).oldValue
      var server = EncryptedServer(
        folder: folder, address: "127.\(network).\(process / 250 % 250).\(process % 250 + 1)")
      try await server.makeCertificates()
      let postgres = try await PrivatePostgres.start(in: server.data)
      try await server.encrypt(postgres)
      try await postgres.stop()
      let encrypted = try await PrivatePostgres.start(in: server.data)
      server.ownerTarget = encrypted.connectionString()
      let outcome: Result<Value, any Error>
      do { outcome = .success(try await body(server)) } catch { outcome = .failure(error) }
      try await encrypted.stop()
      return try outcome.get()
    }
  }

  /// New connections see another certificate; those that are open go on.
  /// - Parameter days: how long it is good for; it expired yesterday where that is negative.
  func renewCertificate(days: Int) async throws {
    try await openssl([
      "x509", "-x509toreq", "-in", "server.crt", "-signkey", "server.key", "-out", "server.csr",
    ])
    try Data("subjectAltName=DNS:\(Self.name)\n".utf8).write(to: folder.appendingPathComponent("server.ext"))
    try await openssl([
      "x509", "-req", "-in", "server.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-days", "\(days)",
      "-extfile", "server.ext", "-out", "renewed.crt",
    ])
    let owner = try await PostgresConnection.connect(to: ownerTarget)
    let place = try await owner.query("SHOW data_directory").scalar(as: String.self)
    // Written over, so that it stays the owner's.
    let installed = try FileHandle(
      forWritingTo: URL(fileURLWithPath: place).appendingPathComponent("server.crt"))
    let renewed = try Data(contentsOf: folder.appendingPathComponent("renewed.crt"))
    try installed.write(contentsOf: renewed)
    try installed.truncate(atOffset: UInt64(renewed.count))
    try installed.close()
    try await owner.reloadConfiguration()
    await owner.close()
  }

  private var data: URL { folder.appendingPathComponent("data") }

  /// What libpq is told: the name that the certificate must have, the address to go to, the authority to trust.
  func target(host: String = name, authority: URL) -> String {
    "host=\(host) hostaddr=\(address) port=5432 user=trabecula dbname=trabecula sslmode=verify-full"
      + " sslrootcert='\(authority.path)' connect_timeout=600"
  }

  private func makeCertificates() async throws {
    let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    for (file, subject) in [("ca", "/CN=test authority"), ("other", "/CN=other authority")] {
      try await openssl(
        ["req", "-x509"] + key + ["-keyout", "\(file).key", "-out", "\(file).crt", "-subj", subject])
    }
    try await openssl(
      ["req", "-x509"] + key + [
        "-CA", "ca.crt", "-CAkey", "ca.key", "-keyout", "server.key", "-out", "server.crt", "-subj",
        "/CN=\(Self.name)",
        "-addext", "subjectAltName=DNS:\(Self.name)", "-addext", "basicConstraints=critical,CA:FALSE",
      ])
  }

  private func openssl(_ arguments: [String]) async throws {
    let outcome = try await Subprocess.run(
      .name("openssl"), arguments: Arguments(arguments), workingDirectory: FilePath(folder.path),
      output: .discarded, error: .string(limit: 1 << 16))
    try #require(outcome.terminationStatus.isSuccess, Comment(rawValue: outcome.standardError))
  }

  /// Puts key and certificate beside the data, which the server's account owns, and turns TLS on.
  private func encrypt(_ postgres: PrivatePostgres) async throws {
    let owner = try FileManager.default.attributesOfItem(atPath: postgres.place.data.path)[.ownerAccountID]
    for file in ["server.crt", "server.key"] {
      let copy = postgres.place.data.appendingPathComponent(file)
      try FileManager.default.copyItem(at: folder.appendingPathComponent(file), to: copy)
      try FileManager.default.setAttributes(
        [.ownerAccountID: owner ?? 0, .posixPermissions: 0o600], ofItemAtPath: copy.path)
    }
    let rules = try FileHandle(forUpdating: postgres.place.data.appendingPathComponent("pg_hba.conf"))
    try rules.seekToEnd()
    try rules.write(contentsOf: Data("hostssl all all 127.0.0.0/8 trust\n".utf8))
    try rules.close()
    let connection = try await PostgresConnection.connect(to: postgres.connectionString())
    for setting in ["listen_addresses = '\(address)'", "ssl = on"] {
      try await connection.execute("ALTER SYSTEM SET \(setting)")
    }
    await connection.close()
  }
}
