import Postgres
import TaskQueue
import TestSupport
import Testing

/// While an old snapshot is held, claims note in `lane_step` where the next ones may begin; see queue.step_lane.
@Suite struct `A claim beside an old snapshot` {
  /// Thirty tasks, twelve of them ended, and a step to the thirteenth.
  private func stepped(_ fixture: QueueFixture) async throws -> (worker: Int64, claimed: [ClaimedTask]) {
    _ = try await fixture.job(cut: 30)
    // A test that takes longer than a minute would have the lanes looked at by the way.
    try await fixture.connection.execute("UPDATE queue.lane SET checked_at = now() + interval '1 hour'")
    let worker = try await fixture.worker()
    let claimed = try await fixture.claim(12, for: worker).sorted { $0.id < $1.id }
    try await fixture.step()
    #expect(try await fixture.place() == 13)
    return (worker, claimed)
  }

  @Test func `steps over few entries of tasks that were claimed before, and makes no versions of its lane`()
    async throws
  {
    try await QueueFixture.withTwo { fixture, reader in
      _ = try await fixture.job(cut: 3000)
      let worker = try await fixture.worker()
      try await reader.connection.execute(
        script: "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM queue.lane")
      // Claims draw lots when to note how far they have come; these are the same in every run.
      try await fixture.connection.execute("SELECT setseed(0.25)")
      var entries: [Int] = []
      for _ in 0..<140 {
        let before = try await fixture.entriesRead()
        let claimed = try await fixture.claim(20, for: worker)
        entries.append(try await fixture.entriesRead() - before)
        _ = try await fixture.queue.complete(claimed, by: worker)
      }
      // Before there are steps, a claim reads all that was claimed since the lane's row was moved, a thousand entries ago.
      #expect(
        try await fixture.text("SELECT has_steps::text FROM queue.lane WHERE kind = 'cut'") == "true",
        "\(entries)")
      #expect(entries.suffix(25).reduce(0, +) < 25 * 200, "\(entries)")
      #expect(try await fixture.count("queue.lane_step") > 5)
      try await reader.connection.execute(script: "COMMIT")
    }
  }

  @Test func `finds released tasks before the step`() async throws {
    try await QueueFixture.with { fixture in
      let (worker, claimed) = try await stepped(fixture)
      try await fixture.queue.release([claimed[1], claimed[3]], by: worker)
      #expect(try await fixture.place() == 2)
      #expect(try await Set(fixture.claim(3, for: worker).map(\.id)) == [2, 4, 13])
    }
  }

  @Test func `goes on from the step when later tasks become ready`() async throws {
    try await QueueFixture.with { fixture in
      let (worker, _) = try await stepped(fixture)
      let more = try await fixture.claim(4, for: worker).sorted { $0.id < $1.id }
      try await fixture.queue.release([more[2]], by: worker)
      // The step went into the row, with which it ended.
      #expect(try await fixture.text("SELECT from_task::text FROM queue.lane WHERE kind = 'cut'") == "13")
      #expect(try await fixture.claim(1, for: worker).map(\.id) == [15])
    }
  }

  @Test func `finds tasks whose priority was raised`() async throws {
    try await QueueFixture.with { fixture in
      let (worker, _) = try await stepped(fixture)
      try await fixture.connection.execute("UPDATE queue.live_task SET priority = 5 WHERE task_id = 20")
      try await fixture.connection.execute("UPDATE queue.live_task SET priority = -5 WHERE task_id = 13")
      #expect(try await fixture.claim(1, for: worker).map(\.id) == [20])
      #expect(
        try await fixture.claim(30, for: worker).map(\.id).sorted() == [13] + Array(14...19) + Array(21...30))
    }
  }

  @Test func `finds the tasks of a claim that was rolled back with its step`() async throws {
    try await QueueFixture.withTwo { fixture, other in
      _ = try await fixture.job(cut: 9)
      let (worker, rival) = (try await fixture.worker(), try await fixture.worker())
      try await other.connection.execute(script: "BEGIN")
      #expect(try await other.claim(5, for: rival).count == 5)
      try await other.step()
      #expect(try await other.place() == 6)
      // What is not committed shows as ready.
      try await fixture.step()
      #expect(try await fixture.place() == 1)
      try await other.connection.execute(script: "ROLLBACK")
      #expect(try await fixture.claim(9, for: worker).count == 9)
    }
  }

  @Test func `leaves steps to maintenance, which keeps one place and no step that is passed`() async throws {
    try await QueueFixture.with { fixture in
      let (worker, _) = try await stepped(fixture)
      try await fixture.lookAtLanes()
      #expect(try await fixture.count("queue.lane_step") == 0)
      #expect(
        try await fixture.text("SELECT from_task || ' ' || has_steps FROM queue.lane WHERE kind = 'cut'")
          == "13 true")
      try await fixture.lookAtLanes()
      #expect(
        try await fixture.text("SELECT from_task || ' ' || has_steps FROM queue.lane WHERE kind = 'cut'")
          == "13 false")
      #expect(try await fixture.claim(1, for: worker).map(\.id) == [13])
    }
  }

  @Test func `is mended where a task before the step was made ready by hand`() async throws {
    try await QueueFixture.with { fixture in
      let (worker, _) = try await stepped(fixture)
      try await fixture.connection.execute(
        """
        UPDATE queue.live_task SET state = 'ready', worker_id = NULL, fence = NULL, claimed_at = NULL
          WHERE task_id = 2
        """)
      #expect(try await fixture.claim(1, for: worker).map(\.id) == [13])
      try await fixture.lookAtLanes()
      #expect(try await fixture.claim(1, for: worker).map(\.id) == [2])
    }
  }
}

extension QueueFixture {
  /// As a claim does that has read many entries in vain.
  fileprivate func step() async throws {
    try await connection.query(
      """
      SELECT queue.begin_steps(lane), queue.step_lane(lane, -99) FROM queue.lane WHERE kind = 'cut'
      """)
  }

  /// Where claims begin to read.
  fileprivate func place() async throws -> Int {
    try await connection.query(
      """
      SELECT greatest(from_task, CASE WHEN has_steps THEN queue.nearest_step(lane) END)
        FROM queue.lane WHERE kind = 'cut'
      """
    ).scalar(as: Int.self)
  }

  /// Entries of ready tasks that this session has read by index, whether or not their tasks were there still.
  fileprivate func entriesRead() async throws -> Int {
    try await connection.query(
      """
      SELECT pg_stat_get_tuples_returned('queue.live_task_claims'::regclass)
        + pg_stat_get_xact_tuples_returned('queue.live_task_claims'::regclass)
      """
    ).scalar(as: Int.self)
  }

  fileprivate func lookAtLanes() async throws {
    try await connection.execute("UPDATE queue.lane SET checked_at = now() - interval '2 minutes'")
    try await queue.maintain()
    try await connection.execute("UPDATE queue.lane SET checked_at = now() + interval '1 hour'")
  }
}
