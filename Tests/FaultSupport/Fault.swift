/// What may happen to a running study.
package enum Fault: String, CaseIterable, Sendable {
  case workerKilled = "SIGKILL of a worker"
  case allWorkersKilled = "SIGKILL of all workers"
  case coordinatorKilled = "SIGKILL of `coordinator local`"
  case leaderKilled = "SIGKILL of the `coordinator serve` that leads, or of all"
  case workerFrozen = "SIGSTOP past the lease, then SIGCONT"
  case serverStopped = "PostgreSQL stopped fast, and started"
  case serverCrashed = "PostgreSQL stopped immediately, and started"
  case sessionsTerminated = "pg_terminate_backend of all workers"
  case statementCancelled = "pg_cancel_backend of a completion"
  case acknowledgementLost = "connection cut between COMMIT and its answer"
  case completionRepeated = "completion sent twice with one fence"
  case networkSilent = "network silent without closing"
  case serverMoved = "first of two hosts gone"
  case serverReadOnly = "server read-only for a while"
  case diskFull = "disk of the database full"
  case clockWrong = "worker whose clock is wrong by an hour"
  case deadlock = "deadlock with a completion"
  case serializationFailure = "serialization failure of a completion"
  case poison = "task that kills its process"
  case outOfMemory = "task that needs more memory than there is"
  case overTime = "task that runs past its limit"

  /// Whether the fault costs one case, so that the report names it and cannot be that of the undisturbed study.
  package var costsItsCase: Bool { [.poison, .outOfMemory, .overTime].contains(self) }

  /// Whether it strikes a program of ours, rather than the server or the way to it.
  package var strikesProgram: Bool {
    switch self {
    case .workerKilled, .allWorkersKilled, .coordinatorKilled, .leaderKilled, .workerFrozen, .clockWrong,
      .poison,
      .outOfMemory, .overTime:
      true
    case .serverStopped, .serverCrashed, .sessionsTerminated, .statementCancelled, .acknowledgementLost,
      .completionRepeated, .networkSilent, .serverMoved, .serverReadOnly, .diskFull, .deadlock,
      .serializationFailure:
      false
    }
  }

  /// Whether it strikes a connection between the two, and neither end of it.
  package var strikesConnection: Bool {
    [.sessionsTerminated, .acknowledgementLost, .completionRepeated, .networkSilent, .serverMoved].contains(
      self)
  }

  /// Whether it is put to three workers with logins of their own, so that these may be bound to sites.
  package var allowsBoundLogins: Bool {
    ![.coordinatorKilled, .clockWrong, .poison, .outOfMemory, .overTime].contains(self)
  }
}

/// What a study looked like after a fault.
package struct FaultOutcome: Sendable {
  package let fault: Fault
  package internal(set) var grants = SiteGrants.everySite
  /// How often the fault was made to happen, and seen to.
  package internal(set) var injected = 0
  /// Why nothing was done, where this machine does not allow it.
  package internal(set) var skipped: String?
  package internal(set) var tasks = 0
  package internal(set) var executions = 0
  package internal(set) var lost = 0
  package internal(set) var duplicated = 0
  /// nil where the fault costs its case.
  package internal(set) var reportIsIdentical: Bool?
  package internal(set) var violations: [String] = []

  package init(_ fault: Fault) { self.fault = fault }
}

extension FaultOutcome {
  /// A run that could not be brought to its end.
  package init(_ fault: Fault, brokenBy error: any Error) {
    self.init(fault)
    violations = ["\(error)"]
  }
}
