import Foundation
import Postgres
import PrivateServer
import Subprocess
import TestSupport
import Testing

/// A server that ran with its clock an hour ahead, until the clock was set right.
private enum ClockAhead {
  static let library = Programs.folder.appendingPathComponent("libWrongClock.so")
  static var isBuilt: Bool { FileManager.default.fileExists(atPath: library.path) }

  /// Starts the server of a folder, which has been made and stopped, an hour ahead.
  static func start(in folder: URL) async throws {
    let place = try await ClusterPlace.prepare(in: folder)
    let account = try ServiceAccount.owning(place.data)
    let copy = place.folder.appendingPathComponent("clock.so")
    try FileManager.default.copyItem(at: library, to: copy)
    let identity =
      account.isOther
      ? ["setpriv", "--reuid", "\(account.user)", "--regid", "\(account.group)", "--clear-groups"] : []
    let started = try await Subprocess.run(
      .name("env"),
      arguments: Arguments(
        ["-C", place.data.path] + identity + [
          "env", "LD_PRELOAD=\(copy.path)", "WRONG_CLOCK_SECONDS=3600",
          try PostgresBinaries.find().folder.appendingPathComponent("pg_ctl").path,
          "start", "-D", ".", "-l", "../log", "-w", "-t", "60", "-o", "-c config_file=../postgresql.conf",
        ]), output: .string(limit: 1 << 16), error: .combinedWithOutput)
    try #require(started.terminationStatus.isSuccess, Comment(rawValue: started.standardOutput))
  }
}

@Suite(
  .timeLimit(.minutes(15)),
  .enabled(if: ClockAhead.isBuilt, "libWrongClock is not built (swift build --product WrongClock)"))
struct `A server whose clock is set back by an hour` {
  private static let arrange = """
    SELECT queue.define_kind('cut', place => 1, completes_plainly => true);
    SELECT queue.plan_stage(job_id, 'cut', 1) FROM queue.plan_job('x', 'x');
    SELECT queue.plan_tasks(1, 'cut', '{NULL}', '{1}'), queue.start_job(1);
    SELECT queue.register_worker('gone', 1, 1, 'x', NULL, 1, 1, '{}');
    SELECT queue.claim_tasks(1, '{cut}', 1);
    SELECT queue.lead('gone', NULL, 3600);
    """

  @Test func `knows the dead as lost one lease later, and counts no time backwards`() async throws {
    try await withTemporaryFolder { folder in
      try await PrivatePostgres.start(in: folder).stop()
      try await ClockAhead.start(in: folder)
      let ahead = try await PrivatePostgres.start(in: folder)
      let migrated = try await Programs.run(
        "coordinator", ["migrate", "--database", ahead.connectionString()])
      #expect(migrated.status == 0, Comment(rawValue: migrated.errors))
      let before = try await PostgresConnection.connect(to: ahead.connectionString())
      try await before.execute(script: Self.arrange)
      await before.close()
      try await ahead.stop()
      let server = try await PrivatePostgres.start(in: folder)
      let outcome: Result<Void, any Error>
      do { outcome = .success(try await afterwards(server)) } catch { outcome = .failure(error) }
      try await server.stop()
      try outcome.get()
    }
  }

  private func afterwards(_ server: PrivatePostgres) async throws {
    let connection = try await PostgresConnection.connect(to: server.connectionString())
    #expect(
      try await connection.query("SELECT heartbeat_at > now() + interval '50 minutes' FROM queue.worker")
        .scalar(as: Bool.self))
    let status = try await Programs.run(
      "coordinator", ["status", "1", "--database", server.connectionString()])
    #expect(status.status == 0, Comment(rawValue: status.errors))
    #expect(status.output.contains("running, 0 s;"), Comment(rawValue: status.output))
    let reasons = "SELECT string_agg(why, '; ' ORDER BY why) FROM queue.stuck_tasks"
    #expect(
      try await connection.query(reasons).scalar(as: String.self)
        == "its worker was last heard of before the clock was set back")
    try await connection.wait(until: "(SELECT lost_workers FROM queue.maintain()) = 1")
    #expect(
      try await connection.query("SELECT state FROM queue.live_task").scalar(as: String.self) == "ready")
    #expect(
      try await connection.query(reasons).scalar(as: String.self) == "no worker serves the site")
    await connection.close()
  }
}
