import FaultSupport
import Foundation
import Testing

/// One after the other in each of the suites below, which run side by side: most of a run is waiting for leases and restarts, and of
/// one long row the last runs would have the machine for themselves, with a processor idle.
private func expectSoundness(
  after fault: Fault, _ grants: SiteGrants = .everySite, report: Bool? = true
) async throws {
  let outcome = try await Laboratory.run(fault, seed: 20_261_126, injections: 2, grants: grants)
  if let reason = outcome.skipped {
    print("skipped: \(fault.rawValue): \(reason)")
    return
  }
  #expect(outcome.violations == [])
  #expect(outcome.injected > 0 && outcome.lost == 0 && outcome.duplicated == 0)
  #expect(outcome.reportIsIdentical == report && outcome.grants == grants)
}

@Suite(.serialized) struct `After a fault of a program` {
  @Test(.timeLimit(.minutes(15)), arguments: Fault.allCases.filter { $0.strikesProgram && !$0.costsItsCase })
  func `nothing is lost, nothing counts twice and the report is the same`(fault: Fault) async throws {
    try await expectSoundness(after: fault)
  }
}

@Suite(.serialized) struct `After a fault that lies in a case` {
  @Test(.timeLimit(.minutes(15)), arguments: Fault.allCases.filter(\.costsItsCase))
  func `only that case is lost, and nothing counts twice`(fault: Fault) async throws {
    try await expectSoundness(after: fault, report: nil)
  }
}

/// The first victim is the worker of one site; in two of the runs nobody else may do what it leaves.
@Suite(.serialized) struct `After a fault of workers that are bound to sites` {
  @Test(
    .timeLimit(.minutes(15)),
    arguments: [
      (Fault.workerKilled, SiteGrants.oneSiteAlone), (.workerFrozen, .oneSiteAlone),
      (.acknowledgementLost, .oneSiteHelped), (.serverReadOnly, .oneSiteHelped),
    ])
  func `the same holds, and no task leaves its site`(fault: Fault, grants: SiteGrants) async throws {
    try await expectSoundness(after: fault, grants)
  }
}

@Suite(.serialized) struct `After a fault of the server` {
  @Test(
    .timeLimit(.minutes(15)), arguments: Fault.allCases.filter { !$0.strikesProgram && !$0.strikesConnection }
  )
  func `nothing is lost, nothing counts twice and the report is the same`(fault: Fault) async throws {
    try await expectSoundness(after: fault)
  }
}

@Suite(.serialized) struct `After a fault on the way to the server` {
  @Test(.timeLimit(.minutes(15)), arguments: Fault.allCases.filter(\.strikesConnection))
  func `nothing is lost, nothing counts twice and the report is the same`(fault: Fault) async throws {
    try await expectSoundness(after: fault)
  }
}
