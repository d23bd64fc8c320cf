import Glibc
import Synchronization

/// Runs a body to its end even where SIGINT or SIGTERM come meanwhile: they do what they do, but afterwards.
func withSignalsDeferred<Value, Failure: Error>(
  _ body: () async throws(Failure) -> Value
) async throws(Failure) -> Value {
  // Made before a handler needs it.
  DeferredSignal.received.store(0, ordering: .relaxed)
  let before = [SIGINT, SIGTERM].map { number in
    (number, signal(number) { DeferredSignal.note($0) })
  }
  defer {
    for (number, action) in before { _ = signal(number, action) }
    let received = DeferredSignal.received.load(ordering: .relaxed)
    // To the process: threads of the shared pool block signals.
    if received != 0 { kill(getpid(), received) }
  }
  return try await body()
}

private enum DeferredSignal {
  /// The first one that came, by which the program is to end; 0: none.
  static let received = Atomic<CInt>(0)

  static func note(_ signal: CInt) {
    _ = received.compareExchange(expected: 0, desired: signal, ordering: .relaxed)
  }
}
