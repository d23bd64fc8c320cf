import Foundation
import PoolerSupport
import TestSupport
import Testing

@Suite(.enabled(if: TransactionPooler.isInstalled, "pgbouncer is not installed: apt-get install pgbouncer"))
struct `A study through a transaction pooler` {
  /// Every program, from migration to report, sees the database through three sessions of pgbouncer.
  @Test(arguments: [[], ["--no-listen"]])
  func `comes to the same report`(options: [String]) async throws {
    try await SmallStudy.with { study in
      let straight = try await study.local(["-j", "1"], out: "straight")
      try #require(straight.status == 0, Comment(rawValue: straight.errors))
      try await TestDatabase.withPooled(sessions: 3) { _, pooled in
        let database = ["--database", pooled]
        for command in [["migrate"], ["submit", study.file.path]] {
          let outcome = try await Programs.run("coordinator", command + database)
          try #require(outcome.status == 0, Comment(rawValue: outcome.errors))
        }
        let arguments = ["run", "--root", study.cohort.path, "-j", "2", "--drain"] + options + database
        async let first = Programs.run("worker", arguments)
        async let second = Programs.run("worker", arguments)
        for outcome in [try await first, try await second] {
          #expect(outcome.status == 0, Comment(rawValue: outcome.errors))
        }
        let report = try await Programs.run(
          "coordinator", ["report", "1", "-o", study.report("pooled").path] + database)
        #expect(report.status == 0, Comment(rawValue: report.errors))
      }
      #expect(try study.reproducibleReport("pooled") == study.reproducibleReport("straight"))
    }
  }
}
