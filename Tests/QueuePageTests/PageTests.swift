import StatusServer
import Testing

@testable import QueuePage

@Suite struct `A form` {
  @Test func `is read as browsers send it`() {
    let form = FormFields("a=1&b=x+y%20z%C3%A9&c&a=2&d=%zz&e=%4&f=++g++")
    #expect(form["a"] == "1")
    #expect(form["b"] == "x y zé")
    #expect(form["c"] == nil)
    #expect(form["d"] == nil && form["e"] == nil, "what is cut off is no value")
    #expect(form["f"] == "g" && form.verbatim("f") == "  g  ")
    #expect(FormFields("x=" + "a&=%\"<é ".queryEncoded)["x"] == "a&=%\"<é")
  }

  @Test(arguments: [
    "do=retry", "do=delete&job=1", "do=retry&job=x", "do=exclude&job=1", "do=pause-site", "job=1",
    "do=include&job=1",
  ]) func `that names no whole act does nothing`(text: String) {
    #expect(Act(FormFields(text)) == nil)
  }

  @Test(arguments: Act.Name.allCases) func `names an act as its link does`(name: Act.Name) {
    let act = Act(name, job: 1, task: 2, item: 3, worker: 4, site: "A&B \"é\"", code: "not-found")
    #expect(Act(FormFields(String(act.href.dropFirst("/act?".count)))) == act)
  }
}

@Suite struct `The way in` {
  @Test(arguments: [
    ("127.0.0.1:8080", false, Door.open(asksForHost: true)), ("[::1]:1", false, .open(asksForHost: true)),
    ("unix:/run/a.sock", false, .open(asksForHost: false)), ("0.0.0.0:8080", false, .shut),
    ("10.0.0.1:8080", false, .shut), ("[::]:80", false, .shut),
    ("0.0.0.0:8080", true, .open(asksForHost: false)),
  ]) func `is shut where passwords would cross a network as they are typed`(
    address: String, isBehindTLS: Bool, door: Door
  ) throws {
    #expect(Door(try #require(ListenAddress(address)), isBehindTLS: isBehindTLS) == door)
  }

  @Test func `is for those who ask for this machine`() {
    let door = Door.open(asksForHost: true)
    for host in ["localhost:8080", "127.0.0.1:8080", "localhost", "[::1]:8080", nil] {
      #expect(door.admits(host: host))
    }
    for host in ["evil.example:8080", "127.evil.example", "", "10.0.0.1"] {
      #expect(!door.admits(host: host))
    }
    #expect(Door.open(asksForHost: false).admits(host: "queue.example"))
  }

  @Test(arguments: [
    ("/study/1?a=b", "/study/1?a=b"), ("//evil.example", "/"), ("https://evil.example", "/"),
    ("/\\evil.example", "/"),
    ("/a\r\nSet-Cookie: b", "/"), ("/sign-out", "/"), ("", "/"),
  ]) func `leads to a page of this queue`(asked: String, path: String) {
    #expect(QueuePage.ownPath(asked) == path)
  }
}

@Suite struct `What comes from outside` {
  @Test func `is text in every template`() throws {
    let hostile = "<script>alert('1')</script>\" onload=\"x"
    let table = PageTable(
      hostile, [[.text(hostile, hostile, href: hostile, tone: "failed"), .code("c", hostile)]], empty: hostile
    )
    let card = StudyCard(
      job: 1, name: hostile, href: "/study/1", state: hostile, tone: "running",
      stages: [StageLine(kind: hostile, percent: "1", sentence: hostile, hasFailed: true)])
    let overview = Overview(
      studies: [card], hasStudies: true, older: nil, isFirst: true, stuck: table, sites: table)
    var content = PageContent(hostile, try PageTemplates.render(overview, "overview"), place: nil)
    content.status = 200
    let html = try PageTemplates.render(PageLayout(content, nil), "layout")
    #expect(html.contains("&lt;script&gt;"))
    #expect(!html.contains("<script>") && !html.contains("\" onload"))
  }
}
