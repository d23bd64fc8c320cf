import Glibc
import Synchronization

/// Runs a body to its end even where SIGINT or SIGTERM come meanwhile: they do what they do, but afterwards.
/// - Parameter isPatient: whether a second signal waits, too, as where a server is half started; otherwise it ends the program at once.
func withSignalsDeferred<Value, Failure: Error>(
  isPatient: Bool = true, _ body: () async throws(Failure) -> Value
) async throws(Failure) -> Value {
  // Made before a handler needs it.
  DeferredSignal.received.store(0, ordering: .relaxed)
  DeferredSignal.isPatient.store(isPatient, ordering: .relaxed)
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

enum DeferredSignal {
  /// Whether one has come that waits for the end of a body.
  static var isPending: Bool { received.load(ordering: .relaxed) != 0 }

  /// The first one that came, by which the program is to end; 0: none.
  fileprivate static let received = Atomic<CInt>(0)
  fileprivate static let isPatient = Atomic<Bool>(true)

  fileprivate static func note(_ number: CInt) {
    let (isFirst, _) = received.compareExchange(expected: 0, desired: number, ordering: .relaxed)
    guard !isFirst, !isPatient.load(ordering: .relaxed) else { return }
    _ = signal(number, SIG_DFL)
    raise(number)
  }
}
