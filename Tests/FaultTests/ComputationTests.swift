import Cancellation
import CommandSupport
import Foundation
import StudyTasks
import Testing

@testable import worker

@Suite struct `A computation` {
  @Test func `within its limit gives its value`() async throws {
    let computation = Computation(limit: .seconds(60), grace: .zero) { Issue.record("stuck") }
    #expect(try await computation.run { _ in 7 } == 7)
  }

  @Test func `past its limit is left, and ends at its next check`() async throws {
    let ended = OneAnswer<Bool>()
    let computation = Computation(limit: .milliseconds(1), grace: .seconds(60)) { Issue.record("stuck") }
    await #expect(throws: OverTime.self) {
      try await computation.run { cancellation in
        defer { ended.give(.success(true)) }
        while true { try cancellation.check() }
      }
    }
    #expect(try await ended.wait {})
  }

  @Test func `that never checks is reported as stuck`() async throws {
    let (stuck, gate) = (OneAnswer<Bool>(), DispatchSemaphore(value: 0))
    let computation = Computation(limit: .milliseconds(1), grace: .milliseconds(1)) {
      stuck.give(.success(true))
    }
    await #expect(throws: OverTime.self) { try await computation.run { _ in gate.wait() } }
    #expect(try await stuck.wait {})
    gate.signal()
  }

  @Test func `whose task is cancelled is left at once`() async throws {
    let (started, gate) = (OneAnswer<Bool>(), DispatchSemaphore(value: 0))
    let call = Task {
      try await Computation.unlimited.run { _ in
        started.give(.success(true))
        gate.wait()
      }
    }
    _ = try await started.wait {}
    call.cancel()
    await #expect(throws: CancellationError.self) { try await call.value }
    gate.signal()
  }
}
