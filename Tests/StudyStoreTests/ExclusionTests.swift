import Foundation
import Postgres
import StudyPlan
import StudyStore
import StudyTasks
import TaskQueue
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct `A case that is excluded` {
  @Test(arguments: [TestLogin.coordinator, .operatorOfAll, .northOperator])
  func `loses its open tasks, and the job goes on without it`(login: TestLogin) async throws {
    try await ActFixture.with { fixture in
      let worker = try await fixture.admin.worker()
      let claimed = try await fixture.admin.queue.claim(upTo: 6, kinds: ["extract"], for: worker)
      let number = try await fixture.number("P2")
      let said = try await fixture.act(
        "SELECT trabecula.exclude_case(1, \(number), 'motion artefacts')", as: login)
      #expect(said == "Case \(number) of job 1 is excluded: 1 task is cancelled.")
      var verdicts: [Verdict] = []
      for task in claimed {
        verdicts.append(try await fixture.admin.completeExtraction(task, of: fixture.study, by: worker))
      }
      #expect(verdicts.count { $0 == .stale } == 1)
      let lost = try await fixture.admin.store.cases(of: 1).filter { $0.state != .done }
      #expect(lost.map(\.subject) == ["P2"])
      #expect(lost[0].state == .excluded)
      #expect(lost[0].loss?.sentence == "motion artefacts")
      try await fixture.finish(as: worker)
      #expect(try await fixture.admin.store.job(1)?.state == .succeeded)
      #expect(try await fixture.count("trabecula.failures") == 0)
      let progress = try await fixture.admin.store.progress(of: 1)[0]
      #expect(
        progress.total == 6 && progress.succeeded == 5 && progress.failed == 0 && progress.remaining == 0)
      let audit = try await fixture.admin.connection.query(
        "SELECT login || ' ' || object FROM queue.audit WHERE act = 'exclude_case'"
      ).scalar(as: String.self)
      #expect(audit == "\(login.rawValue) job 1")
      #expect(try await fixture.count("queue.audit WHERE coalesce(after, before)::text LIKE '%motion%'") == 0)
    }
  }

  @Test func `after its extraction takes what was computed with it along`() async throws {
    try await ActFixture.with { fixture in
      let worker = try await fixture.admin.worker()
      try await fixture.admin.extractEverything(fixture.study, as: worker)
      let early = try await fixture.admin.queue.claim(upTo: 2, kinds: ["bootstrap"], for: worker)
      let number = try await fixture.number("P2")
      let sql = "SELECT trabecula.exclude_case(1, \(number), 'motion artefacts')"
      await fixture.expectRefusal(sql, as: .northOperator, .insufficientPrivilege, "it concerns all sites")
      try await fixture.act(sql, as: .operatorOfAll)
      let bodies = [0, 1].map(StoreFixture.replicate)
      #expect(try await fixture.admin.store.complete(early[0], with: bodies, by: worker) == .stale)
      let features = try await fixture.admin.store.cohort(of: 1).features
      #expect(features[0].values.count == 5)
      #expect(features[0].values[number] == nil)
      try await fixture.finish(as: worker)
      #expect(try await fixture.admin.store.job(1)?.state == .succeeded)
    }
  }

  @Test func `of a job that has succeeded needs a word more, and is taken in again`() async throws {
    try await ActFixture.with { fixture in
      let worker = try await fixture.admin.worker()
      try await fixture.admin.extractEverything(fixture.study, as: worker)
      try await fixture.finish(as: worker)
      let number = try await fixture.number("P2")
      await fixture.expectRefusal(
        "SELECT trabecula.exclude_case(1, \(number), 'x')", as: .operatorOfAll, .objectNotInPrerequisiteState,
        "--reopen")
      #expect(try await fixture.admin.store.report(of: 1) != nil)
      await fixture.expectRefusal(
        "SELECT trabecula.exclude_case(1, \(number), 'x', true)", as: .northOperator, .insufficientPrivilege)
      let said = try await fixture.act(
        "SELECT trabecula.exclude_case(1, \(number), 'x', true)", as: .operatorOfAll)
      #expect(said.hasSuffix("models and report are computed anew."))
      #expect(try await fixture.count("trabecula.replicate") == 0)
      try await fixture.finish(as: worker)
      #expect(
        try await fixture.admin.store.report(of: 1)?.contains(#""P1", "P3""#) == true, "of what is left")
      try await fixture.act("SELECT trabecula.include_case(1, \(number))", as: .operatorOfAll)
      try await fixture.finish(as: worker)
      #expect(try await fixture.admin.store.report(of: 1)?.contains(#""P2""#) == true)
    }
  }

  @Test func `before its extraction is extracted when it is taken in again, and by no retry`() async throws {
    try await ActFixture.with { fixture in
      let number = try await fixture.number("P2")
      try await fixture.act("SELECT trabecula.exclude_case(1, \(number), 'x')", as: .operatorOfAll)
      try await fixture.act("SELECT trabecula.cancel_job(1)", as: .operatorOfAll)
      #expect(
        try await fixture.act("SELECT trabecula.retry_failed(1)", as: .operatorOfAll).hasPrefix(
          "Job 1: 5 cancelled cases are ready again"))
      #expect(try await fixture.count("queue.live_task WHERE state = 'ready'") == 5)
      try await fixture.act("SELECT trabecula.include_case(1, \(number))", as: .operatorOfAll)
      #expect(try await fixture.count("queue.live_task WHERE state = 'ready'") == 6)
      let worker = try await fixture.admin.worker()
      #expect(try await fixture.admin.extractEverything(fixture.study, as: worker) == 6)
      try await fixture.finish(as: worker)
      #expect(try await fixture.states().allSatisfy { $0.hasSuffix("done") })
    }
  }

  @Test func `is refused to whoever may not, and without a reason`() async throws {
    try await ActFixture.with { fixture in
      let (own, other) = (try await fixture.number("P0"), try await fixture.number("P1"))
      await fixture.expectRefusal(
        "SELECT trabecula.exclude_case(1, \(other), 'x')", as: .northOperator, .invalidParameterValue,
        "has no case")
      await fixture.expectRefusal(
        "SELECT trabecula.exclude_case(1, \(own), ' ')", as: .northOperator, .invalidParameterValue,
        "needs a reason")
      for login in [TestLogin.reader, .everywhereWorker, .stranger] {
        await fixture.expectRefusal(
          "SELECT trabecula.exclude_case(1, \(own), 'x')", as: login, .insufficientPrivilege)
      }
      #expect(try await fixture.count("queue.live_task WHERE state = 'ready'") == 6)
    }
  }
}

