import FaultSupport
import Postgres
import Testing

/// What the harness must not do: take an error of its own for a sign that is missing.
@Suite struct `A task of the harness that is stopped` {
  @Test func `has failed only where something else than its end went wrong`() async {
    let waiting = Task<Void, any Error> { try await Task.sleep(for: .seconds(3600)) }
    await #expect(throws: Never.self) { try await waiting.stopped().get() }
    let asking = Task<Void, any Error> { throw PostgresError(.cancelled, "The call was cancelled.") }
    await #expect(throws: Never.self) { try await asking.stopped().get() }
    let broken = Task<Void, any Error> { throw PostgresError(.schema, "No such table.") }
    await #expect(throws: PostgresError.self) { try await broken.stopped().get() }
  }
}
