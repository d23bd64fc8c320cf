import DelimitedText
import Foundation
import Modelling
import Reporting

/// A study of realistic shape with invented numbers: three models, four sites, two cases not used.
enum SampleStudy {
  static let report: StudyReport = read("femoral-head.json") { try StudyReport(json: $0) }

  static let predictions = read("predictions.csv") { data in
    try PredictionReader(DelimitedTable(parsing: [UInt8](data), label: "predictions.csv")).rows()
  }

  /// The same study with each site left out in turn; one of them has too few of an outcome.
  static let leftOutReport: StudyReport = {
    let leaveOneSiteOut = read("leave-one-site-out.json") {
      try JSONDecoder().decode(StudyReport.LeaveOneSiteOut.self, from: $0)
    }
    var report = Self.report
    report.cohort.test = 0
    report.study.split = "each site held out in turn"
    for index in report.models.indices {
      report.models[index].pipeline?.leaveOneSiteOut = leaveOneSiteOut
      for metric in report.models[index].metrics.indices
      where report.models[index].metrics[metric].cohort == .test {
        report.models[index].metrics[metric].cohort = .leftOut
      }
    }
    return report
  }()

  /// A part of a report from its JSON.
  /// - Throws: `DecodingError`, which fails the one test that asks.
  static func decoded<Value: Decodable>(_ text: String) throws -> Value {
    try JSONDecoder().decode(Value.self, from: Data(text.utf8))
  }

  private static func read<Value>(_ name: String, _ decode: (Data) throws -> Value) -> Value {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Fixtures/\(name)")
    do { return try decode(Data(contentsOf: file)) } catch { preconditionFailure("\(file.path): \(error)") }
  }
}
