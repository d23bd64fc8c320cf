import Foundation
import Postgres
import PrivateServer
import WorkerCore

#if canImport(Glibc)
  import Glibc
#endif

extension Disturbance {
  /// Kills these workers, unless one of them runs a task that two workers have died over already: a third death makes
  /// it poison, by design. Frozen first, so that what it runs does not change meanwhile.
  func kill(_ indices: [Int]) async throws -> Bool {
    let processes = await run.slots.enumerated().filter { indices.contains($0.offset) }.compactMap(
      \.element.process)
    for process in processes { process.signal(SIGSTOP) }
    let worst = try await mostCrashes(ofTasksOf: processes.map(\.processID)) ?? 0
    for process in processes { process.signal(worst >= 2 ? SIGCONT : SIGKILL) }
    return worst < 2 && !processes.isEmpty
  }

  /// How often workers have died over a task that these hold, at most; nil where they hold none.
  func mostCrashes(ofTasksOf processes: [Int32]) async throws -> Int? {
    try await run.link.call {
      try await $0.query(
        """
        SELECT max(crashes)::bigint FROM queue.live_task JOIN queue.worker USING (worker_id)
          WHERE live_task.state = 'running' AND pid = ANY ($1)
        """, processes
      ).scalar(as: Int?.self)
    }
  }

  /// Stops a worker while its completion is on the way, until it is declared lost; then lets both go on. Not one that runs
  /// a task that two were lost over already, as with `kill`.
  func freeze() async throws -> Bool {
    let slot = await run.slots[try await strike(.hold).victim]
    guard let process = slot.process, try await mostCrashes(ofTasksOf: [process.processID]) ?? 0 < 2 else {
      slot.proxy.release()
      return false
    }
    process.signal(SIGSTOP)
    let result: Result<Void, any Error>
    do {
      result = .success(
        try await watch.wait(
          // A process that was lost before has registered anew.
          until: "count(*) = 0 FROM queue.worker WHERE pid = $1 AND state <> 'lost'", process.processID))
    } catch {
      result = .failure(error)
    }
    slot.proxy.release()
    process.signal(SIGCONT)
    try result.get()
    return true
  }

  /// Kills whichever worker runs the large case, which takes so long that no kill comes late, until it is given up.
  func poison() async throws {
    let guilty = try await run.link.call {
      try await $0.query("SELECT task_id FROM queue.task WHERE payload ->> 'image' = $1", LargeCase.image)
        .scalar(as: Int.self)
    }
    while true {
      try await watch.wait(
        until: """
          EXISTS (SELECT FROM queue.live_task WHERE task_id = $1 AND state = 'running')
            OR EXISTS (SELECT FROM queue.task_history WHERE task_id = $1)
          """, guilty)
      let runner = try await run.link.call { connection in
        try await connection.query(
          """
          SELECT pid FROM queue.live_task JOIN queue.worker USING (worker_id)
            WHERE task_id = $1 AND live_task.state = 'running'
          """, guilty
        ).first?.decode(at: 0, as: Int32.self)
      }
      guard let runner else {
        let ended = try await run.link.call {
          try await $0.query("SELECT EXISTS (SELECT FROM queue.task_history WHERE task_id = $1)", guilty)
            .scalar(as: Bool.self)
        }
        if ended { return }
        continue
      }
      if let slot = await run.slots.first(where: { $0.process?.processID == runner }) {
        slot.process?.signal(SIGKILL)
        injected += 1
        _ = try await slot.process?.end()
        try await watch.wait(
          until: """
            NOT EXISTS (SELECT FROM queue.live_task JOIN queue.worker USING (worker_id)
              WHERE task_id = $1 AND pid = $2)
            """, guilty, runner)
      }
    }
  }
}

/// `coordinator local`, killed and started again until it ends by itself.
enum CoordinatorRun {
  static func run(_ reference: ReferenceStudy, killedAt moments: [Int]) async throws -> (Int, StudyAccounts) {
    let name = "local-\(UUID().uuidString.prefix(8))"
    let folder = reference.folder.appendingPathComponent(name)
    let log = reference.folder.appendingPathComponent("\(name).log")
    let arguments = [
      "local", reference.file.path, "-j", "2", "--data", folder.path, "--out", folder.path + "-out",
    ]
    let target = try await server(in: folder, log: log)
    let gate = try await StudyGate(at: target, moments: moments)
    var killed = 0
    for (number, moment) in moments.enumerated() {
      let process = try ProgramProcess("coordinator", arguments, log: log)
      let watch = StudyWatch(target)
      let killing = Task {
        try await watch.waitByAsking(untilEnded: moment)
        process.signal(SIGKILL)
      }
      let exit = try await process.end()
      try await killing.stopped().get()
      await watch.close()
      await gate.open(number)
      switch exit {
      case .signalled(SIGKILL): killed += 1
      // It was done before its moment came.
      case .exited(0): break
      default:
        throw ProgramFailure("coordinator local ended with \(exit): \(try Log.lines(of: log).suffix(3))")
      }
    }
    await gate.close()
    try await ProgramProcess.run("coordinator", arguments, log: log)
    let accounts = try await StudyAccounts(at: target)
    try await ProgramProcess.run("coordinator", arguments + ["--stop"], log: log)
    return (killed, accounts)
  }

  /// A server that the coordinator will join, whose database has the gate.
  private static func server(in folder: URL, log: URL) async throws -> String {
    let target = try await PrivatePostgres.start(in: folder, lifetime: .untilStopped, tuning: .durable)
      .connectionString()
    try await ProgramProcess.run("coordinator", ["migrate", "--database", target], log: log)
    let connection = try await PostgresConnection.connect(to: target)
    try await connection.execute(script: StudyGate.trigger)
    await connection.close()
    return target
  }
}
