import Synchronization

/// Where a long computation looks, between two of its parts, whether anybody still wants its result.
package final class Checkpoint: Sendable {
  private let stopped = Atomic(false)

  package init() {}

  package var isStopped: Bool { stopped.load(ordering: .acquiring) }

  /// Asks the computation to end at its next look.
  package func stop() { stopped.store(true, ordering: .releasing) }

  /// - Throws: an error that nobody is meant to read, once `stop` was called.
  package func pass() throws(StudyTaskError) {
    guard isStopped else { return }
    throw StudyTaskError(
      code: "stopped", sentence: "The computation was stopped.", remedy: "Nothing.", isTransient: true)
  }
}
