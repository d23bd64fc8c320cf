import Synchronization

/// Connections that are open: those of strangers, and those of people who have signed in, each the oldest first.
///
/// Both are bounded apart, so that no stranger drops the connection of somebody who has signed in.
final class OpenConnections: Sendable {
  private struct State {
    var nextNumber = 0
    var strangers: [(number: Int, task: Task<Void, Never>)] = []
    var admitted: [(number: Int, task: Task<Void, Never>)] = []
  }

  private let most: Int
  private let state = Mutex(State())

  /// - Parameter most: of each sort.
  init(most: Int) { self.most = most }

  /// Adds a stranger's connection; where that is one too many, the oldest is dropped.
  /// - Parameter start: begins to serve it, under the number that `admit` and `remove` take.
  func add(_ start: (Int) -> Task<Void, Never>) {
    state.withLock { state in
      state.nextNumber += 1
      state.strangers.append((state.nextNumber, start(state.nextNumber)))
      if state.strangers.count > most { state.strangers.removeFirst().task.cancel() }
    }
  }

  /// Counts a connection among those of people who have signed in.
  func admit(_ number: Int) {
    state.withLock { state in
      guard let place = state.strangers.firstIndex(where: { $0.number == number }) else { return }
      state.admitted.append(state.strangers.remove(at: place))
      if state.admitted.count > most { state.admitted.removeFirst().task.cancel() }
    }
  }

  /// Forgets a connection that has ended.
  func remove(_ number: Int) {
    state.withLock { state in
      state.strangers.removeAll { $0.number == number }
      state.admitted.removeAll { $0.number == number }
    }
  }

  func cancelAll() {
    state.withLock { state in
      for connection in state.strangers + state.admitted { connection.task.cancel() }
    }
  }
}
