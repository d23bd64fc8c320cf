import Foundation
import Reporting

enum StudyReportFile {
  static func read(_ url: URL) throws -> StudyReport { try StudyReport(json: Data(contentsOf: url)) }

  static func withoutTimes(_ url: URL) throws -> Data { try read(url).reproducibleJSON() }
}
