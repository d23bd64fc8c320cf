/// Why a worker ended before its time.
public enum WorkerError: Error, Equatable, CustomStringConvertible {
  /// A task went on computing although its time was over; the process must end to be rid of it.
  case taskCannotBeStopped
  /// The database refuses to end a task, and to take it back.
  case taskCannotBeEnded
  /// The worker was told to stop, and the database did not answer.
  case databaseIsAway
  /// The worker drains, and all that is left needs this, which no live worker offers.
  case needsNotMet([String])

  /// What happened, and what becomes of the tasks.
  public var description: String {
    switch self {
    case .taskCannotBeStopped:
      "A task could not be stopped when its time was over; start the worker again."
    case .taskCannotBeEnded:
      "The database refuses to end a task or to take it back, as logged; it goes back with this worker's lease."
    case .databaseIsAway:
      "The database did not answer when this worker stopped; its tasks go back when its lease ends."
    case .needsNotMet(let needs):
      "All that is left needs what no live worker offers: \(needs.joined(separator: ", ")). Nothing is lost: the tasks "
        + "wait in the queue."
    }
  }
}
