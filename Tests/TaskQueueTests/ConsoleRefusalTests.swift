import Postgres
import TaskQueue
import Testing

/// What a person types at a console, with a mistake in it: the answer says what was tried, what was found, and what to do.
@Suite struct `A call of an operator that cannot be meant` {
  /// A call, the sentence of the refusal, and a part of its hint.
  static let refused: [(call: String, sentence: String, hint: String)] = [
    ("set_priority(1, NULL)", "which priority is job 1 to have? NULL is none", "It has 0 now"),
    ("set_priority(NULL, 3)", "which job? NULL is no number of a job", "queue.job_progress"),
    ("set_priority(99, 3)", "there is no job 99", "queue.job_progress"),
    ("wake_where(NULL)", "which job? NULL is no number of a job", "queue.job_progress"),
    ("wake_where(99)", "there is no job 99", "queue.job_progress"),
    ("wake_where(1, 'cutt')", "there is no kind of task 'cutt'", "cut, "),
    ("snooze_where(99, '1 hour', 'backup')", "there is no job 99", "queue.job_progress"),
    ("snooze_where(1, '1 hour', 'backup', in_state => 'redy')", "no task is ever in state 'redy'", "ready, "),
    ("snooze_where(1, NULL, 'backup')", "a task cannot be put off by NULL", "30 days"),
    ("find_tasks(1, 'cutt')", "there is no kind of task 'cutt'", "count, cut"),
    ("cancel_where(1, 'cutt')", "there is no kind of task 'cutt'", "count, cut"),
    ("cancel_where(1, in_state => 'redy')", "no task is ever in state 'redy'", "blocked, ready, running"),
    ("retry_where(1, 'cutt')", "there is no kind of task 'cutt'", "count, cut"),
    (
      "retry_where(1)", "which tasks of the job? The filter asks nothing, and all tasks would be meant",
      "at least one of"
    ),
    ("set_limit('job', 'abc', 3)", "a job is named by its number, and 'abc' is none", "queue.job_progress"),
    ("set_limit('job', '99', 3)", "there is no job 99", "queue.job_progress"),
    ("set_limit('kind', 'cutt', 3)", "there is no kind of task 'cutt'", "count, cut"),
    ("set_limit('kind', 'cut', 1001)", "a limit of 1001 tasks cannot be kept", "from 0 to 1000"),
    ("set_limit('kind', 'cut', NULL)", "a limit of NULL tasks cannot be kept", "from 0 to 1000"),
    (
      "unset_limit(NULL, 'cut')", "a limit is of a site, a job, a kind or a need, not of NULL cut",
      "Limits: none."
    ),
    ("pause_job(NULL)", "which job? NULL is no number of a job", "queue.job_progress"),
    ("resume_job(NULL)", "which job? NULL is no number of a job", "queue.job_progress"),
    ("cancel_job(NULL)", "which job? NULL is no number of a job", "queue.job_progress"),
    ("retry_failed(NULL)", "which job? NULL is no number of a job", "queue.job_progress"),
    ("retry_task(NULL)", "which task? NULL is no number of a task", "queue.failures"),
    ("pause_site(NULL)", "which site? NULL names none", "North, South"),
    ("resume_site(NULL)", "which site? NULL names none", "North, South"),
    ("drain_worker(NULL)", "which worker? NULL is no number of a worker", "queue.worker_overview"),
    ("grant_all_sites(NULL)", "which login? NULL names none", "pg_roles"),
  ]

  @Test func `is refused with what was tried, what was found, and what to do`() async throws {
    try await QueueFixture.with { fixture async throws in
      _ = try await fixture.job(cut: 2)
      for (call, sentence, hint) in Self.refused {
        let error = await #expect(throws: PostgresError.self, "\(call)") {
          try await fixture.connection.query("SELECT queue.\(call)")
        }
        #expect(error?.message.hasPrefix(sentence) == true, "\(call): \(error?.message ?? "")")
        #expect(error?.hint?.contains(hint) == true, "\(call): \(error?.hint ?? "")")
      }
    }
  }

  @Test func `about what is not there says what is`() async throws {
    try await QueueFixture.with { fixture async throws in
      _ = try await fixture.job(cut: 2)
      #expect(try await fixture.text("SELECT queue.wake_where(1)") == "Job 1: no delayed task is such.")
      _ = try await fixture.text("SELECT queue.set_limit('kind', 'cut', 3)")
      #expect(
        try await fixture.text("SELECT queue.unset_limit('job', 'abc')")
          == "There is no limit of job abc. Limits: kind cut.")
      _ = try await fixture.text("SELECT queue.set_retention('jobs', 9)")
      #expect(
        try await fixture.text("SELECT queue.unset_retention(NULL)")
          == "There is no rule for NULL. Rules: jobs.")
    }
  }
}
