import DatabaseSchema
import Foundation
import Modelling
import Postgres
import StudyPlan
import StudyStore
import StudyTasks
import TaskQueue
import TestSupport
import Testing
import WorkerCore

/// A submitted study of six cases, North's P0, P2, P4 and South's P1, P3, P5, with sessions of those who act on it.
struct ActFixture {
  let target: String
  let admin: StoreFixture
  let study: Study

  static func with(_ body: (ActFixture) async throws -> Void) async throws {
    try await TestDatabase.withFresh(schema: DatabaseSchema.files) { target in
      let connection = try await PostgresConnection.connect(to: target)
      let admin = StoreFixture(
        connection: connection, store: StudyStore(connection), queue: TaskQueue(connection))
      try await TestLogin.makeAll(connection)
      let fixture = ActFixture(target: target, admin: admin, study: try StoreFixture.study())
      _ = try await admin.store.submit(fixture.study, cohort: "hip", cases: StoreFixture.cases(6))
      _ = try await admin.queue.grant(sites: ["North"], to: TestLogin.northOperator.rawValue)
      _ = try await admin.queue.grantAllSites(to: TestLogin.operatorOfAll.rawValue)
      try await body(fixture)
      await connection.close()
    }
  }

  /// The number of a subject's case.
  func number(_ subject: String, in job: Int64 = 1) async throws -> Int64 {
    try await admin.store.cases(called: subject, in: job)[0].id
  }

  /// One statement that answers text, as a login.
  @discardableResult
  func act(_ sql: String, as login: TestLogin) async throws -> String {
    let connection = try await login.connect(to: target)
    let answer: Result<String, any Error>
    do {
      answer = .success(try await connection.query(PostgresStatement(sql)).scalar())
    } catch {
      answer = .failure(error)
    }
    await connection.close()
    return try answer.get()
  }

  func expectRefusal(
    _ sql: String, as login: TestLogin, _ state: SQLState, _ words: String = "",
    sourceLocation: SourceLocation = #_sourceLocation
  ) async {
    await #expect(sourceLocation: sourceLocation) {
      try await act(sql, as: login)
    } throws: {
      let error = $0 as? PostgresError
      return error?.sqlState == state && error?.inWords.contains(words) == true
    }
  }

  func count(_ rows: String) async throws -> Int {
    try await admin.connection.query("SELECT count(*) FROM \(rows)").scalar(as: Int.self)
  }

  func states(of job: Int64 = 1) async throws -> [String] {
    try await admin.store.cases(of: job).map { "\($0.subject) \($0.state.rawValue)" }.sorted()
  }

  /// Ends replicates and aggregation with results that mention nobody.
  func finish(_ job: Int64 = 1, as worker: Int64) async throws {
    for task in try await admin.queue.claim(upTo: 9, kinds: ["bootstrap"], for: worker) {
      let range = try JSONDecoder().decode(Bootstrap.Payload.self, from: Data(task.payload.utf8))
      let bodies = (range.first..<range.first + range.count).map(StoreFixture.replicate)
      #expect(try await admin.store.complete(task, with: bodies, by: worker) == .ok)
    }
    let task = try #require(try await admin.queue.claim(upTo: 1, kinds: ["aggregate"], for: worker).first)
    #expect(try await admin.store.complete(task, with: report(of: job), by: worker) == .ok)
  }

  /// A report that names everybody, as that of lost cases would.
  private func report(of job: Int64) async throws -> AggregateResult {
    let cases = try await admin.store.cases(of: job).filter { $0.state == .done }
    let names = cases.map { "\"\($0.subject)\"" }.joined(separator: ", ")
    return try await admin.aggregate(
      of: job, also: ", \"cases\": [\(names)]",
      predictions: cases.map { .init(caseID: $0.id, model: "Rad", part: "test", probability: 0.25) })
  }
}

extension PostgresError {
  var inWords: String { message + " " + (hint ?? "") }
}
