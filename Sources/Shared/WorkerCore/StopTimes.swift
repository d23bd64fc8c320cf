import Postgres

/// When a worker that was told to stop ends what: the rule, without clock. The whole ending fits into the notice, after which the machine is
/// taken away.
package struct StopTimes: Equatable, Sendable {
  /// What a call gets that was given up: a server that still answers ends it in this time, and one that does not has been lost. A second
  /// more for the process to end.
  private static let lastCall = CallWatch.grace + .seconds(1)
  /// What the goodbye gets after the tasks, where there is room for it.
  private static let goodbye = Duration.seconds(4)

  /// From the order to stop until tasks that still run are given up and go back.
  package let tasksEnd: Duration
  /// From the order to stop until all calls are given up: what the worker still holds then goes back with its lease.
  package let callsEnd: Duration

  /// - Parameters:
  ///   - grace: what tasks are to have.
  ///   - notice: from the order to stop until the process is killed. Half of a notice of less than twelve seconds is kept for the last call.
  package init(grace: Duration, notice: Duration) {
    callsEnd = max(notice - Self.lastCall, notice / 2)
    tasksEnd = min(grace, callsEnd - min(Self.goodbye, callsEnd / 6))
  }
}
