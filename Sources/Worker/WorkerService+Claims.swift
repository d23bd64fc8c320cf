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

  // MARK: Needs

  /// Looks for what waiting tasks need and this worker did not offer yet.
  func lookFor(_ wanted: [String]) async throws {
    let before = offers.list
    for need in offers.unknown(of: wanted, at: .now) {
      guard case .weights(let name, let sha256) = TaskNeed(text: need) else {
        _ = offers.refuse(need, at: .now)
        continue
      }
      do {
        _ = try await runner.networks.extractor(DeepWeights(name: name, sha256: sha256))
        offers.meet(need)
      } catch let error as WeightsUnavailable {
        refuse(need, error)
      } catch is StudyTaskError {
        // Weights that are there and cannot be used: the task says why.
        offers.meet(need)
      }
    }
    guard offers.list != before else { return }
    try await tellOffers()
    announce.yield(.lookForWork)
  }

  /// Hands a task back that needs weights which are gone, and claims no more that need them.
  func decline(_ task: ClaimedTask, _ error: WeightsUnavailable) async throws {
    let study = try await runner.studies.study(of: task.job, for: plan.worker)
    if let need = study.deep?.weights.need { refuse(need.text, error) }
    try await tellOffers()
    let worker = plan.worker
    _ = try await link.call { try await TaskQueue($0).release([task], by: worker) }
  }

  private func refuse(_ need: String, _ error: WeightsUnavailable) {
    if offers.refuse(need, at: .now) {
      logger.warning("deep tasks are left to other workers: \(error)")
    }
  }

  private func tellOffers() async throws {
    let (worker, list) = (plan.worker, offers.list)
    try await link.call { try await TaskQueue($0).offer(list, by: worker) }
  }
}