@Suite(.timeLimit(.minutes(15))) struct `A site that is given up` {
  @Test(arguments: [TestLogin.coordinator, .operatorOfAll, .northOperator])
  func `leaves what is stored, and the job goes on`(login: TestLogin) async throws {
    try await ActFixture.with { fixture in
      let worker = try await fixture.admin.worker()
      let first = try await fixture.admin.queue.claim(upTo: 1, kinds: ["extract"], for: worker)[0]
      _ = try await fixture.admin.completeExtraction(first, of: fixture.study, by: worker)
      let said = try await fixture.act("SELECT trabecula.give_up_site(1, 'North')", as: login)
      #expect(said.hasPrefix("Job 1: site North is given up; 2 cases are excluded, 2 tasks are cancelled."))
      try await fixture.admin.extractEverything(fixture.study, as: worker)
      let lost = try await fixture.admin.store.cases(of: 1).filter { $0.state == .excluded }
      #expect(lost.map(\.loss?.sentence) == ["site given up", "site given up"])
      try await fixture.finish(as: worker)
      #expect(try await fixture.admin.store.job(1)?.state == .succeeded)
      #expect(
        try await fixture.act("SELECT trabecula.give_up_site(1, 'North')", as: login)
          == "Job 1 has ended (succeeded); nothing to give up.")
    }
  }

  @Test func `comes back, and what it lacks is extracted`() async throws {
    try await ActFixture.with { fixture in
      let worker = try await fixture.admin.worker()
      try await fixture.act("SELECT trabecula.give_up_site(1, 'South')", as: .operatorOfAll)
      try await fixture.admin.extractEverything(fixture.study, as: worker)
      #expect(try await fixture.count("queue.live_task WHERE state = 'ready' AND kind = 'bootstrap'") == 2)
      try await fixture.act("SELECT trabecula.take_site_in(1, 'South')", as: .operatorOfAll)
      #expect(try await fixture.admin.extractEverything(fixture.study, as: worker) == 3)
      try await fixture.finish(as: worker)
      #expect(try await fixture.states().allSatisfy { $0.hasSuffix("done") })
    }
  }

  @Test func `that is only to look whether files have changed leaves its stored features`() async throws {
    try await ActFixture.with { fixture in
      let worker = try await fixture.admin.worker()
      try await fixture.admin.extractEverything(fixture.study, as: worker)
      try await fixture.finish(as: worker)
      let again = try await fixture.admin.store.submit(
        fixture.study, cohort: "hip",
        // P4 has another mask by now, which nobody has extracted.
        cases: StoreFixture.cases(6, mask: { $0 == 4 ? 9 : 7 }), again: .looking)
      #expect(again.checked == 5)
      let looks = try await fixture.admin.queue.claim(upTo: 6, kinds: ["extract"], for: worker)
      let said = try await fixture.act("SELECT trabecula.give_up_site(2, 'North')", as: .northOperator)
      #expect(
        said
          == "Job 2: site North is given up; 1 case is excluded, 3 tasks are cancelled. Cases whose features are stored stay, 2 of them without a look whether the files have changed."
      )
      var verdicts: [Verdict] = []
      for task in looks {
        verdicts.append(try await fixture.admin.completeExtraction(task, of: fixture.study, by: worker))
      }
      #expect(verdicts.count { $0 == .stale } == 3)
      try await fixture.finish(2, as: worker)
      #expect(
        try await fixture.states(of: 2)
          == ["P0 done", "P1 done", "P2 done", "P3 done", "P4 excluded", "P5 done"])
      #expect(try await fixture.admin.store.cohort(of: 2).features[0].values.count == 5)
      #expect(try await fixture.admin.store.job(2)?.state == .succeeded)
      // When it comes back, somebody looks after all.
      let back = try await fixture.act("SELECT trabecula.take_site_in(2, 'North')", as: .operatorOfAll)
      #expect(back == "Job 2: site North is in again; 3 cases count.")
      #expect(
        try await fixture.states(of: 2)
          == ["P0 pending", "P1 done", "P2 pending", "P3 done", "P4 pending", "P5 done"])
      #expect(try await fixture.admin.extractEverything(fixture.study, as: worker) == 3)
      try await fixture.finish(2, as: worker)
      #expect(try await fixture.states(of: 2).allSatisfy { $0.hasSuffix("done") })
      let progress = try await fixture.admin.store.progress(of: 2)[0]
      #expect(progress.succeeded == progress.total && progress.remaining == 0)
    }
  }

  @Test func `with a case that failed costs no replicate, and its report counts it`() async throws {
    try await ActFixture.with { fixture in
      let worker = try await fixture.admin.worker()
      let tasks = try await fixture.admin.queue.claim(upTo: 6, kinds: ["extract"], for: worker)
      let failure = TaskFailure(code: "bad", sentence: "s", remedy: "", isRetryable: false)
      _ = try await fixture.admin.queue.fail(tasks[0], because: failure, by: worker)
      for task in tasks.dropFirst() {
        _ = try await fixture.admin.completeExtraction(task, of: fixture.study, by: worker)
      }
      let revision = try await fixture.admin.store.revision(of: 1)
      let replicates = try await fixture.admin.queue.claim(upTo: 1, kinds: ["bootstrap"], for: worker)
      let site = try await fixture.admin.connection.query(
        "SELECT s.name FROM queue.task JOIN queue.site s USING (site_id) WHERE task_id = $1", tasks[0].id
      ).scalar(as: String.self)
      let said = try await fixture.act(
        "SELECT trabecula.give_up_site(1, '\(site)')", as: site == "North" ? .northOperator : .operatorOfAll)
      #expect(said.hasPrefix("Job 1: site \(site) is given up; 1 case is excluded, 0 tasks are cancelled."))
      let bodies = [0, 1].map(StoreFixture.replicate)
      #expect(try await fixture.admin.store.complete(replicates[0], with: bodies, by: worker) == .ok)
      // What a worker keeps of the job in memory counts the case as failed still.
      #expect(try await fixture.admin.store.revision(of: 1) == revision + 1)
      try await fixture.finish(as: worker)
      #expect(try await fixture.states().count { $0.hasSuffix("excluded") } == 1)
    }
  }

  @Test func `whose failures held the job lets it go on`() async throws {
    try await ActFixture.with { fixture in
      let worker = try await fixture.admin.worker()
      let tasks = try await fixture.admin.queue.claim(upTo: 6, kinds: ["extract"], for: worker)
      // One failure is one too many.
      try await fixture.admin.connection.execute("UPDATE queue.job SET failure_budget = 0")
      let failure = TaskFailure(code: "bad", sentence: "s", remedy: "", isRetryable: false)
      for task in tasks {
        let payload = try JSONDecoder().decode(Extract.Payload.self, from: Data(task.payload.utf8))
        if payload.site == "North" {
          _ = try await fixture.admin.queue.fail(task, because: failure, by: worker)
        } else {
          _ = try await fixture.admin.completeExtraction(task, of: fixture.study, by: worker)
        }
      }
      #expect(try await fixture.count("queue.job WHERE over_budget IS NOT NULL") == 1)
      #expect(try await fixture.admin.queue.claim(upTo: 1, kinds: ["bootstrap"], for: worker).isEmpty)
      try await fixture.act("SELECT trabecula.give_up_site(1, 'North')", as: .northOperator)
      #expect(try await fixture.count("queue.job WHERE over_budget IS NOT NULL") == 0)
      try await fixture.finish(as: worker)
      #expect(try await fixture.admin.store.job(1)?.state == .succeeded)
    }
  }

  @Test func `is another operator's own affair`() async throws {
    try await ActFixture.with { fixture in
      await fixture.expectRefusal(
        "SELECT trabecula.give_up_site(1, 'South')", as: .northOperator, .invalidParameterValue, "has no site"
      )
      await fixture.expectRefusal(
        "SELECT trabecula.give_up_site(1, 'South')", as: .reader, .insufficientPrivilege)
    }
  }
}

