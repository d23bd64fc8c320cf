import Postgres
import TaskQueue
import TestSupport
import Testing

@Suite struct `The leader lease` {
  func lead(_ fixture: QueueFixture, _ name: String, _ term: Int64? = nil) async throws -> Int64? {
    try await fixture.queue.lead(as: name, term: term, leaseInSeconds: 600)
  }

  func expire(_ fixture: QueueFixture) async throws {
    try await fixture.connection.execute(
      "UPDATE queue.leader SET lease_until = now() - interval '1 second'")
  }

  @Test func `belongs to one until it is past, then to the next with a new term`() async throws {
    try await QueueFixture.with { fixture in
      #expect(try await lead(fixture, "a") == 1)
      #expect(try await lead(fixture, "b") == nil)
      #expect(try await lead(fixture, "a", 1) == 1)
      try await expire(fixture)
      #expect(try await lead(fixture, "b") == 2)
      #expect(try await lead(fixture, "a", 1) == nil)
      try await fixture.queue.resign(term: 1)
      #expect(try await lead(fixture, "a", 1) == nil, "a term that is over resigns nothing")
      try await fixture.queue.resign(term: 2)
      #expect(try await lead(fixture, "a") == 3)
    }
  }

  @Test func `is asked for by many at once and given to one`() async throws {
    try await QueueFixture.withDatabase { target in
      let first = try await PostgresConnection.connect(to: target)
      try await QueueFixture.prepare(first)
      let terms = try await withThrowingTaskGroup(of: Int64?.self) { group in
        for n in 0..<8 {
          group.addTask {
            let connection = try await PostgresConnection.connect(to: target)
            let term = try await TaskQueue(connection).lead(as: "\(n)", term: nil, leaseInSeconds: 600)
            await connection.close()
            return term
          }
        }
        return try await group.reduce(into: [Int64]()) { if let term = $1 { $0.append(term) } }
      }
      #expect(terms == [1])
      await first.close()
    }
  }

  @Test func `keeps maintenance to its term: an older one does nothing, workers only while nobody leads`()
    async throws
  {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 1)
      let worker = try await fixture.worker()
      _ = try await fixture.claim(1, for: worker)
      _ = try await lead(fixture, "a")
      try await expire(fixture)
      let term = try await lead(fixture, "b")
      try await fixture.connection.execute(
        "UPDATE queue.worker SET lease_until = now() - interval '1 second'")
      let nothing = MaintenanceCounts(lostWorkers: 0, tasksTakenBack: 0, tasksPromoted: 0)
      #expect(try await fixture.queue.maintain(inTerm: 1) == nothing)
      #expect(try await fixture.queue.maintain() == nothing)
      #expect(try await fixture.queue.maintainHistory(inTerm: 1, keepingDays: 30) == false)
      #expect(try await fixture.queue.maintain(inTerm: term).tasksTakenBack == 1)
      #expect(try await fixture.queue.maintainHistory(inTerm: 2, keepingDays: 30))
    }
  }

  @Test func `left by a dead coordinator lets workers reap for themselves`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 1)
      _ = try await fixture.claim(1, for: fixture.worker())
      _ = try await lead(fixture, "a")
      try await expire(fixture)
      try await fixture.connection.execute(
        "UPDATE queue.worker SET lease_until = now() - interval '1 second'")
      #expect(try await fixture.queue.maintain().tasksTakenBack == 1)
    }
  }
}
