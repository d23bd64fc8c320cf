import Postgres
import TaskQueue
import TestSupport
import Testing

/// A way in which tasks may wait for ever.
struct Predicament: CustomTestStringConvertible, Sendable {
  var testDescription: String
  /// What `stuck_tasks` says, and what it says to do.
  var why: String
  var remedy: String
  /// Brings it about, and returns the workers that live on.
  var arrange: @Sendable (QueueFixture) async throws -> [Int64]

  init(
    _ description: String, _ why: String, _ remedy: String,
    _ arrange: @escaping @Sendable (QueueFixture) async throws -> [Int64]
  ) {
    (testDescription, self.why, self.remedy, self.arrange) = (description, why, remedy, arrange)
  }

  static let all = [
    Predicament("a paused job", "job paused", "SELECT queue.resume_job(1);") { fixture in
      _ = try await fixture.job(cut: 2)
      _ = try await fixture.text("SELECT queue.pause_job(1)")
      return [try await fixture.worker()]
    },
    Predicament("a paused site", "site paused", "SELECT queue.resume_site('North');") { fixture in
      _ = try await fixture.job(cut: 2, site: 1)
      _ = try await fixture.text("SELECT queue.pause_site('North')")
      return [try await fixture.worker()]
    },
    Predicament("too many failures", "too much has failed", "SELECT queue.retry_failed(1);") { fixture in
      _ = try await fixture.job([("cut", 2)], budget: 0)
      let worker = try await fixture.worker()
      let failure = TaskFailure(code: "x", sentence: "x", remedy: "x", isRetryable: false)
      _ = try await fixture.queue.fail(fixture.claim(1, for: worker)[0], because: failure, by: worker)
      return [worker]
    },
    Predicament("no worker at all", "no worker serves the site", "whose login was granted all sites") {
      fixture in
      _ = try await fixture.job(cut: 2)
      return []
    },
    Predicament(
      "workers of another site only", "no worker serves the site", "worker run --site North --kind cut"
    ) { fixture in
      _ = try await fixture.job(cut: 2, site: 1)
      return [try await fixture.worker(sites: ["South"])]
    },
    Predicament(
      "a central worker that runs another kind", "no worker serves the site",
      "worker run --site North --kind cut"
    ) { fixture in
      _ = try await fixture.job(cut: 2, site: 1)
      return [try await fixture.worker(kinds: ["count"])]
    },
    Predicament("a later stage that nobody runs", "no worker serves the site", "worker run --kind count") {
      fixture in
      _ = try await fixture.job(cut: 1, count: 1)
      let worker = try await fixture.worker(kinds: ["cut"])
      _ = try await fixture.queue.complete(fixture.claim(1, ["cut"], for: worker), by: worker)
      return [worker]
    },
    Predicament("a need that nobody meets", "no worker offers what it needs", "offers weights:net") {
      fixture in
      _ = try await fixture.job([("cut", 2)], needs: ["weights:net"])
      return [try await fixture.worker()]
    },
    Predicament("needs that nobody meets alone", "no worker offers what it needs", "all of these: a, b.") {
      fixture in
      _ = try await fixture.job([("cut", 2)], needs: ["a", "b"])
      return [try await fixture.worker(offers: ["a"]), try await fixture.worker(offers: ["b"])]
    },
    Predicament("a worker that drains", "no worker serves the site", "worker run --kind cut") { fixture in
      _ = try await fixture.job(cut: 2)
      let worker = try await fixture.worker()
      _ = try await fixture.text("SELECT queue.drain_worker(1)")
      return [worker]
    },
    Predicament(
      "an idle worker that died", "its last worker is silent", "Look at process 1 on test (worker 1)"
    ) { fixture in
      let worker = try await fixture.worker()
      _ = try await fixture.queue.lookForWork(upTo: 1, kinds: ["cut"], for: worker, silence: .seconds(150))
      _ = try await fixture.job(cut: 2)
      return []
    },
    Predicament(
      "a worker that died with a task in hand", "no worker serves the site", "worker run --kind cut"
    ) { fixture in
      _ = try await fixture.job(cut: 2)
      _ = try await fixture.claim(1, for: fixture.worker())
      return []
    },
    Predicament(
      "a worker with a lease of a day that died with a task in hand", "its worker is silent for",
      "SELECT queue.expire_worker('test', 1)"
    ) { fixture in
      _ = try await fixture.job(cut: 2)
      _ = try await fixture.claim(2, for: fixture.worker(lease: 86_400))
      try await fixture.pass(.seconds(601))
      return []
    },
    Predicament(
      "an idle worker with a lease of a day that died", "its last worker is silent",
      "Look at process 1 on test (worker 1)"
    ) { fixture in
      _ = try await fixture.worker(lease: 86_400)
      _ = try await fixture.job(cut: 2)
      try await fixture.pass(.seconds(601))
      return []
    },
    Predicament("a retry that waits for its time", "delayed until", "when its time has come") { fixture in
      try await Predicament.delay(fixture, at: nil)
      return [try await fixture.worker()]
    },
    Predicament(
      "a retry that nobody will run", "no worker serves the site", "worker run --site North --kind cut"
    ) { fixture in
      try await Predicament.delay(fixture, at: 1)
      return [try await fixture.worker(sites: ["South"])]
    },
    Predicament("a clock set back under a dead worker", "no worker serves the site", "worker run --kind cut")
    { fixture in
      _ = try await fixture.job(cut: 2)
      _ = try await fixture.claim(1, for: fixture.worker())
      try await fixture.pass(.seconds(-3600))
      try await fixture.queue.maintain()
      return []
    },
    Predicament("a clock set back under a dead leader", "no worker serves the site", "worker run --kind cut")
    { fixture in
      _ = try await fixture.job(cut: 2)
      _ = try await fixture.claim(1, for: fixture.worker())
      _ = try await fixture.text("SELECT queue.lead('gone', NULL, 600)::text")
      try await fixture.pass(.seconds(-3600))
      try await fixture.queue.maintain()
      return []
    },
  ]