@Suite(.timeLimit(.minutes(15))) struct `A job as a whole` {
  @Test func `is not an operator's of one site: its report survives the attempt`() async throws {
    try await ActFixture.with { fixture in
      let worker = try await fixture.admin.worker()
      let tasks = try await fixture.admin.queue.claim(upTo: 6, kinds: ["extract"], for: worker)
      let failure = TaskFailure(code: "bad", sentence: "s", remedy: "", isRetryable: false)
      _ = try await fixture.admin.queue.fail(tasks[0], because: failure, by: worker)
      for task in tasks.dropFirst() {
        _ = try await fixture.admin.completeExtraction(task, of: fixture.study, by: worker)
      }
      try await fixture.finish(as: worker)
      for act in [
        "retry_failed(1)", "retry_task(\(tasks[0].id))", "cancel_job(1)", "pause_job(1)", "resume_job(1)",
        "set_priority(1, 2)",
        "delete_job(1)", "note_archive(1, sha256(''), 0)",
      ] {
        await fixture.expectRefusal("SELECT trabecula.\(act)", as: .northOperator, .insufficientPrivilege)
      }
      #expect(try await fixture.admin.store.report(of: 1) != nil)
      #expect(
        try await fixture.act("SELECT trabecula.retry_failed(1)", as: .operatorOfAll).contains(
          "1 failed case"))
    }
  }

  @Test func `of which an own task failed is retried while it runs`() async throws {
    try await ActFixture.with { fixture in
      let worker = try await fixture.admin.worker()
      let task = try await fixture.admin.queue.claim(upTo: 1, kinds: ["extract"], for: worker)[0]
      let failure = TaskFailure(code: "bad", sentence: "s", remedy: "", isRetryable: false)
      _ = try await fixture.admin.queue.fail(task, because: failure, by: worker)
      #expect(
        try await fixture.act("SELECT trabecula.retry_failed(1)", as: .northOperator).contains(
          "1 failed case"))
    }
  }

  @Test func `is deleted with what only it uses`() async throws {
    try await ActFixture.with { fixture in
      let worker = try await fixture.admin.worker()
      try await fixture.admin.extractEverything(fixture.study, as: worker)
      let second = try await fixture.admin.store.submit(
        fixture.study, cohort: "hip", cases: Array(StoreFixture.cases(6).prefix(4)))
      #expect(second.reused == 4)
      await fixture.expectRefusal(
        "SELECT trabecula.delete_job(1)", as: .coordinator, .objectNotInPrerequisiteState,
        "coordinator cancel 1")
      try await fixture.act("SELECT trabecula.cancel_job(1)", as: .coordinator)
      #expect(
        try await fixture.act("SELECT trabecula.delete_job(1)", as: .coordinator)
          == "Job 1 is deleted, with 2 cases and 2 feature rows that no other job uses.")
      #expect(try await fixture.count("trabecula.image_case") == 4)
      #expect(try await fixture.count("trabecula.feature_row") == 4)
      for table in ["queue.job", "queue.stage", "queue.task", "queue.task_history", "trabecula.job_case"] {
        #expect(try await fixture.count("\(table) WHERE job_id = 1") == 0, "\(table)")
      }
      #expect(try await fixture.count("queue.audit WHERE act = 'delete_job' AND object = 'job 1'") == 1)
      #expect(try await fixture.admin.store.cohort(of: second.job).features[0].values.count == 4)
      try await fixture.act("SELECT trabecula.cancel_job(2)", as: .coordinator)
      try await fixture.act("SELECT trabecula.delete_job(2)", as: .coordinator)
      for table in [
        "trabecula.subject", "trabecula.cohort", "trabecula.feature_row", "queue.live_task", "queue.job",
      ] {
        #expect(try await fixture.count(table) == 0, "\(table)")
      }
    }
  }
}

