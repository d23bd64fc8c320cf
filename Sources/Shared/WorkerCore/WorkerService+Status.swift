import TaskQueue

/// How a worker stands.
package struct WorkerStatus: Equatable, Sendable {
  /// Under which number the database knows it; 0: not yet.
  package let worker: Int64
  package let isConnected: Bool
  /// How many connections it has opened so far.
  package let connections: Int
  /// Claims when a slot is free, and was not told to stop.
  package let isClaiming: Bool
  package let slots: Int
  /// Needs of tasks that it offers.
  package let offers: [String]

  /// Whether tasks reach it.
  package var isReady: Bool { worker != 0 && isConnected && isClaiming }
}

extension WorkerService {
  /// How this worker stands; an answer shows that it lives, because the actor gives it between two of its events.
  package func status() async -> WorkerStatus {
    WorkerStatus(
      worker: plan.worker, isConnected: await link.isConnected, connections: await link.generation,
      isClaiming: plan.ledger.phase == .claiming, slots: settings.slots, offers: offers.offered)
  }
}
