import Cancellation
import Foundation
import Postgres
import TaskQueue

/// Runs claimed tasks by their kinds, each in a slot, and stores what came out.
struct TaskRunner: Sendable {
  let slots: AsyncSemaphore
  let progress = ProgressBoard()
  private let link: DatabaseLink
  /// Makes the clock of a task that begins.
  private let limits: @Sendable () -> Computation
  private let lookLimit: Duration
  private let kinds: [String: any RunnableKind]

  init(
    _ kinds: [any TaskKind], slots: Int, link: DatabaseLink, lookLimit: Duration,
    limits: @escaping @Sendable () -> Computation
  ) {
    self.slots = AsyncSemaphore(slots)
    self.link = link
    self.lookLimit = lookLimit
    self.limits = limits
    self.kinds = Dictionary(uniqueKeysWithValues: kinds.map { (type(of: $0).name, runnable($0, link)) })
  }

  /// How a task ended.
  enum Ending: Sendable {
    /// What is recorded, and of a failed attempt why.
    case recorded(Verdict, failure: TaskFailure?)
    /// It waited for a slot and goes back.
    case notBegun
    case needNotMet(String, because: String)
    case cancelled
    /// Something around it went wrong, and nothing is recorded yet.
    case trouble(any Error)
  }

  /// Computes in a slot, stores outside of it, so that the next task computes meanwhile.
  /// - Parameters:
  ///   - began: is told that the task has a slot.
  ///   - computed: is told how many seconds the slot was taken.
  func run(
    _ task: ClaimedTask, as worker: Int64, began: @Sendable (ContinuousClock.Instant) -> Void,
    computed: @Sendable (Double) -> Void
  ) async -> Ending {
    do {
      let outcome = try await slots.during {
        let start = ContinuousClock.now
        began(start)
        let outcome = try await perform(task, as: worker)
        computed((ContinuousClock.now - start) / .seconds(1))
        return outcome
      }
      return .recorded(try await outcome.store(), failure: outcome.failure)
    } catch is AsyncSemaphore.TurnedAway {
      return .notBegun
    } catch {
      return Ending(TaskError(error))
    }
  }

  private func perform(_ task: ClaimedTask, as worker: Int64) async throws -> (
    store: Storing, failure: TaskFailure?
  ) {
    let tools = TaskTools(
      worker: worker, database: link, computation: limits(), failures: task.failures,
      beginLook: { [lookLimit] in Computation(limit: lookLimit, grace: .zero) {} },
      note: { [progress] in progress.note($0, of: task) })
    defer { progress.forget(task) }
    do {
      guard let kind = kinds[task.kind] else {
        throw TaskError.failure(
          TaskFailure(
            code: "unknown-kind", sentence: "This worker does not know tasks of kind '\(task.kind)'.",
            remedy: "Update the worker.", isRetryable: false))
      }
      return (try await kind.perform(task, with: tools), nil)
    } catch TaskError.failure(let failure) {
      let store: Storing = { [link] in
        try await link.call { try await TaskQueue($0).fail(task, because: failure, by: worker) }
      }
      return (store, failure)
    } catch TaskError.notHere(let failure) {
      let store: Storing = { [link] in
        try await link.call {
          let queue = TaskQueue($0)
          let verdict = try await queue.decline(task, because: failure.sentence, by: worker)
          return verdict == .nowhere ? try await queue.fail(task, because: failure, by: worker) : verdict
        }
      }
      return (store, failure)
    } catch TaskError.notYet(let span, let reason) {
      let store: Storing = { [link] in
        try await link.call { try await TaskQueue($0).snooze(task, for: span, because: reason, by: worker) }
      }
      return (store, nil)
    }
  }

  /// What the kinds say of a need.
  /// - Parameter hangs: is told where a look for it goes on although its time is over; the answer does not wait for it.
  func canOffer(_ need: String, as worker: Int64, hangs: @escaping @Sendable () -> Void)
    async throws(TaskError)
    -> OfferAnswer
  {
    let look: @Sendable () -> Computation = { [lookLimit] in
      Computation(limit: lookLimit, grace: .zero, onStuck: hangs)
    }
    let tools = TaskTools(worker: worker, database: link, computation: look(), failures: 0, beginLook: look)
    for kind in kinds.values {
      let answer = try await kind.canOffer(need, with: tools)
      if answer != .isUnknown { return answer }
    }
    return .isUnknown
  }
}

extension TaskRunner.Ending {
  fileprivate init(_ error: TaskError) {
    self =
      switch error {
      case .failure(let failure), .notHere(let failure): .trouble(failure)
      case .needNotMet(let need, let reason): .needNotMet(need, because: reason)
      case .notYet: .trouble(error)
      case .cancelled: .cancelled
      case .infrastructure(let error): .trouble(error)
      }
  }
}

/// Stores what a task came to; may be repeated.
private typealias Storing = @Sendable () async throws -> Verdict

/// A kind with its types out of sight.
private protocol RunnableKind: Sendable {
  func canOffer(_ need: String, with tools: TaskTools) async throws(TaskError) -> OfferAnswer
  func perform(_ task: ClaimedTask, with tools: TaskTools) async throws(TaskError) -> Storing
}

private func runnable<Kind: TaskKind>(_ kind: Kind, _ link: DatabaseLink) -> any RunnableKind {
  StoredKind(kind, link)
}

/// A kind whose outcomes are stored as many together as it allows.
private struct StoredKind<Kind: TaskKind>: RunnableKind {
  private let kind: Kind
  private let store: @Sendable (EndedTask<Kind.Outcome>, _ worker: Int64) async throws -> Verdict

  init(_ kind: Kind, _ link: DatabaseLink) {
    self.kind = kind
    guard Kind.mostStoredTogether > 1 else {
      store = { ended, worker in
        try await link.call { try await kind.store([ended], by: worker, on: $0) }.verdict(of: ended.task)
      }
      return
    }
    let batches = CompletionBatches(most: Kind.mostStoredTogether) { ended, worker in
      try await link.call { try await kind.store(ended, by: worker, on: $0) }
    }
    store = { try await batches.complete($0.task, with: $0, by: $1) }
  }

  func canOffer(_ need: String, with tools: TaskTools) async throws(TaskError) -> OfferAnswer {
    try await kind.canOffer(need, with: tools)
  }

  func perform(_ task: ClaimedTask, with tools: TaskTools) async throws(TaskError) -> Storing {
    let payload = try decoded(task)
    let outcome = try await kind.perform(payload, of: task, with: tools)
    let (store, worker) = (store, tools.worker)
    return { try await store(EndedTask(task, outcome), worker) }
  }

  private func decoded(_ task: ClaimedTask) throws(TaskError) -> Kind.Payload {
    do {
      return try JSONDecoder().decode(Kind.Payload.self, from: Data(task.payload.utf8))
    } catch {
      throw .failure(
        TaskFailure(
          code: "bad-payload", sentence: "The payload of the task cannot be read: \(error).",
          remedy: "Run a worker of the version that submitted the task.", isRetryable: false))
    }
  }
}
