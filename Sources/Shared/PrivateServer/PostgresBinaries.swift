import Foundation

/// Where `initdb`, `pg_ctl` and `postgres` lie.
package struct PostgresBinaries: Sendable, Equatable {
  package let folder: URL

  /// Oldest version whose SQL `schema.sql` is written in.
  static let oldestVersion = 15

  /// Looks in `$TRABECULA_PG_BIN`, which alone counts where it is set; then among Debian's versions, newest
  /// first; then in `PATH`.
  /// - Parameter version: the major version that existing data need.
  package static func find(
    version: Int? = nil, environment: [String: String] = ProcessInfo.processInfo.environment,
    debian: URL = URL(fileURLWithPath: "/usr/lib/postgresql")
  ) throws(PrivateServerError) -> PostgresBinaries {
    if let named = environment["TRABECULA_PG_BIN"], !named.isEmpty {
      let binaries = PostgresBinaries(folder: URL(fileURLWithPath: named))
      guard binaries.areComplete else {
        throw PrivateServerError(
          .notInstalled,
          "TRABECULA_PG_BIN=\(named) has no initdb, pg_ctl and postgres; point it at their folder")
      }
      return binaries
    }
    let versions = (try? FileManager.default.contentsOfDirectory(atPath: debian.path)) ?? []
    let packaged = versions.compactMap { Int($0) }.sorted(by: >)
      .filter { version == nil ? $0 >= oldestVersion : $0 == version }
      .map { PostgresBinaries(folder: debian.appendingPathComponent("\($0)/bin")) }
    // Of the programs in PATH the version is not known here; `initdb` and `postgres` refuse what they cannot
    // read.
    let listed = (environment["PATH"] ?? "").split(separator: ":")
      .map { PostgresBinaries(folder: URL(fileURLWithPath: String($0))) }
    if let found = (packaged + listed).first(where: \.areComplete) { return found }
    let package = version.map { "postgresql-\($0)" } ?? "postgresql"
    let need = version.map { "PostgreSQL \($0), which made the existing data," } ?? "PostgreSQL"
    throw PrivateServerError(
      .notInstalled,
      "\(need) is not in \(debian.path)/*/bin nor in PATH; install it (apt-get install \(package)) "
        + "or set TRABECULA_PG_BIN to the folder of its programs")
  }

  func program(_ name: String) -> String { folder.appendingPathComponent(name).path }

  private var areComplete: Bool {
    ["initdb", "pg_ctl", "postgres"].allSatisfy { FileManager.default.isExecutableFile(atPath: program($0)) }
  }
}
