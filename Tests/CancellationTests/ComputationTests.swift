import Cancellation
import Foundation
import Testing

@Suite struct `A computation` {
  @Test func `within its limit gives its value`() async throws {
    let computation = Computation(limit: .seconds(60), grace: .zero) { Issue.record("stuck") }
    #expect(try await computation.run { _ in 7 } == 7)
  }

  @Test func `past its limit is left, and ends at its next check`() async throws {
    let ended = Promise<Bool>()
    let computation = Computation(limit: .milliseconds(1), grace: .seconds(60)) { Issue.record("stuck") }
    await #expect(throws: OverTime.self) {
      try await computation.run { cancellation in
        defer { ended.resolve(.success(true)) }
        while true { try cancellation.check() }
      }
    }
    #expect(try await ended.value())
  }

  @Test func `that never checks is reported as stuck`() async throws {
    let (stuck, gate) = (Promise<Bool>(), DispatchSemaphore(value: 0))
    let computation = Computation(limit: .milliseconds(1), grace: .milliseconds(1)) {
      stuck.resolve(.success(true))
    }
    await #expect(throws: OverTime.self) { try await computation.run { _ in gate.wait() } }
    #expect(try await stuck.value())
    gate.signal()
  }

  @Test func `whose task is cancelled is left at once`() async throws {
    let (started, gate) = (Promise<Bool>(), DispatchSemaphore(value: 0))
    let call = Task {
      try await Computation.unlimited.run { _ in
        started.resolve(.success(true))
        gate.wait()
      }
    }
    _ = try await started.value()
    call.cancel()
    await #expect(throws: CancellationError.self) { try await call.value }
    gate.signal()
  }
}