@Suite(.timeLimit(.minutes(15))) struct `What nothing needs` {
  @Test func `goes by itself when it is old, and what a job has stays`() async throws {
    try await ActFixture.with { fixture in
      let worker = try await fixture.admin.worker()
      try await fixture.admin.extractEverything(fixture.study, as: worker)
      let old = try await fixture.admin.worker()
      try await fixture.admin.connection.execute(
        script: """
          UPDATE queue.worker SET state = 'stopped', ended_at = now() - interval '100 days' WHERE worker_id = \(old);
          UPDATE trabecula.feature_row SET extracted_at = now() - interval '400 days';
          INSERT INTO trabecula.feature_row (feature_key, feature_set_id, image_sha256, mask_sha256, label, feature_values, extracted_at)
            SELECT sha256(n::text::bytea), 1, 'i', 'm', 1, '{1,2}', now() - interval '1 day' * n FROM generate_series(300, 399) n;
          """)
      let sql =
        "SELECT workers_forgotten || ' ' || feature_rows_forgotten FROM trabecula.forget(90, 365, most => 20)"
      #expect(try await fixture.act(sql, as: .coordinator) == "1 20")
      #expect(try await fixture.act(sql, as: .coordinator) == "0 15")
      #expect(try await fixture.act(sql, as: .coordinator) == "0 0")
      #expect(try await fixture.admin.store.cohort(of: 1).features[0].values.count == 6)
      #expect(
        try await fixture.act(
          "SELECT partitions_dropped::text FROM trabecula.keep_history(90)", as: .coordinator) == "0")
      for login in [TestLogin.operatorOfAll, .everywhereWorker] {
        await fixture.expectRefusal(sql, as: login, .insufficientPrivilege)
      }
      // Jobs stay unless one says for how long.
      let jobs = "SELECT jobs_forgotten::text FROM trabecula.forget(90, 365, 30)"
      try await fixture.act("SELECT trabecula.cancel_job(1)", as: .coordinator)
      #expect(try await fixture.act(jobs, as: .coordinator) == "0")
      try await fixture.admin.connection.execute("UPDATE queue.job SET ended_at = now() - interval '31 days'")
      #expect(try await fixture.act(sql, as: .coordinator) == "0 0")
      #expect(try await fixture.act(jobs, as: .coordinator) == "1")
      #expect(try await fixture.count("queue.job") == 0)
      #expect(
        try await fixture.count(
          "queue.audit WHERE act = 'delete_job' AND login = '\(TestLogin.coordinator.rawValue)'") == 1)
      // Of a term that is over nothing goes.
      #expect(
        try await fixture.admin.store.maintainRetention(inTerm: 7, keepingWorkers: 1, features: 1, jobs: 1)
          == 0)
    }
  }
}

