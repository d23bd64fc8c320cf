import FaultSupport
import Foundation
import Testing

/// One after the other, in two rows: each has the machine's processors to itself, as far as the other suites let it.
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
  @Test(.timeLimit(.minutes(15)), arguments: Fault.allCases.filter(\.strikesProgram))
  func `nothing is lost, nothing counts twice and the report is the same`(fault: Fault) async throws {
    try await expectSoundness(after: fault, report: fault.costsItsCase ? nil : true)
  }

  /// The first victim is the worker of one site; in two of the cases nobody else may do what it leaves.
  @Test(
    .timeLimit(.minutes(15)),
    arguments: [
      (Fault.workerKilled, SiteGrants.oneSiteAlone), (.workerFrozen, .oneSiteAlone),
      (.acknowledgementLost, .oneSiteHelped), (.serverReadOnly, .oneSiteHelped),
    ])
  func `of workers that are bound to sites, the same holds and no task leaves its site`(
    fault: Fault, grants: SiteGrants
  ) async throws {
    try await expectSoundness(after: fault, grants)
  }
}

@Suite(.serialized) struct `After a fault of the server, or on the way to it` {
  @Test(.timeLimit(.minutes(15)), arguments: Fault.allCases.filter { !$0.strikesProgram })
  func `nothing is lost, nothing counts twice and the report is the same`(fault: Fault) async throws {
    try await expectSoundness(after: fault)
  }
}
