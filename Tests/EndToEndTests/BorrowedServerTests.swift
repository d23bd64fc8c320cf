import Foundation
import Glibc
import Postgres
import PrivateServer
import TestSupport
import Testing

/// The server of `coordinator local` that a later command has started for itself.
@Suite(.timeLimit(.minutes(15))) struct `A server that was started for one command` {
  enum Moment: CaseIterable {
    case whileItStarts
    case whileItServes
  }

  /// Ctrl-C must not leave a server behind that nobody knows of. One study for all signals, each of which leaves it as it was.
  @Test func `ends with the command that a signal ends, or that was killed`() async throws {
    try await SmallStudy.with { study in
      try await leaveOpenJob(in: study)
      for moment in Moment.allCases {
        for signal in [SIGINT, SIGTERM] { try await expectEnd(of: study, by: signal, moment) }
      }
      try await expectEnd(of: study, by: SIGKILL, .whileItServes)
    }
  }

  @Test func `serves a second command on, when the first ends`() async throws {
    try await SmallStudy.with { study in
      let data = study.data.appendingPathComponent("postgres/data")
      try await leaveOpenJob(in: study)
      let arguments = ["status", "1", "--watch", "--data", study.data.path]
      let second = try await RunningProgram.with("coordinator", arguments) { first in
        let server = try await started(on: data)
        try await serves(data, session: "trabecula coordinator")
        let second = try await RunningProgram.with("coordinator", arguments) { second in
          try await serves(data, session: "trabecula coordinator", sessions: 2)
          first.kill(SIGINT)
          try await serves(data, session: "trabecula coordinator", sessions: 1)
          // A third that comes and goes does not stop it either.
          let status = try await Programs.run("coordinator", ["status", "1", "--data", study.data.path])
          #expect(status.status == 0 && PostmasterFile(in: data)?.process == server.process)
          second.kill(SIGTERM)
        }
        #expect(second.status == -SIGTERM, Comment(rawValue: second.errors.joined(separator: "\n")))
        return server
      }
      try await wait(until: { kill(second.value.process, 0) != 0 })
      #expect(PostmasterFile(in: data) == nil)
    }
  }

  @Test func `stays when coordinator local has joined it`() async throws {
    try await SmallStudy.with { study in
      let data = study.data.appendingPathComponent("postgres/data")
      try await leaveOpenJob(in: study)
      let arguments = ["status", "1", "--watch", "--data", study.data.path]
      let command = try await RunningProgram.with("coordinator", arguments) { command in
        let server = try await started(on: data)
        try await serves(data, session: "trabecula coordinator")
        #expect(try await study.local(out: "again").status == 0)
        command.kill(SIGTERM)
        return server
      }
      let status = try await Programs.run("coordinator", ["status", "1", "--data", study.data.path])
      #expect(status.status == 0 && PostmasterFile(in: data)?.process == command.value.process)
    }
  }

  private func expectEnd(of study: SmallStudy, by signal: CInt, _ moment: Moment) async throws {
    let data = study.data.appendingPathComponent("postgres/data")
    let arguments = ["status", "1", "--watch", "--data", study.data.path]
    let ended = try await RunningProgram.with("coordinator", arguments) { command in
      let server = try await started(on: data)
      if moment == .whileItServes { try await serves(data, session: "trabecula coordinator") }
      command.kill(signal)
      // Of two signals that come at once either may be the first.
      try await wait(until: { command.hasEnded })
      return server
    }
    let told = "signal \(signal), \(moment): \(ended.errors.joined(separator: "\n"))"
    #expect(ended.status == -signal, Comment(rawValue: told))
    try await wait(until: { kill(ended.value.process, 0) != 0 })
    #expect(PostmasterFile(in: data) == nil, Comment(rawValue: told))
    // In order, so that the data are whole.
    let status = try await Programs.run("coordinator", ["status", "1", "--data", study.data.path])
    #expect(
      status.status == 0 && status.output.hasPrefix("job 1 small, running"), Comment(rawValue: told))
  }

  /// A study whose job runs, and that nobody works on; its server stands still.
  private func leaveOpenJob(in study: SmallStudy) async throws {
    _ = try await study.local()
    let reopened = try await Programs.run(
      "coordinator",
      ["exclude", "1", "1", "--because", "motion artefacts", "--reopen", "--data", study.data.path])
    try #require(reopened.status == 0, Comment(rawValue: reopened.errors))
    let stop = try await study.local(["--stop"])
    #expect(stop.status == 0 && stop.errors.contains("was stopped"), Comment(rawValue: stop.errors))
  }

  private func started(on data: URL) async throws -> PostmasterFile {
    try await wait { PostmasterFile(in: data) }
  }

  /// Waits until so many sessions of that name are there, and wait for notifications.
  private func serves(_ data: URL, session: String, sessions: Int = 1) async throws {
    let folder = try await wait { PostmasterFile(in: data)?.socketFolder }
    let connection = try await connect(to: "host='\(folder)' user=trabecula dbname=postgres")
    try await connection.wait(
      until: """
        (SELECT count(*) FROM pg_stat_activity WHERE application_name = '\(session)' AND state = 'idle'
          AND backend_type = 'client backend') = \(sessions)
        """)
    await connection.close()
  }

  private func connect(to server: String) async throws -> PostgresConnection {
    try await wait {
      do throws(PostgresError) {
        return try await PostgresConnection.connect(to: server)
      } catch {
        guard error.isTransient || error.code == .connectionFailed else { throw error }
        return nil
      }
    }
  }
}
