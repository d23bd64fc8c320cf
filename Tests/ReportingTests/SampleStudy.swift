import DelimitedText
import Foundation
import Reporting

/// A study of realistic shape with invented numbers: three models, four sites, two cases not used.
enum SampleStudy {
  static let report = read("femoral-head.json")

  /// The same study with each site left out in turn; one of them has too few of an outcome.
  static let leftOutReport = read("sites-left-out.json")

  static let predictions: [PredictionRow] = {
    do {
      let text = try [UInt8](Data(contentsOf: fixture("predictions.csv")))
      return try PredictionReader(DelimitedTable(parsing: text, label: "predictions.csv")).rows()
    } catch { preconditionFailure("\(error)") }
  }()

  private static func read(_ name: String) -> StudyReport {
    do { return try StudyReport(json: Data(contentsOf: fixture(name))) } catch {
      preconditionFailure("\(error)")
    }
  }

  private static func fixture(_ name: String) -> URL {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures/\(name)")
  }
}
