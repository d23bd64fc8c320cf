import Foundation
import Postgres
import PrivateServer
import TaskQueue
import WorkerCore

#if canImport(Glibc)
  import Glibc
#endif

/// The study of a reference, run once more in a database of its own by worker processes that are started again when
/// they die.
package actor StudyRun {
  /// A place for a worker process, with a proxy of its own between it and the server.
  struct Slot {
    let number: Int
    var proxy: WireProxy
    var process: ProgramProcess?
    var arguments: [String] = []
    var environment: [String: String] = [:]
    var wrapper: [String] = []
  }

  nonisolated let reference: ReferenceStudy
  nonisolated let grants: SiteGrants
  nonisolated let file: URL
  nonisolated let folder: URL
  nonisolated let database: String
  /// All handles on the server that this run has had, the newest last; each may watch over a process of its own.
  private(set) var servers: [PrivatePostgres]
  /// The harness's own connection, past all proxies.
  nonisolated let link: DatabaseLink
  /// The same with the rights of a coordinator.
  private nonisolated let coordinatorLink: DatabaseLink
  private(set) var slots: [Slot] = []
  /// Ways a worker ended that no fault explains.
  private(set) var surprises: [String] = []
  private var reportsDeaths = true

  /// By the server's clock; long against a busy machine, short against a test.
  static let lease = 4.0
  /// Longer than any study takes beside a whole suite, shorter than what a test may take.
  private static let longest = Duration.seconds(780)

  /// Makes the database as a superuser, submits the study and grants its sites to the workers' logins as a coordinator.
  package init(
    of reference: ReferenceStudy, on server: PrivatePostgres, name: String, file: URL? = nil,
    grants: SiteGrants = .everySite
  ) async throws {
    self.reference = reference
    self.grants = grants
    servers = [server]
    self.file = file ?? reference.file
    database = name
    folder = reference.folder.appendingPathComponent("run-\(name)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let caretaker = try await PostgresConnection.connect(to: server.connectionString(database: "postgres"))
    try await caretaker.execute("CREATE DATABASE \(name)")
    await caretaker.close()
    var configuration = PostgresConfiguration(server.connectionString(database: name))
    configuration.requiresWrites = false
    link = DatabaseLink(configuration) { _ in }
    let coordinator = server.connectionString(database: name, user: StudyLogins.coordinator)
    coordinatorLink = DatabaseLink(PostgresConfiguration(coordinator)) { _ in }
    let log = folder.appendingPathComponent("coordinator.log")
    try await ProgramProcess.run(
      "coordinator", ["migrate", "--database", server.connectionString(database: name)], log: log)
    try await link.call { connection in
      try await StudyLogins.make(connection)
      try await connection.execute(script: StudyWatch.triggers)
      try await connection.execute(script: ClaimLog.trigger)
      try await connection.execute(script: StudyGate.trigger)
    }
    let submission = ["submit", self.file.path]
    for command in [submission] + StudyLogins.commands(grants) {
      try await ProgramProcess.run("coordinator", command + ["--database", coordinator], log: log)
    }
  }

  func startCoordinator(_ arguments: [String]) throws -> ProgramProcess {
    try ProgramProcess(
      "coordinator", arguments,
      environment: server.environment(user: StudyLogins.coordinator).merging(["PGDATABASE": database]) { $1 },
      log: folder.appendingPathComponent("coordinator.log"))
  }

  /// Nobody tells the queue of a worker that dies: maintenance must notice.
  func leaveDeathsUnreported() { reportsDeaths = false }

  /// Prepares the places of workers.
  func prepare(workers: Int, _ change: (inout Slot) -> Void = { _ in }) throws {
    for number in 1...workers {
      var slot = Slot(number: number, proxy: try proxy())
      change(&slot)
      slot.arguments += grants.arguments(ofWorker: number)
      slots.append(slot)
    }
  }

  func proxy() throws -> WireProxy {
    try WireProxy(to: server.socketFolder.appendingPathComponent(".s.PGSQL.5432").path)
  }

  /// Runs workers until the queue is empty, and `disturbance` beside them; what it has not done by then is left.
  func work(workers: Int = 0, _ disturbance: @escaping @Sendable () async throws -> Void) async throws {
    if workers > 0 { try prepare(workers: workers) }
    // Not a child: it must be stopped when the workers are done, and waited for.
    let disturbing = Task { try await disturbance() }
    let working: Result<Void, any Error>
    do { working = .success(try await keepAllAlive()) } catch { working = .failure(error) }
    let disturbed = await disturbing.stopped()
    try working.get()
    try disturbed.get()
  }

  private func keepAllAlive() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        try await withThrowingTaskGroup(of: Void.self) { workers in
          for index in await self.slots.indices {
            workers.addTask { try await self.keepAlive(index) }
          }
          for try await _ in workers {}
        }
      }
      group.addTask {
        try await Task.sleep(for: Self.longest)
        await self.surprise("stuck: not done after \(Self.longest)")
        await self.killAll()
      }
      defer { group.cancelAll() }
      try await group.next()
    }
  }

  private func keepAlive(_ index: Int) async throws {
    while true {
      let process = try start(index)
      let exit = try await process.end()
      slots[index].process = nil
      switch exit {
      case .exited(0): return
      case .signalled(SIGTERM): return
      case .exited(69), .exited(75): break
      case .signalled where !reportsDeaths: break
      case .signalled:
        // As the program that starts workers does.
        try await coordinatorLink.call { connection in
          let queue = TaskQueue(connection)
          try await queue.expire(host: ProcessInfo.processInfo.hostName, processID: process.processID)
          try await queue.maintain()
        }
      case .exited:
        surprise("worker \(index + 1) ended with \(exit): \(try Log.lines(of: log(index)).suffix(2))")
        return
      }
      // Waits until the database is there.
      try await link.call { try await $0.ping() }
    }
  }

  private func start(_ index: Int) throws -> ProgramProcess {
    let slot = slots[index]
    let arguments =
      [
        "run", "--drain", "-j", "1", "--lease", "\(Self.lease)", "--root", reference.root.path, "--parent",
        "\(ProcessInfo.processInfo.processIdentifier)",
      ] + slot.arguments
    let environment = server.environment(user: StudyLogins.worker(slot.number)).merging(
      ["PGHOST": "127.0.0.1", "PGPORT": "\(slot.proxy.port)", "PGDATABASE": database]) { $1 }
    let process = try ProgramProcess(
      "worker", arguments, environment: environment.merging(slot.environment) { $1 }, log: log(index),
      wrapper: slot.wrapper)
    slots[index].process = process
    return process
  }

  nonisolated func log(_ index: Int) -> URL { folder.appendingPathComponent("worker-\(index + 1).log") }

  /// How many lines of the workers' logs hold the text.
  nonisolated func logged(_ text: String) throws -> Int {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    return try names.filter { $0.hasPrefix("worker-") }
      .flatMap { try Log.lines(of: folder.appendingPathComponent($0)) }.count { $0.contains(text) }
  }

  func surprise(_ text: String) { surprises.append(text) }

  func kill(_ index: Int) { slots[index].process?.signal(SIGKILL) }

  private func killAll() { for slot in slots { slot.process?.signal(SIGTERM) } }

  /// Stops the server and starts it again; the workers are not told.
  func restartServer(_ mode: PrivatePostgres.StopMode, in folder: URL) async throws {
    try await server.stop(mode)
    servers.append(
      try await PrivatePostgres.start(in: folder, lifetime: .withProcess, tuning: .durable))
  }

  func rejoin(_ server: PrivatePostgres) { servers.append(server) }

  var server: PrivatePostgres { servers[servers.count - 1] }

  /// Stops what may still run, and drops the database, or the server with it.
  func clear(stoppingServer: Bool) async throws {
    for slot in slots {
      slot.process?.signal(SIGKILL)
      slot.proxy.close()
    }
    await link.close()
    await coordinatorLink.close()
    if stoppingServer {
      for server in servers { try await server.stop(.immediate) }
    } else {
      let caretaker = try await PostgresConnection.connect(to: server.connectionString(database: "postgres"))
      try await caretaker.execute("DROP DATABASE \(database) WITH (FORCE)")
      await caretaker.close()
    }
    try FileManager.default.removeItem(at: folder)
  }
}
