import Foundation
import StudyPlan
import Testing

@Suite struct `The size of a study whose split cannot be drawn` {
  private static func study(_ outcome: String = "") throws -> Study {
    try StudyFile(
      yaml: "study: s\nmanifest: m.csv\nsplit: {training: 0.7}\n" + outcome,
      besides: URL(fileURLWithPath: "/studies/s.yaml")
    ).study
  }

  private static func images(_ outcomes: [Bool]) -> [StudySize.Image] {
    outcomes.enumerated().map { StudySize.Image(unit: "A/\($0)", site: "A", isPositive: $1, part: nil) }
  }

  @Test func `is that of all subjects, and says so with the reason`() throws {
    let size = StudySize(Self.images([true, false, false, false]), of: try Self.study(), models: [])
    #expect(size.subjects == 4 && size.positives == 1)
    let warning = try #require(size.splitWarning)
    #expect(warning.contains("sizes told here are of all of them"))
    #expect(warning.contains("lacks one outcome"), "\(warning)")
    let drawn = StudySize(
      Self.images((0..<20).map { $0 < 10 }), of: try Self.study(), models: [])
    #expect(drawn.splitWarning == nil && drawn.subjects == 14)
  }

  /// Everybody has the event: a study of two outcomes could not be drawn.
  @Test func `asks of times to an event for events only`() throws {
    let outcome = "outcome: {event: DEAD, time: MONTHS, horizons: [12]}\n"
    let everybody = Self.images([Bool](repeating: true, count: 20))
    let size = StudySize(everybody, of: try Self.study(outcome), models: [])
    #expect(size.splitWarning == nil && size.subjects == 14 && size.positives == 14)
    #expect(StudySize(everybody, of: try Self.study(), models: []).splitWarning != nil)
  }
}
