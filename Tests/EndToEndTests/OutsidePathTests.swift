import Postgres
import Testing

@Suite(.timeLimit(.minutes(15))) struct `A task that names a file outside the worker's root` {
  @Test(arguments: ["../outside.nii.gz", "/etc/hostname", "images/../../outside.nii.gz"])
  func `fails without opening it`(path: String) async throws {
    try await OperatedStudy.with { study in
      let admin = try await PostgresConnection.connect(to: study.target)
      try await admin.query(
        "UPDATE queue.task SET payload = jsonb_set(payload, '{mask}', to_jsonb($1::text)) WHERE task_id = 1",
        path)
      try await study.work()
      let codes = try await admin.query("SELECT failure_code FROM trabecula.job_case WHERE state = 'failed'")
      #expect(try codes.map { try $0.decode(at: 0, as: String.self) } == ["path-outside"])
      await admin.close()
    }
  }
}
