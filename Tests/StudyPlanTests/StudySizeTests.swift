import Foundation
import StudyPlan
import Testing

@Suite struct `The size of a study before it is run` {
  private static func study(_ split: String) throws -> Study {
    try StudyFile(
      yaml: "study: s\nmanifest: m.csv\nsplit: \(split)\n", besides: URL(fileURLWithPath: "/studies/s.yaml")
    ).study
  }

  /// Three sites of twenty subjects, with ten, nine and nine cases.
  private static let images = [("A", 10), ("B", 9), ("C", 9)].flatMap { site, cases in
    (0..<20).map { place in
      StudySize.Image(unit: "\(site)/\(place)", site: site, isPositive: place < cases, part: nil)
    }
  }

  /// By hand: of strata with 10, 11, 11 controls and 10, 9, 9 cases, 3 in 10 are 3, 3.3, 3.3, 3, 2.7, 2.7; whole numbers that add
  /// up to 18 are 3, 3, 3, 3, 3, 3, so that 28 − 9 cases train, and not the rounded seven tenths of 28.
  @Test func `counts the rarer outcome as the split shares it out`() throws {
    let size = StudySize(Self.images, of: try Self.study("{training: 0.7}"), models: [])
    #expect(size.subjects == 42)
    #expect(size.positives == 19)
  }

  @Test func `counts all subjects where each site is left out, and no external one`() throws {
    let external = StudySize.Image(unit: "D/0", site: "D", isPositive: true, part: .external)
    let size = StudySize(
      Self.images + [external], of: try Self.study("leave-one-site-out"), models: [])
    #expect(size.subjects == 60)
    #expect(size.positives == 28)
  }

  @Test func `counts what a column calls training, each subject once`() throws {
    let images = (0..<6).map { place in
      StudySize.Image(
        unit: "A/\(place / 2)", site: "A", isPositive: place % 2 == 1, part: place < 4 ? .training : .test)
    }
    let size = StudySize(images, of: try Self.study("column"), models: [])
    #expect(size.subjects == 2)
    #expect(size.positives == 2)
  }
}
