import Logging
import Postgres
import TaskQueue

/// The work: tasks from claim to end.
extension WorkerService {
  /// Lives on events, one after the other, until there is nothing more to do.
  func work() async throws {
    announce.yield(.lookForWork)
    for await event in events {
      var isLook = false
      switch event {
      case .lookForWork: isLook = true
      case .began(let task, let time):
        plan.began(task, at: time)
        continue
      case .computed(let task, let seconds):
        if plan.computed(task, seconds: seconds) { await runner.slots.turnAway() }
        continue
      case .waitEnds:
        waitAlarm = nil
        if plan.hasWaited(until: .now) { await runner.slots.turnAway() }
      case .lookHangs(let need):
        offers.hangs(need)
        continue
      case .looked(let need, let finding): try await heed(finding, of: need)
      case .ended(let task):
        plan.ended(task)
        executions[task.fence] = nil
      case .answered(let answer, let question):
        plan.endedSilence()
        try await heed(answer, to: question)
      case .stop: await stop()
      case .graceIsOver: return await abandon()
      case .stuck:
        isStuck = true
        await stop()
      case .cannotHandBack:
        throw WorkerError.taskCannotBeEnded
      }
      try await claim(isLook: isLook)
      watchWaiting()
      if try await isOver() { return }
    }
  }

  private func isOver() async throws -> Bool {
    switch plan.ending {
    case .goOn: return false
    case .end: return true
    case .askWhetherIdle:
      // What it finds may be what is left needs.
      if offers.isLooking { return false }
      let worker = plan.worker
      let (isIdle, unmet) = try await link.call { connection -> (Bool, [String]) in
        let queue = TaskQueue(connection)
        if try await queue.isIdle(for: worker) { return (true, []) }
        return (false, try await queue.unmetNeeds(for: worker))
      }
      return isIdle || plan.giveUp(for: unmet, at: .now)
    }
  }

  // MARK: Claims

  /// Fills free slots, and claims short tasks ahead.
  func claim(isLook: Bool) async throws {
    var workIsAhead = true
    if let filling = plan.filling(isLook: isLook) {
      try await recoverClaims()
      switch filling {
      case .claim(let most): try await claim(upTo: most, kinds: kinds)
      case .look(let most):
        let question = plan.signOfLife
        let answer = try await lookForWork(upTo: most)
        workIsAhead = answer.workIsAhead
        plan.announcedSilence(as: question.worker)
        try await heed(answer, to: question)
      }
    }
    alarm?.cancel()
    switch plan.next(workIsAhead: workIsAhead, chance: .random(in: 0..<1)) {
    case .rest: break
    case .claimAhead(let most, let kinds): try await claim(upTo: most, kinds: kinds)
    case .lookAgain(let wait):
      // Outlives this call on purpose; it only sends an event. A cancelled alarm does not ring.
      alarm = Task { [announce] in
        do { try await Task.sleep(for: wait) } catch { return }
        announce.yield(.lookForWork)
      }
    }
  }

  private func claim(upTo most: Int, kinds: [String]) async throws {
    try await recoverClaims()
    let worker = plan.worker
    try await start(
      try await link.call { try await TaskQueue($0).claim(upTo: most, kinds: kinds, for: worker) })
    try await recoverClaims()
  }

  private func lookForWork(upTo most: Int) async throws -> HeartbeatAnswer {
    let (worker, kinds, silence, patience) = (plan.worker, kinds, plan.longestSilence, settings.patience)
    let (answer, tasks) = try await link.call {
      try await TaskQueue($0).lookForWork(
        upTo: most, kinds: kinds, for: worker, silence: silence, patience: patience)
    }
    try await start(tasks)
    try await recoverClaims()
    return answer
  }

  private func start(_ tasks: [ClaimedTask]) async throws {
    metrics.claimed(tasks, at: .now)
    let surplus = plan.started(tasks, at: .now)
    let unwanted = Set(surplus.map(\.fence))
    for task in tasks where !unwanted.contains(task.fence) {
      executions[task.fence] = Task { await execute(task) }
    }
    guard !surplus.isEmpty else { return }
    let worker = plan.worker
    try await link.call { _ = try await TaskQueue($0).release(surplus, by: worker) }
    for task in surplus { metrics.ended(task, "handed-back", at: .now) }
  }

