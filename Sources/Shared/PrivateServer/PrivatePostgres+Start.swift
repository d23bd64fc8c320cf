import Foundation
import Postgres

extension PrivatePostgres {
  /// Starts the server of a data folder, making what is missing; one that runs already is used as it is.
  ///
  /// Returns when it accepts connections and has a database `trabecula`. Two processes may start the same
  /// folder at once: the second waits for the first and joins its server. A server that only processes keep alive, and that is
  /// joined, stops with the last of them.
  package static func start(
    in dataFolder: URL, lifetime: Lifetime = .untilStopped, tuning: ServerTuning = .durable
  ) async throws(PrivateServerError) -> PrivatePostgres {
    let place = try await ClusterPlace.prepare(in: dataFolder)
    let lock = try await FolderLock(place.lock)
    defer { lock.release() }
    let binaries = try PostgresBinaries.find(version: place.version)
    let account = place.version == nil ? try ServiceAccount.current() : try .owning(place.data)
    let use = try await ServerUse(place.users)
    do {
      let running = try await join(place, binaries, account)
      var server: PrivatePostgres
      if let running { server = running } else { server = try await begin(place, binaries, account, tuning) }
      if lifetime == .untilStopped || running == nil { try use.keep(lifetime == .untilStopped) }
      if lifetime == .untilStopped {
        use.end()
      } else {
        server.lifeline = try Lifeline(
          place, use, tuning: tuning, removing: tuning == .disposable ? dataFolder : nil)
      }
      if running == nil { try await server.makeFirstDatabase() }
      return server
    } catch {
      use.end()
      throw error
    }
  }

  private static func begin(
    _ place: ClusterPlace, _ binaries: PostgresBinaries, _ account: ServiceAccount, _ tuning: ServerTuning
  ) async throws(PrivateServerError) -> PrivatePostgres {
    if place.version == nil { try await makeCluster(place, binaries, account) }
    let socketFolder = try place.makeSocketFolder(for: account)
    try await launch(place, binaries, account, tuning.configuration(socketFolder: socketFolder))
    return PrivatePostgres(
      place: place, binaries: binaries, account: account, socketFolder: socketFolder, lifeline: nil)
  }

  /// The server of these data if it runs; one that is on its way up or down is waited for.
  static func join(
    _ place: ClusterPlace, _ binaries: PostgresBinaries, _ account: ServiceAccount
  ) async throws(PrivateServerError) -> PrivatePostgres? {
    let deadline = ContinuousClock.now + .seconds(60)
    while let running = PostmasterFile(in: place.data), running.isAlive(servingFrom: place.data) {
      // Without a socket folder it has only just begun.
      let server = PrivatePostgres(
        place: place, binaries: binaries, account: account,
        socketFolder: URL(fileURLWithPath: running.socketFolder ?? place.folder.path), lifeline: nil)
      do throws(PostgresError) {
        try await server.makeDatabase()
        return server
      } catch {
        guard error.isTransient, ContinuousClock.now < deadline, !Task.isCancelled else {
          throw server.unusable(error)
        }
      }
      // Cut short only by cancellation, which the next turn sees.
      try? await Task.sleep(for: .milliseconds(50))
    }
    return nil
  }

  /// Makes the cluster under another name first, so that one left half-made by a crash is never taken for
  /// whole.
  private static func makeCluster(
    _ place: ClusterPlace, _ binaries: PostgresBinaries, _ account: ServiceAccount
  ) async throws(PrivateServerError) {
    if FileManager.default.fileExists(atPath: place.unfinishedData.path) {
      try folderWork("remove \(place.unfinishedData.path)") { try $0.removeItem(at: place.unfinishedData) }
    }
    try account.makePrivateFolder(place.unfinishedData)
    try await ServerProgram(account: account).perform(
      binaries.program("initdb"),
      [
        "-D", place.unfinishedData.path, "--username", PrivatePostgres.name, "--encoding", "UTF8", "--locale",
        "C",
        "--auth", "trust", "--no-instructions", "--no-sync",
      ], to: "make a database cluster in \(place.folder.path)")
    try folderWork("rename \(place.unfinishedData.path)") {
      try $0.moveItem(at: place.unfinishedData, to: place.data)
    }
  }

  private static func launch(
    _ place: ClusterPlace, _ binaries: PostgresBinaries, _ account: ServiceAccount, _ configuration: String
  ) async throws(PrivateServerError) {
    try await LeftOvers(place: place).clear()
    try write(configuration, place, account)
    do {
      // pg_ctl builds a shell command of what it is given, so it is given only names without special
      // characters: relative ones. It returns when the server accepts connections.
      try await ServerProgram(account: account, folder: place.data).perform(
        binaries.program("pg_ctl"),
        ["start", "-D", ".", "-l", "../log", "-w", "-t", "60", "-o", "-c config_file=../postgresql.conf"],
        to: "start the private server")
    } catch {
      let log = (try? String(contentsOf: place.log, encoding: .utf8)) ?? ""
      let words = log.split(separator: "\n").suffix(4).joined(separator: "; ")
      let remedy = words.contains("shared memory segment \"/PostgreSQL.") ? Self.sharedMemoryRemedy : ""
      throw PrivateServerError(
        .program, "\(error.message) — its log \(place.log.path) ends with: \(words)\(remedy)")
    }
  }

  private static let sharedMemoryRemedy =
    ". PostgreSQL needs /dev/shm, writable by every user (mount -t tmpfs -o mode=1777 tmpfs /dev/shm) and with room (in a "
    + "container: --shm-size)."

  /// Configuration and log lie beside the data, in a folder that is ours and not the account's.
  private static func write(
    _ configuration: String, _ place: ClusterPlace, _ account: ServiceAccount
  ) throws(PrivateServerError) {
    try OwnFolder.replace(place.configuration, configuration, rights: 0o644)
    guard !FileManager.default.fileExists(atPath: place.log.path) else { return }
    try OwnFolder.make(place.log, "", rights: 0o640, owner: account.isOther ? account : nil)
  }

  private func makeFirstDatabase() async throws(PrivateServerError) {
    do throws(PostgresError) {
      try await makeDatabase()
    } catch {
      throw unusable(error)
    }
  }

  private func makeDatabase() async throws(PostgresError) {
    let connection = try await PostgresConnection.connect(to: connectionString(database: "postgres"))
    let known = try await connection.query(
      "SELECT FROM pg_database WHERE datname = $1", PrivatePostgres.name)
    if known.isEmpty { try await connection.execute("CREATE DATABASE \(PrivatePostgres.name)") }
    await connection.close()
  }

  private func unusable(_ error: PostgresError) -> PrivateServerError {
    PrivateServerError(
      .unreachable, "the private server runs but cannot be used: \(error); see \(place.log.path)")
  }
}
