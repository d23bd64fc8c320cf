import DelimitedText
import Foundation
import StudyPlan
import Testing

private func studyFile(_ more: String) throws -> StudyFile {
  try StudyFile(
    yaml: "study: s\nmanifest: m.csv\noutcome: {event: DEAD, time: MONTHS, horizons: [5]}\n" + more,
    besides: URL(fileURLWithPath: "/studies/s.yaml"))
}

/// Two subjects a site and event, named after their site: `a: 3` is three events of five subjects at site a.
private func rows(_ events: KeyValuePairs<String, Int>) -> [Manifest.Row] {
  events.flatMap { site, count in
    (0..<5).map { place in
      Manifest.Row(
        subject: "\(site)\(place)", site: site, image: "\(site)\(place)", mask: "m",
        outcome: place < count ? 1 : 0, split: place == 4 ? .test : .training,
        extra: ["MONTHS": "\(place + 3)"])
    }
  }
}

private func refusal(_ rows: [Manifest.Row], _ more: String) -> String? {
  var rows = rows
  do {
    _ = try studyFile(more).joinSurvival(to: &rows)
    return nil
  } catch {
    return "\(error)"
  }
}

@Suite struct `Events of a survival study` {
  @Test(arguments: [
    ("a,N,2,7\nb,N,1,8\n", "m.csv has 1 faulty line:\n  m.csv, line 2: DEAD is '2'; expected 0 or 1"),
    ("a,N,1,7\na,N,0,7\n", "another DEAD for the subject of line 2"),
  ]) func `that are none are told by the name of their column`(lines: String, said: String) throws {
    let file = try studyFile("")
    let table = try DelimitedTable(
      parsing: "ID,Site,DEAD,MONTHS,Image,Mask\n"
        + lines.split(separator: "\n").enumerated().map { "\($0.element),i\($0.offset),m\n" }.joined(),
      label: "m.csv")
    let error = #expect(throws: StudyError.self) {
      try Manifest(
        table: table, root: URL(fileURLWithPath: "/studies"), outcome: file.outcomeCoding,
        covariates: ["MONTHS"])
    }
    #expect(error?.message.contains(said) == true, "\(error?.message ?? "")")
  }

  @Test(arguments: [
    ("0", "expected a number above 0"), ("x", "expected a number above 0"),
    ("1e308", "expected at most 1000000"), ("inf", "expected at most 1000000"),
  ]) func `have times whose fault is told for what it is`(time: String, said: String) {
    var found = rows(["a": 3, "b": 3])
    found[0].extra["MONTHS"] = time
    let message = refusal(found, "")
    #expect(message?.contains("1 row of m.csv cannot be used") == true, "\(message ?? "")")
    #expect(message?.contains("a0 at a: MONTHS is '\(time)'; \(said)") == true, "\(message ?? "")")
  }

  @Test func `must be at other sites, too, where each site is left out`() {
    let split = "split: leave-one-site-out\n"
    let only = refusal(rows(["a": 5, "b": 0, "c": 2]), split)
    #expect(only?.contains("with site a left out") == true && only?.contains("10 rows") == true)
    #expect(only?.contains("DEAD is 1 in 2") == true, "\(only ?? "")")
    // A site without an event is predicted like any other, and has no C of its own.
    #expect(refusal(rows(["a": 5, "b": 0, "c": 3]), split) == nil)
    #expect(refusal(rows(["a": 5, "b": 0, "c": 0]), "split: {training: 0.7}\n") == nil)
    #expect(refusal(rows(["a": 5, "b": 0]), split + "models: []\n") == nil)
  }

  @Test func `must be in the training part that column Split makes`() {
    // The fifth subject of each site is kept for the test.
    let few = rows(["a": 2, "b": 0]) + rows(["c": 5]).suffix(1)
    let said = refusal(few, "split: column\n")
    #expect(said?.contains("The training part (column Split) has 8 rows") == true, "\(said ?? "")")
    #expect(refusal(rows(["a": 5]), "split: column\n") == nil)
  }
}
