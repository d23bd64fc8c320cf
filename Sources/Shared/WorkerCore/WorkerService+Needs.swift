import Logging
import TaskQueue

/// What waiting tasks need, and whether this worker has it.
extension WorkerService {
  /// Asks the kinds for what waiting tasks need and this worker does not offer yet. What cannot be looked into is left to
  /// others, and looked into again as if it were lacking.
  func lookInto(_ wanted: [String]) async throws {
    let before = offers.offered
    for need in offers.questions(wanted, at: .now) {
      do {
        switch try await runner.canOffer(need, as: plan.worker) {
        case .yes: _ = offers.answer(need, isMet: true, at: .now)
        case .no(let reason): leave(need, because: reason)
        case .isUnknown:
          leave(need, because: "it is not known here; update the worker, or run the kind that knows it")
        }
      } catch {
        if Task.isCancelled { throw error }
        leave(need, because: "looking for it failed: \(error.reason)")
      }
    }
    guard offers.offered != before else { return }
    try await tellOffers()
    announce.yield(.lookForWork)
  }

  /// This machine lacks what a task needs: no task with that need is claimed until it was looked for again.
  func decline(_ need: String, because reason: String) async throws {
    leave(need, because: reason)
    try await tellOffers()
  }

  private func leave(_ need: String, because reason: String) {
    guard offers.answer(need, isMet: false, at: .now) else { return }
    logger.warning("tasks that need \(need) are left to other workers: \(reason)")
  }

  private func tellOffers() async throws {
    let (worker, list) = (plan.worker, offers.offered)
    try await link.call { try await TaskQueue($0).offer(list, by: worker) }
  }
}

extension TaskError {
  /// For a log: no value that a message may quote.
  fileprivate var reason: String {
    switch self {
    case .failure(let failure): failure.sentence
    case .needNotMet(_, let reason): reason
    case .cancelled: "it was stopped"
    case .infrastructure(let error): TaskFailure(unexpected: error).sentence
    }
  }
}