  /// Lets a task fail so that it is tried again in an hour, and its worker go.
  private static func delay(_ fixture: QueueFixture, at site: Int32?) async throws {
    _ = try await fixture.job(cut: 1, site: site)
    let worker = try await fixture.worker()
    let failure = TaskFailure(code: "x", sentence: "x", remedy: "x", isRetryable: true)
    _ = try await fixture.queue.fail(fixture.claim(1, for: worker)[0], because: failure, by: worker)
    try await fixture.connection.execute("UPDATE queue.live_task SET due_at = now() + interval '1 hour'")
    _ = try await fixture.queue.stop(worker: worker)
  }
}

@Suite struct `Every way to be stuck` {
  @Test(arguments: Predicament.all) func `is named within a lease`(predicament: Predicament) async throws {
    try await QueueFixture.with { fixture in
      let living = try await predicament.arrange(fixture)
      try await fixture.pass(.seconds(601))
      for worker in living { _ = try await fixture.queue.heartbeat(of: worker, running: []) }
      try await fixture.queue.maintain()
      let said = try await fixture.names("SELECT why || ': ' || what_to_do FROM queue.stuck_tasks")
      #expect(
        said.contains { $0.hasPrefix(predicament.why) && $0.contains(predicament.remedy) },
        "said instead: \(said)")
      #expect(
        try await fixture.count("queue.stuck_tasks WHERE cause = ANY (queue.stuck_causes())") == said.count)
      #expect(try await fixture.count("queue.job_progress WHERE eta IS NOT NULL") == 0)
    }
  }

  @Test func `is named after half an hour, where too few tasks have ended to compare with`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 3, site: 1)
      let worker = try await fixture.worker()
      let tasks = try await fixture.claim(2, for: worker)
      func said() async throws -> [String] {
        _ = try await fixture.queue.heartbeat(of: worker, running: tasks.map(\.id))
        return try await fixture.names(
          "SELECT why || ' ' || tasks || ': ' || what_to_do FROM queue.stuck_tasks WHERE cause = 'slow'")
      }
      try await fixture.pass(.seconds(1200))
      #expect(try await said() == [])
      try await fixture.pass(.seconds(700))
      let late = try await said()
      #expect(
        late.count == 1
          && late[0].hasPrefix("runs for longer than half an hour 2: Look at process 1 on test"), "\(late)")
    }
  }

  @Test func `names sites as a shell takes them`() async throws {
    try await QueueFixture.with { fixture in
      try await fixture.connection.execute("SELECT queue.add_sites(ARRAY['it''s; DROP TABLE x; --'])")
      let site = try await fixture.connection.query("SELECT site_id FROM queue.site WHERE name LIKE 'it%'")
        .scalar(
          as: Int32.self)
      _ = try await fixture.job(cut: 1, site: site)
      let said = try await fixture.names("SELECT what_to_do FROM queue.stuck_tasks")
      #expect(
        said.contains { $0.contains(#"worker run --site 'it'\''s; DROP TABLE x; --' --kind cut"#) }, "\(said)"
      )
    }
  }

  @Test(arguments: ["--all", "(no site)", "a\u{202E}b", "a\u{1B}[2J", "", " "])
  func `has no site of a name that a shell or a terminal takes for something else`(name: String) async throws
  {
    try await QueueFixture.with { fixture in
      let refused = await #expect(throws: PostgresError.self) {
        try await fixture.connection.execute("SELECT queue.add_sites(ARRAY[$1])", name)
      }
      #expect(refused?.sqlState == .invalidParameterValue)
    }
  }

  /// Heard of each half minute, as a worker with tasks is.
  @Test func `but not a worker with a lease of a day that lives`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job(cut: 2)
      let worker = try await fixture.worker(lease: 86_400)
      let tasks = try await fixture.claim(1, for: worker)
      for _ in 0..<4 {
        try await fixture.pass(.seconds(30))
        #expect(try await fixture.names("SELECT why FROM queue.stuck_tasks") == [])
        _ = try await fixture.queue.heartbeat(of: worker, running: tasks.map(\.id))
      }
      #expect(try await fixture.names("SELECT state FROM queue.worker_overview") == ["active"])
      try await fixture.pass(.seconds(121))
      #expect(try await fixture.names("SELECT state FROM queue.worker_overview") == ["silent"])
    }
  }

  @Test func `but not what runs and waits as it should`() async throws {
    try await QueueFixture.with { fixture in
      _ = try await fixture.job([("cut", 9), ("tell", 1)], site: 1, needs: ["a"], budget: 1)
      let worker = try await fixture.worker(offers: ["a", "b"], kinds: ["cut", "tell"])
      try await fixture.pass(.seconds(601))
      _ = try await fixture.queue.heartbeat(of: worker, running: [])
      let tasks = try await fixture.claim(4, for: worker)
      _ = try await fixture.queue.complete([tasks[0]], by: worker)
      #expect(try await fixture.names("SELECT why FROM queue.stuck_tasks") == [])
      #expect(try await fixture.count("queue.job_progress WHERE eta IS NOT NULL") == 1)
    }
  }
}

