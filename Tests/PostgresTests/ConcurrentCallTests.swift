import Postgres
import TestSupport
import Testing

@Suite struct `Calls from many tasks` {
  @Test func `on one connection are served one after the other`() async throws {
    try await TestDatabase.withConnection { connection in
      let answers = try await withThrowingTaskGroup(of: Int.self) { group in
        for number in 0..<200 {
          group.addTask {
            if number % 3 == 0 {
              return try await connection.transaction { session in
                _ = try session.query("SELECT pg_sleep(0.001)")
                return try session.query("SELECT $1", number).scalar(as: Int.self)
              }
            }
            return try await connection.query("SELECT $1", number).scalar(as: Int.self)
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(answers.sorted() == Array(0..<200))
    }
  }
}