@Suite(.timeLimit(.minutes(15))) struct `Cases that are excluded together` {
  @Test func `are those that failed of one cause`() async throws {
    try await ActFixture.with { fixture in
      let worker = try await fixture.admin.worker()
      let claimed = try await fixture.admin.queue.claim(upTo: 6, kinds: ["extract"], for: worker)
      let failure = TaskFailure(
        code: "no-mask", sentence: "No mask.", remedy: "Draw one.", isRetryable: false)
      for task in claimed.prefix(2) {
        _ = try await fixture.admin.queue.fail(task, because: failure, by: worker)
      }
      let sql = "SELECT trabecula.exclude_where(1, 'nothing was drawn', with_code => 'no-mask')"
      let said = try await fixture.act(sql, as: .operatorOfAll)
      #expect(said == "Job 1: 2 cases are excluded, 0 tasks are cancelled.")
      #expect(try await fixture.act(sql, as: .operatorOfAll) == "Job 1: no case is such.")
      #expect(try await fixture.count("trabecula.failures") == 0)
      #expect(try await fixture.count("trabecula.job_case WHERE state = 'excluded'") == 2)
      #expect(try await fixture.count("queue.audit WHERE act = 'exclude_where'") == 1)
      #expect(try await fixture.count("queue.audit WHERE coalesce(after, before)::text LIKE '%drawn%'") == 0)
      await fixture.expectRefusal(
        "SELECT trabecula.exclude_where(1, 'x')", as: .operatorOfAll, .invalidParameterValue)
      await fixture.expectRefusal(
        "SELECT trabecula.exclude_where(1, ' ', with_code => 'x')", as: .operatorOfAll, .invalidParameterValue
      )
      await fixture.expectRefusal(
        "SELECT queue.cancel_where(1, of_kind => 'extract')", as: .operatorOfAll,
        .objectNotInPrerequisiteState, "left out one by one")
    }
  }
}
