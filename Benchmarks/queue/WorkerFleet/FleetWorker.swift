import Postgres
import TaskQueue
import WorkerCore

/// One simulated worker: the loop of `worker run`, with tasks that sleep.
actor FleetWorker {
  private static let lease = 30.0
  private static let kinds = ["nap", "sleep"]

  private enum Event: Sendable {
    case look, heartbeat, ended
  }

  private let number: Int
  private let slots: Int
  private let longestSleep: Double
  private let observer: FleetObserver
  private var poll: PollPolicy
  private var running: Set<Int64> = []
  private var alarm: Task<Void, any Error>?
  private let events: AsyncStream<Event>
  private let inbox: AsyncStream<Event>.Continuation
  private var collected: [ClaimedTask] = []

  init(number: Int, slots: Int, longestSleep: Double, poll: PollPolicy, observer: FleetObserver) {
    self.number = number
    self.slots = slots
    self.longestSleep = longestSleep
    self.poll = poll
    self.observer = observer
    (events, inbox) = AsyncStream.makeStream()
  }

  func run(_ target: String) async throws {
    let connection = try await PostgresConnection.connect(to: target)
    let queue = TaskQueue(connection)
    let worker = try await queue.register(
      WorkerDescription(
        host: "fleet", processID: Int32(number + 1), slots: slots, version: "fleet", sites: nil,
        leaseInSeconds: Self.lease))
    await observer.hasStarted()
    inbox.yield(.look)
    let beat = Task { [inbox] in
      while true {
        try await Task.sleep(for: .seconds(Self.lease / 3))
        inbox.yield(.heartbeat)
      }
    }
    defer { beat.cancel() }
    for await event in events {
      if Task.isCancelled { break }
      switch event {
      case .look where running.isEmpty: try await look(queue, worker)
      case .look, .ended: try await exchange(queue, worker)
      case .heartbeat: try await keepLease(queue, worker)
      }
    }
    alarm?.cancel()
    await connection.close()
  }

  private func look(_ queue: TaskQueue, _ worker: Int64) async throws {
    let (answer, claimed) = try await queue.lookForWork(
      upTo: slots, kinds: Self.kinds, for: worker, silence: poll.longestSilence)
    await observer.sent(ended: 0, claimed: claimed.count)
    begin(claimed, workIsAhead: answer.workIsAhead)
  }

  /// Ends what is done and claims for the free slots, in one call.
  private func exchange(_ queue: TaskQueue, _ worker: Int64) async throws {
    let ended = collected
    collected = []
    let room = slots - running.count + ended.count
    guard !ended.isEmpty || room > 0 else { return }
    let (verdicts, claimed) = try await queue.complete(
      ended, claimingUpTo: room, kinds: Self.kinds, for: worker)
    precondition(verdicts.values.allSatisfy { $0 == .ok })
    for task in ended { running.remove(task.id) }
    await observer.sent(ended: ended.count, claimed: claimed.count)
    begin(claimed, workIsAhead: true)
  }

  /// What ends while a call is under way goes together in the next.
  private func finish(_ task: ClaimedTask) async {
    collected.append(task)
    if collected.count == 1 { inbox.yield(.ended) }
    await observer.freedSlot()
  }

  private func keepLease(_ queue: TaskQueue, _ worker: Int64) async throws {
    guard !running.isEmpty else { return }
    _ = try await queue.heartbeat(of: worker, running: running.sorted())
    await observer.sentHeartbeat()
  }

  private func begin(_ tasks: [ClaimedTask], workIsAhead: Bool) {
    for task in tasks {
      running.insert(task.id)
      let rest = Double.random(in: longestSleep / 10...longestSleep)
      // Ends by itself; the process ends with the simulation.
      Task {
        try await Task.sleep(for: .seconds(rest))
        await finish(task)
      }
    }
    if !tasks.isEmpty { poll.foundWork() }
    alarm?.cancel()
    guard running.count < slots else { return }
    let wait = poll.foundNothing(workIsAhead: workIsAhead, chance: .random(in: 0..<1))
    alarm = Task { [inbox] in
      try await Task.sleep(for: wait)
      inbox.yield(.look)
    }
  }
}
