import Foundation
import Postgres
import TaskQueue
import TestSupport
import Testing

@Suite struct `The diagram of a task's states` {
  private static let page = ReferenceData.repository.appendingPathComponent("Documentation/queue.md")

  /// Lines `a --> b: why` of the page, without those to the end.
  private func drawn() throws -> Set<String> {
    let text = try String(contentsOf: Self.page, encoding: .utf8)
    let block = try #require(text.firstMatch(of: #/(?s)```mermaid\nstateDiagram-v2\n(.*?)```/#)).1
    return Set(
      block.split(separator: "\n").map { $0.prefix { $0 != ":" }.trimmingCharacters(in: .whitespaces) }
        .filter { !$0.hasSuffix("[*]") })
  }

  /// Notes each state that a task comes to, in a table of the test.
  private static let watch = """
    CREATE TABLE public.seen (n bigint GENERATED ALWAYS AS IDENTITY, task_id bigint, state text);
    CREATE FUNCTION public.see() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
        INSERT INTO public.seen (task_id, state) VALUES (NEW.task_id, to_jsonb(NEW) ->> TG_ARGV[0]);
        RETURN NULL;
      END $$;
    CREATE TRIGGER see AFTER INSERT OR UPDATE ON queue.live_task FOR EACH ROW EXECUTE FUNCTION public.see('state');
    CREATE TRIGGER see AFTER INSERT ON queue.task_history FOR EACH ROW EXECUTE FUNCTION public.see('outcome');
    """

  private static let transitions = """
    SELECT DISTINCT before || ' --> ' || state FROM (
      SELECT state, coalesce(lag(state) OVER (PARTITION BY task_id ORDER BY n), '[*]') AS before FROM public.seen) step
      WHERE before <> state
    """

  @Test func `shows every state of the schema`() async throws {
    try await QueueFixture.with { fixture in
      let constraints = try await fixture.text(
        """
        SELECT string_agg(pg_get_constraintdef(c.oid), ' ') FROM pg_constraint c
          WHERE contypid IN ('queue.live_state'::regtype, 'queue.task_outcome'::regtype)
        """)
      let states = Set(constraints.matches(of: #/'([a-z]+)'/#).map { String($0.1) })
      let shown = Set(try drawn().flatMap { $0.split(separator: " --> ").map(String.init) })
      #expect(states.count == 8 && shown == states.union(["[*]"]))
    }
  }

  @Test func `shows every way between them that tasks go, and no other`() async throws {
    try await QueueFixture.with { fixture in
      try await fixture.connection.execute(script: Self.watch)
      let walk = Walk(fixture: fixture, worker: try await fixture.worker())
      try await walk.throughPauses()
      try await walk.throughRetries()
      try await walk.throughCancellation()
      let taken = Set(try await fixture.names(Self.transitions))
      #expect(taken.subtracting(try drawn()) == [], "not in the diagram")
      #expect(try drawn().subtracting(taken) == [], "no task went there")
    }
  }
}

/// Jobs that take tasks every way there is.
private struct Walk {
  let fixture: QueueFixture
  let worker: Int64

  private func fail(_ task: ClaimedTask, retryable: Bool) async throws {
    let failure = TaskFailure(code: "x", sentence: "x", remedy: "x", isRetryable: retryable)
    _ = try await fixture.queue.fail(task, because: failure, by: worker)
  }

  private func makeDue() async throws {
    try await fixture.connection.execute("UPDATE queue.live_task SET due_at = now() WHERE state = 'delayed'")
    _ = try await fixture.queue.maintain()
  }

  private func completeAll() async throws {
    while case let tasks = try await fixture.claim(99, for: worker), !tasks.isEmpty {
      _ = try await fixture.queue.complete(tasks, by: worker)
    }
  }

  func throughPauses() async throws {
    _ = try await fixture.job(cut: 5, count: 1)
    let tasks = try await fixture.claim(4, for: worker)
    try await fixture.queue.release([tasks[0]], by: worker)
    try await fail(tasks[1], retryable: true)
    try await makeDue()
    let again = try await fixture.claim(1, for: worker)
    try await fail(again[0], retryable: true)
    _ = try await fixture.queue.pause(job: 1)
    try await makeDue()
    try await fixture.queue.release([tasks[2]], by: worker)
    _ = try await fixture.queue.resume(job: 1)
    try await fixture.connection.execute(
      script: "SELECT queue.snooze_where(1, '1 hour', 'it rains'), queue.wake_where(1)")
    let rest = try await fixture.claim(9, for: worker) + [tasks[3]]
    _ = try await fixture.queue.pause(job: 1)
    _ = try await fixture.queue.complete(rest, by: worker)
    _ = try await fixture.queue.resume(job: 1)
    try await completeAll()
  }

  /// A failed task of the first stage is tried again while the second is in every state that it may be in.
  func throughRetries() async throws {
    _ = try await fixture.job(cut: 1, count: 4)
    for round in 0..<3 {
      try await fail(fixture.claim(1, for: worker)[0], retryable: false)
      switch round {
      case 0:
        let counting = try await fixture.claim(3, for: worker)
        _ = try await fixture.queue.complete([counting[0]], by: worker)
        try await fail(counting[1], retryable: true)
      case 1: _ = try await fixture.queue.pause(job: 2)
      default: try await completeAll()
      }
      _ = try await fixture.queue.retryFailed(of: 2)
      _ = try await fixture.queue.resume(job: 2)
    }
    try await completeAll()
  }

  func throughCancellation() async throws {
    for isPaused in [false, true] {
      let job = try await fixture.job(cut: 3, count: 1)
      let tasks = try await fixture.claim(2, for: worker)
      try await fail(tasks[0], retryable: true)
      if isPaused { _ = try await fixture.queue.pause(job: job) }
      _ = try await fixture.queue.cancel(job: job)
      _ = try await fixture.queue.retryFailed(of: job)
    }
  }
}
