import Foundation
import Postgres
import TestSupport
import Testing

/// The page of `coordinator serve --listen`, asked as a browser asks it.
@Suite(.timeLimit(.minutes(15))) struct `The page of the queue` {
  private let operators = TestLogin.operatorOfAll.rawValue
  private let password = PasswordServer.password

  @Test func `lets an operator find why a case failed and retry it, under the operator's own name`()
    async throws
  {
    try await PasswordServer.with(damage: { try $0.hideMask() }) { server in
      try await server.study.work()
      _ = try await server.serving { browser, program in
        let first = try await browser.get("/study/1")
        #expect(first.status == 303 && first.header("Location") == "/sign-in?next=%2Fstudy%2F1")
        let entered = try await browser.signIn(operators, password)
        #expect(entered.status == 303 && entered.header("Location") == "/")
        let cookie = try #require(entered.headers.first { $0.hasPrefix("Set-Cookie: trabecula=") })
        #expect(cookie.contains("; HttpOnly; SameSite=Strict"))
        #expect(try #require(await browser.cookies["trabecula"]).count == 64, "256 bits")

        let overview = try await browser.get("/")
        #expect(overview.body.contains("<a href=\"/study/1\">small</a>") && overview.body.contains("SITE_A"))
        #expect(
          overview.header("Content-Security-Policy")?.contains("default-src 'none'; script-src 'self'")
            == true)
        #expect(overview.body.contains(operators))
        let study = try await browser.get("/study/1")
        #expect(study.body.contains("1 failed") && study.body.contains("not-found"))
        let cases = try await browser.get("/study/1/cases?state=failed&code=not-found")
        #expect(cases.body.contains("masks/SYN-001.nii.gz"))
        let task = try await server.psql("SELECT task_id FROM trabecula.failure_detail")
        let timeline = try await browser.get("/task/\(task)")
        #expect(timeline.body.contains("<ol class=\"timeline\">") && timeline.body.contains("not-found"))

        try server.study.study.mend()
        let asked = try await browser.get("/act?do=retry&job=1&code=not-found")
        #expect(asked.body.contains("Retry 1 failed case of study 1 (cause not-found)?"))
        let done = try await browser.act("do=retry&job=1&code=not-found")
        #expect(done.status == 303 && done.header("Location") == "/study/1")
        #expect(try await browser.get("/study/1").body.contains("1 failed case is ready again"))
        #expect(
          try await server.psql("SELECT login FROM trabecula.audit WHERE act = 'retry'") == operators)
        try await server.study.work()
        let ended = try await browser.get("/study/1", headers: ["X-Fragment: 1"])
        #expect(ended.body.contains("succeeded") && !ended.body.contains("<html"))
        let report = try await browser.get("/study/1/report/index.html")
        #expect(report.status == 200 && report.body.contains("<h1"))
        #expect(report.header("Content-Security-Policy")?.contains("sandbox") == true)
        #expect(try await browser.get("/study/1/report/report.json").body.contains("\"models\""))
        #expect(try await browser.get("/study/1/report/predictions.csv").status == 404, "for coordinators")
        #expect(try await browser.get("/study/1/export/metrics.csv").body.hasPrefix("Model,Cohort"))
        #expect(try await browser.get("/study/1/model.json?name=Rad").body.contains("\"features\""))
        #expect(try await browser.get("/study/1/report/..%2Freport.json").status == 404)
        try await expectTroubleToBeTold(browser)
        #expect(
          try await browser.get("/study/1/model.json?name=None").body.contains(
            "Name one of the models of job 1: Rad. The page of the study has a link to each."))
        for page in ["/sites", "/workers", "/acts", "/database", "/study/1/cases?state=done"] {
          #expect(try await browser.get(page).status == 200, "\(page)")
        }
        #expect(try await browser.get("/study/99").status == 404)
        #expect(try await browser.get("/metrics").status == 200, "without cookies, as before")
      }
    }
  }

  /// A file of the report that is there and cannot be read is not one that does not exist.
  private func expectTroubleToBeTold(_ browser: PageBrowser) async throws {
    let shown = try await browser.get("/study/1/report/report.json").body
    let temporary = FileManager.default.temporaryDirectory
    let folder = try #require(
      try FileManager.default.contentsOfDirectory(at: temporary, includingPropertiesForKeys: nil).first {
        // It has the times of this report.
        $0.lastPathComponent.hasPrefix("trabecula-page-")
          && FileManager.default.contents(atPath: $0.appendingPathComponent("report.json").path)
            == Data(shown.utf8)
      })
    let table = folder.appendingPathComponent("metrics.csv")
    try FileManager.default.removeItem(at: table)
    #expect(try await browser.get("/study/1/report/metrics.csv").status == 404)
    try FileManager.default.createDirectory(at: table, withIntermediateDirectories: false)
    let unread = try await browser.get("/study/1/report/metrics.csv")
    #expect(unread.status == 500 && unread.body.contains("metrics.csv of the report is there"))
    try FileManager.default.removeItem(at: folder)
    #expect(try await browser.get("/study/1/report/metrics.csv").body.hasPrefix("Model,Cohort"))
  }

  @Test func `excludes with a reason, pauses, sets a priority, and says what PostgreSQL says`() async throws {
    try await PasswordServer.with { server in
      _ = try await server.serving { browser, _ in
        _ = try await browser.signIn(operators, password)
        #expect(try await browser.act("do=pause&job=1").status == 303)
        #expect(try await server.psql("SELECT paused FROM trabecula.job") == "t")
        #expect(try await browser.get("/").body.contains("job paused"), "it is stuck, and the page says so")
        #expect(try await browser.act("do=priority&job=1", ["priority": "7"]).status == 303)
        #expect(try await server.psql("SELECT priority FROM trabecula.job") == "7")
        #expect(try await browser.act("do=priority&job=1", ["priority": "x"]).status == 422)
        #expect(try await browser.act("do=pause-site&site=SITE_A").status == 303)
        let silent = try await browser.act("do=exclude&job=1&case=1", ["reason": " "])
        #expect(silent.status == 409 && silent.body.contains("an exclusion needs a reason"))
        #expect(
          try await browser.act("do=exclude&job=1&case=1", ["reason": "motion <artefacts>"]).status == 303)
        #expect(
          try await browser.get("/study/1/cases?state=excluded").body.contains("motion &lt;artefacts&gt;"))
        #expect(try await browser.act("do=cancel&job=1").status == 303)
        #expect(try await server.psql("SELECT state FROM trabecula.job") == "cancelled")
        #expect(try await browser.act("do=cancel&job=99").status == 409)
      }
    }
  }

  @Test func `refuses a reader, a forged form and a stranger's cookie, and nothing is changed`() async throws
  {
    try await PasswordServer.with(damage: { try $0.hideMask() }) { server in
      try await server.study.work()
      _ = try await server.serving { browser, _ in
        _ = try await browser.signIn(TestLogin.reader.rawValue, password)
        let looked = try await browser.get("/study/1")
        #expect(looked.status == 200 && looked.body.contains("not-found") && !looked.body.contains("/act?"))
        let asked = try await browser.act("do=retry&job=1")
        #expect(asked.status == 403 && asked.body.contains("may look, and do nothing"))
        let token = looked.field("token") ?? ""
        let forced = try await browser.post("/act", ["do": "retry", "job": "1", "token": token])
        #expect(forced.status == 403 && forced.body.contains("Nothing was changed"))
        #expect(try await browser.get("/study/1/cases").status == 403, "a reader sees no subject")
        #expect(try await browser.get("/study/1/report/index.html").status == 403)

        let other = PageBrowser(socketPath: browser.socketPath)
        _ = try await other.signIn(operators, password)
        let forged = [
          try await other.post("/act", ["do": "retry", "job": "1"]),
          try await other.post("/act", ["do": "retry", "job": "1", "token": token]),
          try await other.post(
            "/act", ["do": "retry", "job": "1", "token": try await other.get("/").field("token") ?? ""],
            headers: ["Sec-Fetch-Site: cross-site"]),
        ]
        for answer in forged {
          #expect(answer.status == 403 && answer.body.contains("did not come from this page"))
        }

        let stranger = PageBrowser(socketPath: browser.socketPath)
        await stranger.setCookies(["trabecula": String(repeating: "0", count: 64)])
        #expect(try await stranger.get("/").status == 303)
        #expect(try await stranger.post("/act", ["do": "retry", "job": "1"]).status == 401)
        #expect(
          try await server.psql("SELECT count(*) FROM trabecula.audit WHERE act = 'retry'") == "0")
        let large = try await stranger.post("/sign-in", ["login": String(repeating: "a", count: 20_000)])
        #expect(large.status == 413)
      }
    }
  }

  @Test func `shows an operator of one site that site alone`() async throws {
    try await PasswordServer.with { server in
      _ = try await server.serving { browser, _ in
        _ = try await browser.signIn(TestLogin.northOperator.rawValue, password)
        for page in ["/", "/sites", "/study/1/cases"] {
          let body = try await browser.get(page).body
          #expect(body.contains("SITE_A") && !body.contains("SITE_B"), "\(page)")
        }
        let other = try await server.psql(
          "SELECT min(case_id) FROM trabecula.case_overview WHERE site = 'SITE_B'")
        let refused = try await browser.act("do=exclude&job=1&case=\(other)", ["reason": "motion"])
        #expect(refused.status == 409 && refused.body.contains("has no case \(other) in job 1"))
        let all = try await browser.act("do=cancel&job=1")
        #expect(all.status == 403 && all.body.contains("it concerns all sites"))
        #expect(try await server.psql("SELECT state FROM trabecula.job") == "running")
      }
    }
  }

  @Test func `asks PostgreSQL who somebody is, slows down who guesses, and forgets who signs out`()
    async throws
  {
    try await PasswordServer.with { server in
      let (_, errors) = try await server.serving { browser, program in
        let wrong = try await browser.signIn(operators, "wrong")
        #expect(
          wrong.status == 401 && wrong.body.contains("PostgreSQL knows no such login with this password."))
        #expect(try await browser.signIn("nobody <b>", "x").body.contains("nobody &lt;b&gt;"))
        #expect(
          try await browser.signIn(operators, "").status == 401, "an empty one is not looked up elsewhere")
        // The server trusts the coordinator's login, whatever password is given.
        let trusted = try await browser.signIn(TestLogin.coordinator.rawValue, "anything")
        #expect(trusted.status == 403 && trusted.body.contains("without asking for its password"))
        let stranger = try await browser.signIn(TestLogin.stranger.rawValue, password)
        #expect(stranger.status == 403 && stranger.body.contains("may not enter the database"))
        let unbound = PageBrowser(socketPath: browser.socketPath)
        #expect(try await unbound.post("/sign-in", ["login": operators, "password": password]).status == 403)

        #expect(try await browser.signIn(operators, password).status == 303)
        #expect(try await browser.get("/").status == 200)
        let token = try await browser.get("/").field("token") ?? ""
        let kept = await browser.cookies
        #expect(try await browser.post("/sign-out", ["token": token]).header("Location") == "/sign-in")
        await browser.setCookies(kept)
        #expect(try await browser.get("/").status == 303, "the cookie is worth nothing any more")
        let admin = try await PostgresConnection.connect(to: server.study.target)
        try await admin.wait(
          until: "NOT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'trabecula page')")
        await admin.close()

        #expect(try await browser.signIn(operators, password).status == 303)
        _ = try await server.psql(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'trabecula page'")
        let lost = try await browser.get("/")
        #expect(lost.status == 503 && lost.body.contains("so you are signed out"))
        #expect(try await browser.get("/").status == 303)

        let guesser = PageBrowser(socketPath: browser.socketPath)
        var answers: [Int] = []
        for _ in 0..<30 where answers.last != 429 {
          answers.append(try await guesser.signIn("guessed", "x").status)
        }
        #expect(answers.last == 429, "\(answers)")
      }
      #expect(errors.contains { $0.contains("login \(operators) signed in") })
      #expect(!errors.contains { $0.contains("pass\\word") || $0.contains("nobody <b>") })
    }
  }

  @Test func `says so where passwords would cross the network, and where a proxy is in front`() async throws {
    try await PasswordServer.with { server in
      _ = try await server.serving(["--behind-tls-proxy"]) { browser, _ in
        let entered = try await browser.signIn(operators, password)
        #expect(
          entered.headers.contains {
            $0.hasPrefix("Set-Cookie: __Host-trabecula=") && $0.hasSuffix("; Secure")
          })
      }
    }
    let alone = try await Programs.run("coordinator", ["serve", "--behind-tls-proxy"])
    #expect(alone.status == 64 && alone.errors.contains("--behind-tls-proxy needs --listen"))
  }
}