  /// Rings when the task that has waited longest for a slot has waited for too long.
  private func watchWaiting() {
    guard waitAlarm == nil, let end = plan.waitEnds else { return }
    // Outlives this call on purpose; it only sends an event. A cancelled alarm does not ring.
    waitAlarm = Task { [announce] in
      do { try await Task.sleep(until: end, clock: .continuous) } catch { return }
      announce.yield(.waitEnds)
    }
  }

  /// A claim may have been committed although its answer was lost with the connection: those tasks go back, at once,
  /// because this worker may be busy for long with those that it knows of.
  private func recoverClaims() async throws {
    let generation = await link.generation
    guard let known = plan.tasksToKeep(on: generation) else { return }
    let worker = plan.worker
    try await link.call { _ = try await TaskQueue($0).releaseOthers(than: known, of: worker) }
    plan.knowsAllClaims(on: generation)
  }

  // MARK: Executions

  func execute(_ task: ClaimedTask) async {
    let worker = plan.worker
    let ending = await runner.run(task, as: worker) { [announce, metrics] time in
      metrics.began(task, at: time)
      announce.yield(.began(task, at: time))
    } computed: { [announce, metrics] seconds in
      metrics.computed(task, seconds: seconds, at: .now)
      announce.yield(.computed(task, seconds: seconds))
    }
    switch ending {
    case .recorded(let verdict, let failure): note(verdict, of: task, because: failure)
    case .notBegun: await handBack(task, from: worker)
    case .needNotMet(let need, let reason):
      do {
        try await decline(need, because: reason)
        await handBack(task, from: worker)
      } catch {
        await recordTrouble(error, with: task, of: worker)
      }
    case .cancelled:
      metrics.ended(task, "dropped", at: .now)
      logger.info("task \(task.id) \(task.kind): dropped, its claim was taken back")
    case .trouble(let error): await recordTrouble(error, with: task, of: worker)
    }
    announce.yield(.ended(task))
  }

  private func note(_ verdict: Verdict, of task: ClaimedTask, because failure: TaskFailure?) {
    metrics.ended(task, verdict.rawValue, at: .now)
    guard let failure else { return logger.info("task \(task.id) \(task.kind): \(verdict.rawValue)") }
    // The code alone: the sentence may name a file.
    logger.warning("task \(task.id) \(task.kind): \(verdict.rawValue), \(failure.code)")
  }

  /// What went wrong around a task counts as a failed attempt, so that it is tried again, and known in the end.
  private func recordTrouble(_ error: any Error, with task: ClaimedTask, of worker: Int64) async {
    logger.error("task \(task.id) \(task.kind): its end could not be recorded: \(error)")
    let failure = error as? TaskFailure ?? TaskFailure(unexpected: error)
    do {
      let verdict = try await link.call { try await TaskQueue($0).fail(task, because: failure, by: worker) }
      note(verdict, of: task, because: nil)
    } catch {
      logger.error("task \(task.id) \(task.kind): the failed attempt could not be recorded: \(error)")
      await handBack(task, from: worker)
    }
  }

  private func handBack(_ task: ClaimedTask, from worker: Int64) async {
    do {
      try await link.call { _ = try await TaskQueue($0).release([task], by: worker) }
      metrics.ended(task, "handed-back", at: .now)
      logger.info("task \(task.id) \(task.kind): handed back")
    } catch  where error.isCancellation {
      metrics.ended(task, "not-recorded", at: .now)
      logger.info("task \(task.id) \(task.kind): goes back with the worker's lease")
    } catch {
      metrics.ended(task, "not-recorded", at: .now)
      logger.error("task \(task.id) \(task.kind): could not be handed back: \(error)")
      announce.yield(.cannotHandBack)
    }
  }

  /// The grace is over: whatever still runs is left, and goes back when the worker says goodbye.
  func abandon() async {
    for execution in executions.values { execution.cancel() }
    for execution in executions.values { await execution.value }
    executions = [:]
  }
}

extension Error {
  /// Whether the caller was cancelled, as Swift or as the database says it.
  fileprivate var isCancellation: Bool {
    self is CancellationError || (self as? PostgresError)?.code == .cancelled
  }
}
