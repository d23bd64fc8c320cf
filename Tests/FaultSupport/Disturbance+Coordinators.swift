import Cancellation
import Foundation
import Postgres
import WorkerCore

#if canImport(Glibc)
  import Glibc
#endif

/// Coordinators that keep the queue in order beside a study: one leads, one stands by.
extension Disturbance {
  private static let coordinatorCount = 2
  /// Seconds; short against the lease of a worker.
  private static let leaderLease = "1"

  func startCoordinators() async throws {
    while coordinators.count < Self.coordinatorCount {
      coordinators.append(try await run.startCoordinator(["serve", "--lease", Self.leaderLease]))
    }
  }

  /// Ends those that are left, as an operator would.
  func stopCoordinators() async throws {
    for process in coordinators {
      process.signal(SIGTERM)
      let exit = try await process.end()
      if exit != .exited(0) { await run.surprise("a coordinator that was told to stop ended with \(exit)") }
    }
    coordinators = []
  }

  /// Kills the coordinator that leads, or all of them, and a worker that holds a task. Nobody reports that death, so the
  /// task comes back only if maintenance goes on: by the coordinator that stood by, or by the workers themselves.
  func killLeader() async throws -> Bool {
    try await watch.wait(until: "EXISTS (SELECT FROM queue.leader WHERE lease_until >= now())")
    let (holder, term) = try await run.link.call {
      try await $0.query("SELECT holder, term FROM queue.leader").only().decode(String.self, Int64.self)
    }
    let killsAll = Bool.random(using: &random)
    let doomed = coordinators.filter { killsAll || holder.hasSuffix("process \($0.processID)") }
    for process in doomed { process.signal(SIGKILL) }
    coordinators.removeAll { process in doomed.contains { $0.processID == process.processID } }
    let worker = try await killBusyWorker()
    try await watch.wait(
      until: "count(*) = 0 FROM queue.worker WHERE pid = $1 AND state <> 'lost'", worker)
    if !killsAll { try await watch.wait(until: "max(term) > $1 FROM queue.leader", term) }
    try await startCoordinators()
    return !doomed.isEmpty
  }

  /// - Returns: the number of its process.
  private func killBusyWorker() async throws -> Int32 {
    while true {
      try await watch.wait(until: "EXISTS (SELECT FROM queue.live_task WHERE state = 'running')")
      for slot in await run.slots.shuffled(using: &random) {
        guard let process = slot.process else { continue }
        // What it holds does not change meanwhile.
        process.signal(SIGSTOP)
        let crashes = try await mostCrashes(ofTasksOf: [process.processID])
        // The third death over a task would make it poison, by design.
        let isDoomed = crashes.map { $0 < 2 } ?? false
        let sessions = try await sessions(of: slot)
        process.signal(isDoomed ? SIGKILL : SIGCONT)
        guard isDoomed else { continue }
        // Its session may wait at the gate.
        faultIsThere.resolve(.success(()))
        // A completion that it had sent may have ended its tasks, and then nothing is left to be taken back.
        try await watch.wait(
          until: "NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = ANY ($1))", sessions)
        if try await mostCrashes(ofTasksOf: [process.processID]) != nil { return process.processID }
      }
    }
  }

  /// Server processes that serve a worker.
  private func sessions(of slot: StudyRun.Slot) async throws -> [Int32] {
    try await run.link.call { connection in
      try await connection.query(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND usename = $1",
        StudyLogins.worker(slot.number)
      ).map { try $0.decode(at: 0) }
    }
  }
}
