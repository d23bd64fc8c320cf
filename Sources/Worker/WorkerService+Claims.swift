import CommandSupport
import Logging
import Postgres
import StudyPlan
import StudyTasks
import TaskQueue
import WorkerCore

extension WorkerService {
  private var kinds: [String] { settings.kinds.map(\.rawValue) }

  /// Fills free slots, and claims short tasks ahead.
  func claim(isLook: Bool) async throws {
    var workIsAhead = true
    if let filling = plan.filling(isLook: isLook) {
      try await recoverClaims()
      try await lookForWeights()
      switch filling {
      case .claim(let most): try await claim(upTo: most, kinds: kinds)
      case .look(let most):
        let question = plan.signOfLife
        let answer = try await lookForWork(upTo: most)
        workIsAhead = answer.workIsAhead
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
    start(try await link.call { try await TaskQueue($0).claim(upTo: most, kinds: kinds, for: worker) })
    try await recoverClaims()
  }

  private func lookForWork(upTo most: Int) async throws -> HeartbeatAnswer {
    let (worker, kinds, silence, patience) = (plan.worker, kinds, plan.longestSilence, settings.patience)
    let (answer, tasks) = try await link.call {
      try await TaskQueue($0).lookForWork(
        upTo: most, kinds: kinds, for: worker, silence: silence, patience: patience)
    }
    start(tasks)
    try await recoverClaims()
    return answer
  }

  private func start(_ tasks: [ClaimedTask]) {
    plan.started(tasks)
    for task in tasks { executions[task.fence] = Task { await execute(task) } }
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

  // MARK: Weights

  /// A job whose weights were missing for a while gets another chance.
  private func lookForWeights() async throws {
    if missingWeights.tryAgain(at: .now) { try await tellMissingWeights() }
  }

  /// Hands a task back that needs weights which are not here, and claims no more of that kind.
  func decline(_ task: ClaimedTask, _ error: WeightsUnavailable) async throws {
    if missingWeights.miss(task.job, at: .now) {
      logger.warning("job \(task.job): deep tasks are left to other workers: \(error)")
    }
    try await tellMissingWeights()
    let worker = plan.worker
    _ = try await link.call { try await TaskQueue($0).release([task], by: worker) }
  }

  private func tellMissingWeights() async throws {
    let (worker, jobs) = (plan.worker, missingWeights.jobs)
    try await link.call { try await TaskQueue($0).lackWeights(ofJobs: jobs, on: worker) }
  }
}
