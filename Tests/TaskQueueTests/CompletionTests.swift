import Postgres
import TaskQueue
import Testing

@Suite struct `Completing a task` {
  @Test func `ends it once and remembers that it did`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 2)
      let worker = try await fixture.worker()
      let tasks = try await fixture.claim(2, for: worker)
      #expect(try await fixture.queue.complete(tasks, by: worker) == [1: .ok, 2: .ok])
      #expect(try await fixture.queue.complete(tasks, by: worker) == [1: .already, 2: .already])
      #expect(try await fixture.count("queue.live_task") == 0)
      #expect(try await fixture.count("queue.task_history WHERE outcome = 'succeeded'") == 2)
    }
  }

  @Test func `with a fence that was taken back writes nothing`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 1)
      let zombie = try await fixture.worker()
      let old = try await fixture.claim(1, for: zombie)
      #expect(try await fixture.lose(zombie).tasksTakenBack == 1)
      let successor = try await fixture.worker()
      let new = try await fixture.claim(1, for: successor)
      #expect(try await fixture.queue.complete(old, by: zombie) == [1: .stale])
      #expect(try await fixture.count("queue.live_task WHERE state = 'running'") == 1)
      #expect(try await fixture.queue.complete(new, by: successor) == [1: .ok])
    }
  }

  /// Tasks and fences come as two lists.
  @Test func `ends of two claims by one worker the running one only`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 2)
      let worker = try await fixture.worker()
      let first = try await fixture.claim(2, for: worker).sorted { $0.id < $1.id }
      try await fixture.queue.release([first[0]], by: worker)
      let again = try await fixture.claim(1, for: worker)
      #expect(again.map(\.id) == [1] && again[0].fence != first[0].fence)
      #expect(try await fixture.queue.complete(first, by: worker) == [1: .stale, 2: .ok])
      #expect(try await fixture.count("queue.live_task WHERE state = 'running' AND task_id = 1") == 1)
      #expect(try await fixture.queue.complete([first[1], again[0]], by: worker) == [1: .ok, 2: .already])
    }
  }

  @Test func `leaves no state behind that its row contradicts`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 1)
      _ = try await fixture.claim(1, for: fixture.worker())
      for change in ["state = 'ready'", "worker_id = NULL", "state = 'delayed'", "due_at = now()"] {
        let error = await #expect(throws: PostgresError.self) {
          try await fixture.connection.execute("UPDATE queue.live_task SET \(change)")
        }
        #expect(error?.sqlState == .checkViolation, "\(change)")
      }
    }
  }

  @Test func `of the last task of a stage opens the next stage in the same transaction`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 130, count: 2, tell: 1)
      let worker = try await fixture.worker()
      let tasks = try await fixture.claim(130, for: worker)
      #expect(tasks.allSatisfy { $0.kind == "cut" })
      _ = try await fixture.queue.complete(Array(tasks.dropLast()), by: worker)
      #expect(try await fixture.claim(9, for: worker).isEmpty)
      _ = try await fixture.queue.complete([tasks[129]], by: worker)
      let second = try await fixture.claim(9, for: worker)
      #expect(second.map(\.kind) == ["count", "count"])
      _ = try await fixture.queue.complete(second, by: worker)
      let third = try await fixture.claim(9, for: worker)
      #expect(third.map(\.kind) == ["tell"])
      _ = try await fixture.queue.complete(third, by: worker)
      #expect(try await fixture.text("SELECT state FROM queue.job") == "succeeded")
      #expect(try await fixture.queue.isIdle(for: worker))
    }
  }

  @Test func `is not needed for a stage without tasks`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(count: 0, tell: 1)
      let worker = try await fixture.worker()
      #expect(try await fixture.claim(9, for: worker).map(\.kind) == ["tell"])
    }
  }

  @Test func `announces ready work once for a stage`() async throws {
    try await QueueFixture.with { fixture in
      try await fixture.connection.listen(to: TaskQueue.readyChannel)
      _ = try await fixture.job(cut: 50)
      #expect(
        try await fixture.connection.nextNotification(timeout: .seconds(600))?.channel
          == TaskQueue.readyChannel
      )
      #expect(try await fixture.connection.nextNotification(timeout: .milliseconds(50)) == nil)
    }
  }
}

@Suite struct `Handing back` {
  @Test func `counts neither as failure nor as crash`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 2)
      let worker = try await fixture.worker()
      let tasks = try await fixture.claim(2, for: worker)
      #expect(try await fixture.queue.release([tasks[0]], by: worker) == 1)
      #expect(try await fixture.queue.release([tasks[0]], by: worker) == 0)
      #expect(try await fixture.queue.stop(worker: worker) == 1)
      let again = try await fixture.claim(2, for: fixture.worker())
      #expect(again.map(\.failures) == [0, 0])
      #expect(again.map(\.crashes) == [0, 0])
    }
  }

  @Test func `returns claims whose answer was lost`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 3)
      let worker = try await fixture.worker()
      let known = try await fixture.claim(1, for: worker)
      _ = try await fixture.claim(2, for: worker)
      #expect(try await fixture.queue.releaseOthers(than: known.map(\.id), of: worker) == 2)
      #expect(try await fixture.count("queue.live_task WHERE state = 'ready'") == 2)
    }
  }
}
