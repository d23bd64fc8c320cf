import Postgres
import TestSupport
import Testing

/// The database refuses what a worker sends, not for being away but as an error of its own.
@Suite struct `A result that the database refuses` {
  /// Refuses the first replicates that are written; a sequence does not go back with its transaction.
  private static let refusal = """
    CREATE SEQUENCE public.writes;
    CREATE FUNCTION public.refuse_once() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
    BEGIN
      IF nextval('public.writes') <= TG_ARGV[0]::int THEN
        RAISE EXCEPTION 'refused for SYN-001' USING ERRCODE = 'check_violation';
      END IF;
      RETURN NEW;
    END $$;
    """

  private static func trigger(on table: String, times: Int) -> String {
    "CREATE TRIGGER refuse BEFORE INSERT ON trabecula.\(table)"
      + " FOR EACH ROW EXECUTE FUNCTION public.refuse_once(\(times))"
  }

  @Test func `is a failed attempt, tried again, and told without the server's words`() async throws {
    try await OperatedStudy.with { study in
      try await study.psql(Self.refusal + Self.trigger(on: "replicate", times: 1), as: nil)
      try await study.work()
      #expect(try await study.psql("SELECT DISTINCT state FROM trabecula.job_progress") == "succeeded")
      #expect(
        try await study.psql("SELECT failure_code, failure_text FROM queue.attempt_failure", as: nil)
          == "database-error|The database refused a statement of the task (SQLSTATE 23514).")
    }
  }

  @Test func `goes back where the failure is refused too`() async throws {
    try await OperatedStudy.with { study in
      let attempts =
        "CREATE TRIGGER refuse BEFORE INSERT ON queue.attempt_failure FOR EACH ROW"
        + " EXECUTE FUNCTION public.refuse_once(1000)"
      try await study.psql(Self.refusal + Self.trigger(on: "replicate", times: 1) + ";" + attempts, as: nil)
      try await study.work()
      #expect(try await study.psql("SELECT DISTINCT state FROM trabecula.job_progress") == "succeeded")
      #expect(try await study.psql("SELECT count(*) FROM queue.attempt_failure", as: nil) == "0")
    }
  }
}
