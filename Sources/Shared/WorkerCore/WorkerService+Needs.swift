import Logging
import TaskQueue

/// What waiting tasks need, and whether this worker has it.
extension WorkerService {
  /// What a look for a need came to.
  enum Finding: Sendable {
    case met
    case lacking(because: String)
  }

  /// Lets those needs be looked into that are wanted and worth a look: a few at a time, in an order of this worker's own, so that a
  /// thousand new workers do not ask for the files of the same site together.
  func lookInto(wanted: [String]) {
    lookInto(offers.questions(wanted.shuffled(), isBusy: isBusy, at: .now))
  }

  private var isBusy: Bool { plan.ledger.room == 0 }

  private func lookInto(_ needs: [String]) {
    for need in needs { ask.yield((need, plan.worker)) }
  }

  /// Looks for what tasks need, beside the work: a file system that hangs may take as long as a look may.
  func look() async throws {
    try await withThrowingDiscardingTaskGroup { group in
      for await (need, worker) in questions {
        group.addTask { await self.look(for: need, as: worker) }
      }
      // The stream ends with the surrounding task only; the work decides when that is.
      try Task.checkCancellation()
    }
  }

  /// Asks the kinds. What cannot be looked into is left to others, and looked into again as if it were lacking.
  private nonisolated func look(for need: String, as worker: Int64) async {
    let finding: Finding
    do {
      finding =
        switch try await runner.canOffer(
          need, as: worker, hangs: { [announce] in announce.yield(.lookHangs(need)) })
        {
        case .yes: .met
        case .no(let reason): .lacking(because: reason)
        case .isUnknown:
          .lacking(because: "it is not known here; update the worker, or run the kind that knows it")
        }
    } catch {
      finding = .lacking(because: "looking for it failed: \(error.reason)")
    }
    announce.yield(.looked(need, finding))
  }

  /// Tells the queue what it may give this worker from now on.
  func heed(_ finding: Finding, of need: String) async throws {
    let isNews: Bool
    switch finding {
    case .met: isNews = offers.answer(need, isMet: true, at: .now)
    case .lacking(let reason):
      isNews = offers.answer(need, isMet: false, at: .now)
      if isNews { logLack(of: need, because: reason) }
    }
    if isNews { try await tellOffers() }
    lookInto(offers.moreQuestions(isBusy: isBusy))
  }

  /// This machine lacks what a task needs: no task with that need is claimed until it was looked for again.
  func decline(_ need: String, because reason: String) async throws {
    if offers.withdraw(need, at: .now) { logLack(of: need, because: reason) }
    try await tellOffers()
  }

  private func logLack(of need: String, because reason: String) {
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
    case .failure(let failure), .notHere(let failure): failure.sentence
    case .needNotMet(_, let reason), .notYet(_, let reason): reason
    case .cancelled: "it was stopped"
    case .infrastructure(let error): TaskFailure(unexpected: error).sentence
    }
  }
}
