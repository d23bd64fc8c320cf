import Foundation

/// Where the files of a private server lie.
///
/// Below the data folder in `postgres/`: `data` (the cluster), `socket`, `log`, `postgresql.conf`, `lock`, `users`.
/// When root starts the server, the account it runs under must be able to enter all parents of that folder.
/// Where it cannot (a home directory closed to others, say), the files go to `/var/lib/trabecula/<digest of
/// the path>` instead, and `postgres` in the data folder is a symbolic link to there.
package struct ClusterPlace: Sendable, Equatable {
  package let folder: URL

  package var data: URL { folder.appendingPathComponent("data") }
  package var unfinishedData: URL { folder.appendingPathComponent("data.unfinished") }
  var log: URL { folder.appendingPathComponent("log") }
  var configuration: URL { folder.appendingPathComponent("postgresql.conf") }
  var lock: URL { folder.appendingPathComponent("lock") }
  var users: URL { folder.appendingPathComponent("users") }

  /// Finds the place, or makes it.
  package static func prepare(
    in dataFolder: URL, elsewhere: URL = URL(fileURLWithPath: "/var/lib/trabecula")
  ) async throws(PrivateServerError) -> ClusterPlace {
    let inside = dataFolder.standardizedFileURL.appendingPathComponent("postgres")
    try make(dataFolder)
    try OwnFolder.require(dataFolder)
    if let target = try? FileManager.default.destinationOfSymbolicLink(atPath: inside.path) {
      guard try OwnFolder.isOwnLink(inside.path) else {
        throw PrivateServerError(
          .folder,
          "\(inside.path) is a link that somebody else made; remove it, or choose another data folder")
      }
      let place = ClusterPlace(folder: URL(fileURLWithPath: target, relativeTo: dataFolder).absoluteURL)
      try make(place.folder)
      try OwnFolder.require(place.folder)
      return place
    }
    let existed = FileManager.default.fileExists(atPath: inside.path)
    try make(inside)
    try OwnFolder.requireOwn(inside.path)
    let account = try ServiceAccount.current()
    let entry = try await ServerProgram(account: account).attempt("test", ["-x", inside.path])
    if existed || entry.success { return ClusterPlace(folder: inside) }

    let place = ClusterPlace(folder: elsewhere.appendingPathComponent(digest(of: inside.path)))
    try make(place.folder)
    try folderWork("link \(inside.path) to \(place.folder.path)") { files in
      try files.removeItem(at: inside)
      try files.createSymbolicLink(at: inside, withDestinationURL: place.folder)
    }
    return place
  }

  private static func make(_ folder: URL) throws(PrivateServerError) {
    try folderWork("make \(folder.path)") {
      try $0.createDirectory(
        at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
    }
  }

  /// FNV-1a, 64 bits, in hexadecimal: the same path leads to the same place.
  private static func digest(of path: String) -> String {
    let hash = path.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// Major version of the PostgreSQL that made the data; `nil` where there are none.
  var version: Int? {
    guard let text = try? String(contentsOf: data.appendingPathComponent("PG_VERSION"), encoding: .utf8)
    else {
      return nil
    }
    return Int(text.trimmingCharacters(in: .whitespacesAndNewlines))
  }

  /// The folder for the socket: `socket` beside the data, or, where that path is longer than a socket's may
  /// be or has a comma, at which libpq divides hosts, a fresh one under the temporary directory.
  func makeSocketFolder(for account: ServiceAccount) throws(PrivateServerError) -> URL {
    let beside = folder.appendingPathComponent("socket")
    // sun_path has 108 bytes with its final zero; libpq and the server append this name, and ".lock" for a
    // file that is no socket.
    if beside.path.utf8.count + "/.s.PGSQL.5432".utf8.count <= 107, !beside.path.contains(",") {
      try account.makePrivateFolder(beside)
      return beside
    }
    let short = FileManager.default.temporaryDirectory
      .appendingPathComponent("trabecula-\(UUID().uuidString.prefix(8))").standardizedFileURL
    try account.makePrivateFolder(short)
    return short
  }
}
