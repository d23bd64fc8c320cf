import Foundation
import PrivateServer

/// Runs the reference study once under one fault, and looks at what is left.
package struct Laboratory {
  let fault: Fault
  /// How often the fault is to happen in one study.
  let injections: Int
  let grants: SiteGrants
  var random: SeededGenerator

  /// - Parameters:
  ///   - seed: settles the moments and the victims; what the machine makes of them differs.
  ///   - grants: what the workers' logins are granted; where it is not given, drawn from the seed: half of the time they
  ///     are bound to sites, where the fault allows it.
  package static func run(
    _ fault: Fault, seed: UInt64, injections: Int, grants: SiteGrants? = nil
  ) async throws -> FaultOutcome {
    var random = SeededGenerator(seed: seed)
    let bound: SiteGrants = Bool.random(using: &random) ? .oneSiteHelped : .oneSiteAlone
    let drawn = fault.allowsBoundLogins && Bool.random(using: &random) ? bound : .everySite
    var laboratory = Laboratory(fault: fault, injections: injections, grants: grants ?? drawn, random: random)
    return try await laboratory.run()
  }

  private mutating func run() async throws -> FaultOutcome {
    if let reason = Requirements.missing(for: fault) {
      var outcome = FaultOutcome(fault)
      outcome.skipped = reason
      return outcome
    }
    let reference = try await ReferenceStudy.get()
    switch fault {
    case .coordinatorKilled: return try await coordinatorKilled(reference)
    case .serverStopped, .serverCrashed: return try await onOwnServer(reference, in: nil)
    case .diskFull:
      return try await SmallDisk.with { disk in try await onOwnServer(reference, in: disk) }
    case .poison, .outOfMemory, .overTime, .workerKilled, .allWorkersKilled, .leaderKilled, .workerFrozen,
      .sessionsTerminated, .acknowledgementLost, .completionRepeated, .networkSilent, .serverMoved,
      .serverReadOnly, .clockWrong, .deadlock, .serializationFailure, .statementCancelled:
      return try await disturb(reference, on: reference.server, folder: nil)
    }
  }

  private mutating func onOwnServer(_ reference: ReferenceStudy, in place: URL?) async throws -> FaultOutcome
  {
    let folder =
      place ?? reference.folder.appendingPathComponent("server-\(UUID().uuidString.prefix(8))")
    let server = try await PrivatePostgres.start(in: folder, lifetime: .withProcess, tuning: .durable)
    let result: Result<FaultOutcome, any Error>
    do {
      result = .success(try await disturb(reference, on: server, folder: folder))
    } catch {
      result = .failure(error)
    }
    if place == nil { try FileManager.default.removeItem(at: folder) }
    return try result.get()
  }

  private mutating func disturb(_ reference: ReferenceStudy, on server: PrivatePostgres, folder: URL?)
    async throws -> FaultOutcome
  {
    let name =
      "run_\(UInt32.random(in: 0...UInt32.max, using: &random))_\(UUID().uuidString.prefix(4).lowercased())"
    let study = fault.costsItsCase ? try LargeCase.study(beside: reference) : nil
    let run = try await StudyRun(of: reference, on: server, name: name, file: study, grants: grants)
    let disturbance = Disturbance(
      fault, run: run, watching: server.connectionString(database: name), folder: folder,
      moments: moments(of: reference),
      random: random)
    let result: Result<FaultOutcome, any Error>
    do {
      try await disturbance.prepare()
      try await run.work { try await disturbance.inject() }
      try await disturbance.stopCoordinators()
      result = .success(try await outcome(of: run, disturbance, reference))
    } catch {
      result = .failure(error)
    }
    await disturbance.openAll()
    try await disturbance.stopCoordinators()
    await disturbance.watch.close()
    try await run.clear(stoppingServer: folder != nil)
    return try result.get()
  }

  /// Numbers of ended tasks at which the fault happens, early enough for every worker to have another task to come, as
  /// far as that can be known: half of the tasks are those of the sites.
  private mutating func moments(of reference: ReferenceStudy) -> [Int] {
    Array(
      (1..<(grants.bindsLogins ? reference.tasks / 3 : reference.tasks * 2 / 3)).shuffled(using: &random)
        .prefix(injections)
    ).sorted()
  }

  private func outcome(of run: StudyRun, _ disturbance: Disturbance, _ reference: ReferenceStudy) async throws
    -> FaultOutcome
  {
    let accounts = try await StudyAccounts(of: run)
    var outcome = FaultOutcome(fault)
    outcome.grants = grants
    try await disturbance.countAttempts(accounts)
    outcome.injected = await disturbance.injected
    outcome.add(accounts, reference)
    if outcome.injected == 0 { outcome.violations.append("the fault never happened") }
    outcome.violations += try await disturbance.violations(accounts)
    return outcome
  }

  private mutating func coordinatorKilled(_ reference: ReferenceStudy) async throws -> FaultOutcome {
    let moments = moments(of: reference)
    let (injected, accounts) = try await CoordinatorRun.run(reference, killedAt: moments)
    var outcome = FaultOutcome(fault)
    outcome.injected = injected
    outcome.add(accounts, reference)
    if injected == 0 { outcome.violations.append("the fault never happened") }
    return outcome
  }
}

extension FaultOutcome {
  fileprivate mutating func add(_ accounts: StudyAccounts, _ reference: ReferenceStudy) {
    tasks = accounts.tasks
    executions = accounts.executions
    lost = accounts.lost
    duplicated = accounts.duplicated
    violations += accounts.violations
    if fault.costsItsCase {
      if accounts.failed.count != 1 {
        violations.append("failed tasks: \(accounts.failed), instead of the one")
      }
    } else {
      reportIsIdentical = accounts.report == reference.report
      if reportIsIdentical == false {
        violations.append("the report differs from that of the undisturbed study")
      }
      if !accounts.failed.isEmpty { violations.append("failed tasks: \(accounts.failed)") }
    }
  }
}
