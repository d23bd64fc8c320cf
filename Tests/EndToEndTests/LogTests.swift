import CommandSupport
import Foundation
import Logging
import Synchronization
import TestSupport
import Testing

@Suite struct `A line of the log` {
  @Test func `is words and quoted texts, whatever they hold`() {
    let fields = [
      ("msg", "task 7: \"ok\"\nlevel=error"), ("site", "Süd"), ("handed back", "3"), ("none", ""),
    ]
    #expect(
      LogFormat.logfmt.line(fields)
        == #"msg="task 7: \"ok\"\nlevel=error" site=Süd handed_back=3 none="""#)
  }

  @Test func `is a JSON object, whatever the texts hold`() throws {
    let text = "a\u{1}\t\u{85}\u{2028}\\\"é"
    let line = LogFormat.json.line([("msg", text), ("handed back", "3")])
    #expect(!line.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x85 || $0.value == 0x2028 })
    #expect(
      try JSONDecoder().decode([String: String].self, from: Data(line.utf8)) == [
        "msg": text, "handed back": "3",
      ])
  }

  @Test func `has its metadata in order, and is none below the level`() {
    let lines = Mutex<[String]>([])
    var logger = Logger(label: "worker") { label in
      LineLogHandler(label: label, format: .logfmt) { line in lines.withLock { $0.append(line) } }
    }
    logger.logLevel = .notice
    logger.info("not this")
    logger.warning("this", metadata: ["b": "2", "a": "1 x"])
    let found = lines.withLock { $0 }
    #expect(found.count == 1)
    #expect(found[0].hasPrefix("time=20"))
    #expect(found[0].hasSuffix(#"Z level=warning program=worker msg=this a="1 x" b=2"#))
  }
}

@Suite(.timeLimit(.minutes(15))) struct `The log of a worker` {
  @Test func `warns of a failed task by its code, and names no file`() async throws {
    try await OperatedStudy.with(damage: { try $0.hideMask() }) { study in
      let log = try await study.run(
        "worker", study.workerArguments() + ["--kind", "extract", "--log-level", "warning"],
        as: .everywhereWorker
      ).errors
      #expect(log.contains("level=warning"))
      #expect(log.contains("extract: failed, not-found"))
      #expect(!log.contains("SYN-001") && !log.contains("nii"))
    }
  }

  @Test func `is lines of JSON where it was asked for, of the level that it was asked for`() async throws {
    struct Line: Decodable {
      var time: String
      var level: String
      var program: String
      var msg: String
    }
    try await OperatedStudy.with { study in
      let arguments = study.workerArguments() + ["--kind", "extract"]
      let result = try await study.run("worker", arguments + ["--log-format", "json"], as: .everywhereWorker)
      let lines = try result.errors.split(separator: "\n").map {
        try JSONDecoder().decode(Line.self, from: Data($0.utf8))
      }
      #expect(lines.allSatisfy { $0.program == "worker" && $0.time.hasSuffix("Z") })
      #expect(lines.count { $0.msg.hasSuffix("extract: ok") } == SmallStudy.subjects)
      let quiet = try await study.run(
        "worker", study.workerArguments() + ["--log-level", "error"], as: .everywhereWorker)
      #expect(quiet.errors.isEmpty)
    }
  }
}
