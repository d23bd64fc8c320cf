import Postgres
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct `Notifications` {
  private func withTwo(_ body: (PostgresConnection, PostgresConnection) async throws -> Void) async throws {
    try await TestDatabase.withFresh { connectionString in
      let listener = try await PostgresConnection.connect(to: connectionString)
      let speaker = try await PostgresConnection.connect(to: connectionString)
      try await body(listener, speaker)
    }
  }

  @Test func `arrive while nobody asks, in order`() async throws {
    try await withTwo { listener, speaker in
      try await listener.listen(to: "news")
      for n in 1...3 { try await speaker.query("SELECT pg_notify('news', $1)", "\(n)") }
      for n in 1...3 {
        let news = try await listener.nextNotification(timeout: .seconds(600))
        #expect(news?.channel == "news")
        #expect(news?.payload == "\(n)")
      }
    }
  }

  @Test func `wake who waits, while the same connection goes on with queries`() async throws {
    try await withTwo { listener, speaker in
      try await listener.listen(to: "news")
      async let news = listener.nextNotification(timeout: .seconds(600))
      #expect(try await listener.query("SELECT 1").scalar(as: Int.self) == 1)
      try await speaker.query("SELECT pg_notify('news', 'here')")
      #expect(try await news?.payload == "here")
    }
  }

  @Test func `from this very session wake it too`() async throws {
    try await withTwo { listener, _ in
      try await listener.listen(to: "news")
      async let news = listener.nextNotification(timeout: .seconds(600))
      try await listener.query("SELECT pg_notify('news', 'mine')")
      #expect(try await news?.payload == "mine")
    }
  }

  @Test func `that do not come end in nil`() async throws {
    try await withTwo { listener, speaker in
      try await listener.listen(to: "news")
      #expect(try await listener.nextNotification(timeout: .milliseconds(20)) == nil)
      try await speaker.query("SELECT pg_notify('other', '')")
      try await listener.unlisten(from: "news")
      try await speaker.query("SELECT pg_notify('news', '')")
      try await listener.ping()
      #expect(try await listener.nextNotification(timeout: .zero) == nil)
    }
  }

  @Test func `come as a sequence, on channels of any name`() async throws {
    try await withTwo { listener, speaker in
      let channel = "News; DROP \"table\""
      try await listener.listen(to: channel)
      for n in 1...5 { try await speaker.query("SELECT pg_notify($1, $2)", channel, "\(n)") }
      var heard: [String] = []
      for try await news in listener.notifications {
        heard.append(news.payload)
        if heard.count == 5 { break }
      }
      #expect(heard == ["1", "2", "3", "4", "5"])
    }
  }

  @Test func `end with the task that waits`() async throws {
    try await withTwo { listener, _ in
      try await listener.listen(to: "news")
      let wait = Task { try await listener.nextNotification(timeout: .seconds(600)) }
      wait.cancel()
      let error = await #expect(throws: PostgresError.self) { try await wait.value }
      #expect(error?.code == .cancelled)
      #expect(try await listener.query("SELECT 1").scalar(as: Int.self) == 1)
    }
  }

  @Test func `end with the connection`() async throws {
    try await withTwo { listener, speaker async throws in
      try await listener.listen(to: "news")
      let backend = try await listener.query("SELECT pg_backend_pid()").scalar(as: Int32.self)
      let news = Task { try await listener.nextNotification(timeout: .seconds(600)) }
      try await speaker.query("SELECT pg_terminate_backend($1, 5000)", backend)
      let error = await #expect(throws: PostgresError.self) { try await news.value }
      #expect(error?.code == .connectionLost)
      #expect(error?.isTransient == true)
    }
  }

  @Test func `end with close`() async throws {
    try await withTwo { listener, _ async throws in
      try await listener.listen(to: "news")
      let news = Task { try await listener.nextNotification(timeout: .seconds(600)) }
      await listener.close()
      await #expect(throws: PostgresError.self) { try await news.value }
    }
  }
}
