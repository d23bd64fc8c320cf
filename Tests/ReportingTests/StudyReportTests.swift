import Foundation
import Reporting
import Testing

@Suite struct `A study report` {
  @Test func `reads back from its JSON as the same value`() throws {
    let report = SampleStudy.report
    #expect(try StudyReport(json: report.json()) == report)
  }

  @Test func `gives the same bytes again after a round trip`() throws {
    let json = try SampleStudy.report.json()
    #expect(try StudyReport(json: json).json() == json)
    #expect(try SampleStudy.report.json() == json)
  }

  @Test func `differs between runs in its times only`() throws {
    var later = SampleStudy.report
    later.stamp(at: "2031-01-01T00:00:00Z", extractionSeconds: 1, bootstrapSeconds: nil)
    #expect(try later.json() != SampleStudy.report.json())
    #expect(try later.reproducibleJSON() == SampleStudy.report.reproducibleJSON())
    let text = String(decoding: try SampleStudy.report.reproducibleJSON(), as: UTF8.self)
    #expect(!text.contains("generated_at"))
    #expect(!text.contains("seconds"))
  }

  @Test func `has keys in lower case with underscores`() throws {
    let object = try JSONSerialization.jsonObject(with: SampleStudy.report.json())
    let keys = Self.keys(of: object)
    #expect(keys.count > 80)
    let allowed = Set("abcdefghijklmnopqrstuvwxyz0123456789_")
    #expect(keys.filter { !Set($0).isSubset(of: allowed) }.isEmpty)
  }

  @Test func `gives every row every key, with null for what is undefined`() throws {
    let object = try JSONSerialization.jsonObject(with: SampleStudy.report.json())
    let root = try #require(object as? [String: Any])
    let models = try #require(root["models"] as? [[String: Any]])
    let rows = models.flatMap {
      ($0["metrics"] as? [[String: Any]] ?? []) + ($0["per_site"] as? [[String: Any]] ?? [])
    }
    #expect(rows.count == 3 * (6 + 10))
    for row in rows {
      #expect(
        Set(row.keys) == [
          "name", "cohort", "site", "estimate", "lower", "upper", "method", "n", "positives",
          "undefined_reason",
        ])
    }
    let undefined = try #require(rows.first { $0["undefined_reason"] is String })
    #expect(undefined["estimate"] is NSNull)
    let roc = try #require(models[0]["roc"] as? [[String: Any]])
    let points = try #require(roc[0]["points"] as? [[String: Any]])
    #expect(points[0]["threshold"] is NSNull)
    #expect(points[1]["threshold"] is Double)
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity])
  func `holds no number that JSON cannot`(value: Double) throws {
    var report = SampleStudy.report
    report.models[0].metrics[0].estimate = value
    #expect(report.models[0].metrics[0].estimate == nil)
    report.models[1].intercept = value
    let error = try #require(throws: ReportError.self) { try report.json() }
    #expect(error.code == .notFinite)
    #expect(error.message.contains("models.1.intercept"))
  }

  @Test(arguments: [
    0.1, 1.0 / 3, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 123_456_789.123_456_78, 1e21, 1e-7,
    -0.000_1, 100,
  ])
  func `keeps every bit of a number`(value: Double) throws {
    var report = SampleStudy.report
    report.models[0].intercept = value
    let read = try StudyReport(json: report.json())
    #expect(read.models[0].intercept.bitPattern == value.bitPattern)
  }

  @Test func `keeps the whole range of a seed`() throws {
    var report = SampleStudy.report
    report.study.seed = .max
    #expect(try StudyReport(json: report.json()).study.seed == .max)
  }

  @Test(arguments: ["{}", "[]", "{\"schema_version\": 1}", "not JSON", "{\"schema_version\": 99}"])
  func `is not read from something else`(text: String) {
    let error = #expect(throws: ReportError.self) { try StudyReport(json: Data(text.utf8)) }
    #expect(error?.code == .notAReport)
  }

  @Test func `writes the equation of a model in full`() {
    var features = Array(SampleStudy.report.models[0].features.prefix(2))
    (features[0].name, features[0].coefficient) = ("a", 1.25)
    (features[0].mean, features[0].standardDeviation) = (-2, 0.5)
    (features[1].name, features[1].coefficient) = ("b", -1.0 / 3)
    (features[1].mean, features[1].standardDeviation) = (12_345.678, 1e-7)
    let formula = radScoreFormula(intercept: -0.5, features: features)
    #expect(
      formula == """
        rad-score = -0.5
          + 1.25 * (a + 2) / 0.5
          - 0.333333 * (b - 12345.7) / 1e-07
        probability = 1 / (1 + exp(-rad-score))
        """)
  }

  private static func keys(of object: Any) -> Set<String> {
    if let list = object as? [Any] { return list.reduce(into: []) { $0.formUnion(keys(of: $1)) } }
    guard let dictionary = object as? [String: Any] else { return [] }
    return dictionary.values.reduce(into: Set(dictionary.keys)) { $0.formUnion(keys(of: $1)) }
  }
}
