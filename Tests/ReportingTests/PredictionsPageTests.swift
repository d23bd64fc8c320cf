import Foundation
import Reporting
import Testing

@Suite struct `The page of predictions made elsewhere` {
  private static var report: StudyReport {
    var report = SampleStudy.report
    report.scope = .predictions
    report.audit = []
    return report
  }

  @Test func `has no equations, extraction or audit`() async throws {
    let page = try ParsedMarkup(try await reportPage(Self.report))
    let identifiers = page.elements.compactMap { $0.attributes["id"] }
    #expect(!identifiers.contains("models") && !identifiers.contains("audit"))
    #expect(identifiers.contains("performance") && identifiers.contains("sites"))
    #expect(page.text.contains("The predictions were made elsewhere"))
    #expect(!page.text.contains("rad-score ="))
  }

  @Test func `comes without a table of failures`() async throws {
    try await withFolder { folder in
      try await writeReport(Self.report, predictions: [], to: folder)
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      #expect(!names.contains("failures.csv") && names.contains("metrics.csv"))
    }
  }

  @Test func `prints as text for a terminal`() {
    let text = Self.report.summaryText
    #expect(text.contains("Rad, test part: 45 cases"))
    #expect(text.contains("AUC, pooled") && text.contains("REML, Hartung-Knapp"))
    #expect(text.contains("DLR - DL, AUC") && text.contains("p < 0.001"))
  }
}
