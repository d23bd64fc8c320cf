import Cancellation
import Foundation
import Postgres
import PrivateServer
import WorkerCore

#if canImport(Glibc)
  import Glibc
#endif

/// Makes a fault happen at its moments, and knows by which sign it must have been noticed.
actor Disturbance {
  let fault: Fault
  let run: StudyRun
  let watch: StudyWatch
  /// Data folder of the server, where the fault concerns the server.
  let folder: URL?
  let moments: [Int]
  /// Resolved when the fault of this moment is there: the study may go on.
  var faultIsThere = Promise<Void>()
  private let target: String
  private var gate: StudyGate?
  var random: SeededGenerator
  var injected = 0
  var coordinators: [ProgramProcess] = []

  static let workers = 3

  init(
    _ fault: Fault, run: StudyRun, watching connectionString: String, folder: URL?, moments: [Int],
    random: SeededGenerator
  ) {
    self.fault = fault
    self.run = run
    watch = StudyWatch(connectionString)
    target = connectionString
    self.folder = folder
    self.moments = moments
    self.random = random
  }

  /// Workers as the fault needs them, and the moments at which it is to happen.
  func prepare() async throws {
    try await prepareWorkers()
    if ![.clockWrong, .poison, .outOfMemory, .overTime].contains(fault) {
      gate = try await StudyGate(at: target, moments: Array(moments.prefix(1)))
    }
  }

  private func prepareWorkers() async throws {
    switch fault {
    case .networkSilent:
      // Longer than calls take on a busy machine, shorter than the lease.
      try await run.prepare(workers: Self.workers) { $0.arguments = ["--call-timeout", "2"] }
    case .clockWrong:
      try await run.prepare(workers: 2) { slot in
        slot.environment = WrongClock.environment(hours: slot.number == 1 ? 1 : -1)
      }
      injected = 2
    case .serverMoved:
      let other = try await run.proxy()
      spare = other
      try await run.prepare(workers: Self.workers) { slot in
        slot.environment = ["PGHOST": "127.0.0.1,127.0.0.1", "PGPORT": "\(slot.proxy.port),\(other.port)"]
      }
    case .outOfMemory:
      try await run.prepare(workers: 2) { slot in
        slot.arguments = ["-j", "3"]
        slot.wrapper = ["/usr/bin/prlimit", "--core=0", "--as=\(LargeCase.addressSpace)"]
      }
    case .overTime:
      // The limit is for the large case, and long for the small ones beside it; what follows from them may take its time.
      try await run.prepare(workers: 3) { slot in
        slot.arguments =
          switch slot.number {
          case 1: ["--kind", "bootstrap", "--kind", "aggregate"]
          case 2: ["--kind", "extract", "--site", ReferenceStudy.sites[0]]
          default:
            [
              "-j", "2", "--kind", "extract", "--site", ReferenceStudy.sites[1], "--site", LargeCase.site,
              "--task-limit", "10s",
            ]
          }
      }
    case .poison:
      try await run.prepare(workers: 2) { $0.arguments = ["-j", "3"] }
    case .leaderKilled:
      await run.leaveDeathsUnreported()
      try await startCoordinators()
      try await run.prepare(workers: Self.workers)
    case .workerFrozen where run.grants.bindsLogins:
      // A worker may be the last that could notice that another one is lost, and be frozen itself.
      try await startCoordinators()
      try await run.prepare(workers: Self.workers)
    case .serializationFailure:
      try await setDatabase("default_transaction_isolation", "'repeatable read'")
      try await run.prepare(workers: Self.workers)
    default: try await run.prepare(workers: Self.workers)
    }
  }

  var spare: WireProxy?

  func inject() async throws {
    switch fault {
    case .clockWrong: return
    case .poison: return try await poison()
    case .outOfMemory, .overTime: return
    default: break
    }
    guard let gate else { return }
    try await inject(atGatesOf: gate)
  }

  private func inject(atGatesOf gate: StudyGate) async throws {
    let result: Result<Void, any Error>
    do {
      for (number, moment) in moments.enumerated() {
        if number > 0 {
          guard await gate.close(number, at: moment, workers: Self.workers) else { break }
        }
        try await watch.wait(untilEnded: moment)
        if try await injectOnce(opening: number, of: gate) { injected += 1 }
        if fault == .serverMoved { break }
      }
      result = .success(())
    } catch {
      result = .failure(error)
    }
    await gate.close()
    try result.get()
  }

  /// What is left closed where the harness itself went wrong.
  func openAll() async { await gate?.close() }

  /// Opens the gate when the fault is there, or could not be brought about.
  private func injectOnce(opening number: Int, of gate: StudyGate) async throws -> Bool {
    let isThere = Promise<Void>()
    faultIsThere = isThere
    async let opening: Void = {
      try await isThere.value()
      await gate.open(number)
    }()
    let result: Result<Bool, any Error>
    do { result = .success(try await injectOnce()) } catch { result = .failure(error) }
    isThere.resolve(.success(()))
    try await opening
    return try result.get()
  }

  /// - Returns: whether it happened.
  private func injectOnce() async throws -> Bool {
    switch fault {
    case .workerKilled: return try await kill([try await victim()])
    case .allWorkersKilled: return try await kill(Array(await run.slots.indices))
    case .leaderKilled: return try await killLeader()
    case .workerFrozen: return try await freeze()
    case .serverStopped: return try await restart(.fast)
    case .serverCrashed: return try await restart(.immediate)
    case .sessionsTerminated: return try await terminateSessions() > 0
    case .acknowledgementLost:
      _ = try await strike(.cutAfterCommit)
      return true
    case .completionRepeated:
      let second = try await strike(.repeatAfterCommit).answer
      if !second.contains("already") { repeats.append("a repeated completion was answered \(second)") }
      return true
    case .networkSilent:
      await run.slots[try await victim()].proxy.fallSilent()
      return true
    case .serverMoved:
      for slot in await run.slots { slot.proxy.close() }
      return true
    case .serverReadOnly: return try await makeReadOnly()
    case .diskFull: return try await fillDisk()
    case .deadlock: return try await deadlock()
    case .serializationFailure: return try await conflict()
    case .statementCancelled: return try await cancelStatement()
    case .coordinatorKilled, .clockWrong, .poison, .outOfMemory, .overTime: return false
    }
  }

  var repeats: [String] = []

  /// Where the fault lies in the case itself: how often it was tried.
  func countAttempts(_ accounts: StudyAccounts) async throws {
    guard [.outOfMemory, .overTime].contains(fault), !accounts.failed.isEmpty else { return }
    injected = try await deathsBeforeTheLast() + 1
  }

  /// Signs that must be there, and are not.
  func violations(_ accounts: StudyAccounts) async throws -> [String] {
    var signs: [(String, Bool)] = []
    let connections = await run.slots.map(\.proxy.connections).reduce(0, +)
    switch fault {
    case .workerFrozen: signs = [("a stale completion in a log", try run.logged(": stale") >= injected)]
    // The repeated completion may have lost its answer too.
    case .acknowledgementLost: signs = [("a completion answered already", try run.logged(": already") > 0)]
    case .leaderKilled: signs = [("a task taken back from each", try await tasksTakenBack() >= injected)]
    case .networkSilent: signs = [("a call given up", try run.logged("the deadline of the call passed") > 0)]
    case .serverStopped, .serverCrashed, .sessionsTerminated, .serverMoved:
      signs = [("a new connection", connections + (spare?.connections ?? 0) > Self.workers)]
    case .outOfMemory, .poison:
      let deaths = try await deathsBeforeTheLast()
      signs = [
        ("one case quarantined as poison", accounts.failed == ["poison"]), ("three deaths", deaths == 2),
      ]
    case .overTime: signs = [("one case failed with time-limit", accounts.failed == ["time-limit"])]
    default: break
    }
    return repeats + signs.filter { !$0.1 }.map { "missing: \($0.0)" }
  }

  /// Once from each worker that died, at least.
  private func tasksTakenBack() async throws -> Int {
    let lost = "SELECT count(*) FROM queue.attempt_failure WHERE failure_code = 'worker-lost'"
    return try await run.link.call { try await $0.query(lost).scalar(as: Int.self) }
  }

  /// Of the failed task.
  private func deathsBeforeTheLast() async throws -> Int {
    try await run.link.call {
      try await $0.query(
        """
        SELECT count(*) FROM queue.attempt_failure JOIN queue.task_history h USING (task_id)
          WHERE h.outcome = 'failed'
        """
      ).scalar(as: Int.self)
    }
  }
}