@Suite struct `A server clock that is set back` {
  private static let views = [
    "queue_overview", "job_progress", "worker_overview", "site_overview", "unserved_lane", "stuck_tasks",
    "throughput",
    "db_health",
  ]

  /// A queue with work of every state, an hour of which is yet to come.
  private func afterwards(_ fixture: QueueFixture) async throws {
    _ = try await fixture.job(cut: 20, tell: 1)
    let worker = try await fixture.worker()
    let tasks = try await fixture.claim(15, for: worker)
    _ = try await fixture.queue.complete(Array(tasks.prefix(12)), by: worker)
    let failure = TaskFailure(code: "x", sentence: "x", remedy: "x", isRetryable: true)
    _ = try await fixture.queue.fail(tasks[12], because: failure, by: worker)
    try await fixture.queue.maintain()
    try await fixture.pass(.seconds(-3600))
  }

  @Test func `makes no view count backwards, mended or not`() async throws {
    try await QueueFixture.with { fixture in
      try await afterwards(fixture)
      for _ in 0..<2 {
        for view in Self.views {
          let rows = try await fixture.names("SELECT v::text FROM queue.\(view) v")
          #expect(!rows.contains { $0.contains(/-\d+:\d\d|[,( "]-\d/) }, "\(view): \(rows)")
        }
        try await fixture.queue.maintain()
      }
    }
  }

  @Test func `leaves nothing ahead of now that maintenance has seen`() async throws {
    try await QueueFixture.with { fixture in
      try await afterwards(fixture)
      try await fixture.queue.maintain()
      let ahead = try await fixture.names(
        """
        SELECT 'worker' FROM queue.worker WHERE heartbeat_at > now() OR lease_until > now() + lease
          UNION ALL SELECT state::text FROM queue.live_task WHERE claimed_at > now() OR due_at > now() + interval '10 minutes'
          UNION ALL SELECT 'lane' FROM queue.lane WHERE checked_at > now()
          UNION ALL SELECT 'sample' FROM queue.stage_sample WHERE taken_at > now()
          UNION ALL SELECT 'stage' FROM queue.stage WHERE opened_at > now()
          UNION ALL SELECT 'job' FROM queue.job WHERE submitted_at > now()
        """)
      #expect(ahead == [])
      // What the dead worker held goes back after one lease. A server that has just started would give it another.
      try await fixture.pass(.seconds(601))
      try await fixture.connection.execute(
        """
        UPDATE queue.worker SET heartbeat_at = greatest(heartbeat_at, pg_postmaster_start_time() + interval '1 microsecond')
        """)
      #expect(try await fixture.queue.maintain().tasksTakenBack == 2)
    }
  }

  @Test func `does not keep a new leader waiting for one that died`() async throws {
    try await QueueFixture.with { fixture in
      let first = try await fixture.text("SELECT queue.lead('gone', NULL, 600)::text")
      #expect(
        try await fixture.connection.query("SELECT queue.lead('next', NULL, 600) IS NULL").scalar(
          as: Bool.self))
      try await fixture.pass(.seconds(-3600))
      #expect(try await fixture.text("SELECT value FROM queue.db_health WHERE what = 'leader'") == "none")
      #expect(try await fixture.text("SELECT queue.lead('next', NULL, 600)::text") != first)
    }
  }
}
