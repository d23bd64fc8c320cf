/// Decides what a call that waits for the server does next: wait on, ask the server to stop, or give up.
///
/// Asked to stop, a server that still answers does so within the grace; one that does not has been lost, and
/// waiting longer would stall the worker. Pure: clock and cancellation come in as arguments.
package struct CallWatch {
  package enum Interruption {
    case deadline
    case cancellation
  }

  package enum Step: Equatable {
    case wait(Duration)
    case interrupt
    case abandon
  }

  package static let grace = Duration.seconds(5)

  /// Why the server was asked to stop, if it was.
  package private(set) var interruption: Interruption?
  private var deadline: ContinuousClock.Instant

  package init(deadline: ContinuousClock.Instant) {
    self.deadline = deadline
  }

  package mutating func step(at now: ContinuousClock.Instant, isCancelled: Bool) -> Step {
    if interruption != nil {
      return now < deadline ? .wait(deadline - now) : .abandon
    }
    if isCancelled || now >= deadline {
      interruption = isCancelled ? .cancellation : .deadline
      deadline = now + CallWatch.grace
      return .interrupt
    }
    return .wait(deadline - now)
  }
}
