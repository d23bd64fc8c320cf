import Foundation
import Modelling
import Reporting
import Statistics
import Testing

@Suite struct `The measures of a report` {
  @Test func `have keys, labels and explanations of their own`() {
    let all = Measure.all
    #expect(all.count == 31 && Set(all).count == all.count)
    #expect(Set(all.map(\.label)).count == all.count)
    #expect(all.allSatisfy { !$0.explanation.isEmpty })
    let allowed = Set("abcdefghijklmnopqrstuvwxyz0123456789_")
    #expect(all.allSatisfy { Set($0.key).isSubset(of: allowed) })
  }

  @Test func `stand in the documentation as they explain themselves`() throws {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../Documentation/report.md")
    let text = try String(contentsOf: file, encoding: .utf8)
    for measure in Measure.all {
      #expect(text.contains("| `\(measure.key)` | \(measure.explanation) |"), "\(measure.key)")
    }
  }

  @Test func `are their keys in JSON, and no other word is one`() throws {
    let json = try JSONEncoder().encode(Measure.all)
    #expect(try JSONDecoder().decode([Measure].self, from: json) == Measure.all)
    #expect(String(decoding: json, as: UTF8.self).hasPrefix("[\"auc\",\"average_precision\","))
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode([Measure].self, from: Data("[\"youden\"]".utf8))
    }
  }

  /// A measure that this file adds: report, table, page and checklist have it, and nothing else was touched.
  @Test func `take in one more from one file`() async throws {
    let measured = try #require(Self.measured)
    let added = measured.metrics(of: Measure.all + [.specificityAtFullSensitivity])
    #expect(added.dropLast() == measured.metrics()[...])
    let metric = try #require(added.last)
    // The lowest probability of a case is 0.35; four of the six controls lie below it.
    #expect(metric.name.key == "specificity_at_full_sensitivity" && metric.estimate == 4.0 / 6)
    let (lower, upper) = (try #require(metric.lower), try #require(metric.upper))
    #expect(lower <= 4.0 / 6 && upper >= 4.0 / 6 && lower >= 0 && upper <= 1)
    #expect(metric.count == 12 && metric.positives == 6)

    var report = SampleStudy.report
    report.models[0].metrics.append(metric)
    #expect(
      String(decoding: try report.json(), as: UTF8.self).contains("\"specificity_at_full_sensitivity\""))
    #expect(MetricTable.rows(of: report).contains { $0[3] == metric.name.key && $0[4] == "\(4.0 / 6)" })
    let page = try ParsedMarkup(try await reportPage(report))
    #expect(page.text.contains("Specificity at full sensitivity"))
    let measures = StudyReport.Checklist.all(of: report)[0].items.first { $0.number == "39" }?.answer
    #expect(measures?.contains("Specificity at full sensitivity") == true)
  }

  /// The same draws, counted by `ResampledMeasures` and row by row.
  @Test(arguments: [false, true])
  func `have the same intervals from rows drawn as from their counts`(isClustered: Bool) throws {
    var part = Self.part
    if isClustered { part.subjects = part.subjects.indices.map { "s\($0 / 2)" } }
    let resampled = try #require(
      ResampledMeasures(
        part.probabilities, positives: part.positives, calls: part.calls, clusters: part.clusters, seed: 7))
    let measured = MeasuredPredictions(part, seed: 7, resampled: resampled)
    let interval = measured.percentileInterval { rows in
      let cases = rows.filter { part.positives[$0] }
      return cases.isEmpty ? nil : Double(cases.count { part.calls[$0] }) / Double(cases.count)
    }
    #expect(interval == resampled.sensitivity && interval != nil)
  }

  private static let part = PartPredictions(
    [0.1, 0.2, 0.3, 0.34, 0.4, 0.62, 0.35, 0.6, 0.7, 0.8, 0.85, 0.9], cutoff: 0.5,
    positives: (0..<12).map { $0 >= 6 }, sites: Array(repeating: "N", count: 12),
    subjects: (0..<12).map(String.init), cohort: .test)

  private static var measured: MeasuredPredictions? {
    ResampledMeasures(part.probabilities, positives: part.positives, calls: part.calls, seed: 1).map {
      MeasuredPredictions(part, seed: 1, resampled: $0)
    }
  }
}

extension Measure {
  fileprivate static let specificityAtFullSensitivity = Measure(
    "specificity_at_full_sensitivity", label: "Specificity at full sensitivity",
    explanation: "share of the cases without the outcome below every case with it",
    values: { measured in
      let part = measured.part
      @Sendable func specificity(_ rows: [Int]) -> Double? {
        let cases = rows.filter { part.positives[$0] }.map { part.probabilities[$0] }
        let controls = rows.filter { !part.positives[$0] }.map { part.probabilities[$0] }
        guard let lowest = cases.min(), !controls.isEmpty else { return nil }
        return Double(controls.count { $0 < lowest }) / Double(controls.count)
      }
      return [
        Value(
          specificity(Array(part.positives.indices)), measured.percentileInterval(of: specificity),
          by: measured.percentile, orElse: measured.gap)
      ]
    })
}
