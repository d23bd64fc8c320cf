import Foundation
import StudyPlan
import Testing

/// YAML 1.1 reads `1:30` as 90. The parser multiplied on beyond the largest number, which ended the process.
@Suite struct `A whole number in base 60` {
  static let tooLarge = [
    "1:0:0:0:0:0:0:0:0:0:0:0", "9223372036854775807:0", "-1:00:00:00:00:00:00:00:00:00:00:00",
    "-0:-9223372036854775808",
  ]

  private func study(_ line: String) throws(StudyError) -> Study {
    try StudyFile(yaml: "study: a\nmanifest: m.csv\n\(line)\n", besides: URL(fileURLWithPath: "/a.yaml"))
      .study
  }

  @Test func `is read`() throws {
    #expect(try study("seed: 1:30").seed == 90)
  }

  @Test(arguments: tooLarge) func `is refused where no number holds it`(text: String) {
    #expect(throws: StudyError.self) { try study("seed: \(text)") }
    #expect(throws: StudyError.self) {
      try ExtractionParameters(parameterFile: "setting:\n  padDistance: \(text)\n")
    }
    #expect(throws: StudyError.self) {
      try ExtractionParameters(parameterFile: nil, overrides: ["label:\(text)"])
    }
  }

  @Test(arguments: tooLarge) func `in quotes is a text`(text: String) throws {
    #expect(try study("title: '\(text)'").title == text)
  }
}

/// Texts of a study file reach terminals and pages.
@Suite struct `A text of a study file` {
  private func title(_ text: String) throws(StudyError) -> String? {
    try StudyFile(
      yaml: "study: a\nmanifest: m.csv\ntitle: \"\(text)\"\n", besides: URL(fileURLWithPath: "/a.yaml")
    ).study.title
  }

  @Test(arguments: [#"a\e[2Jb"#, #"a\x07"#, #"a\u202Eb"#, #"a\x85b"#])
  func `that moves a terminal's cursor is refused`(text: String) {
    #expect(throws: StudyError.self) { try title(text) }
  }

  @Test func `may have lines, tabs and letters of any writing`() throws {
    #expect(try title(#"Früh\terkannt 北京"#) == "Früh\terkannt 北京")
  }
}
