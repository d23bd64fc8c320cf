import Foundation
import Modelling
import Reporting
import Statistics
import StudyPlan
import Testing

@Suite struct `An exported model` {
  private static func document(_ plan: ModelPlan = AuditedStudy.plan) throws -> (
    ModelDocument, FittedModel, CohortTable
  ) {
    let table = try AuditedStudy.table()
    let model = try fitModel(
      table, rows: Array(0..<table.rowCount), plan: plan, address: .finalFit(seed: 3))
    return (ModelDocument(model, of: report), model, table)
  }

  private static var report: StudyReport {
    var report = SampleStudy.report
    report.study.name = "s"
    report.study.outcome = "a < b & \"c\""
    report.featureSet.digest = "d0"
    report.software.trabecula = "9.9"
    return report
  }

  @Test func `as JSON gives the model's probabilities by its own equation`() throws {
    let (document, model, table) = try Self.document()
    let json = try #require(try JSONSerialization.jsonObject(with: document.json()) as? [String: Any])
    #expect(json["feature_set_sha256"] as? String == "d0" && json["name"] as? String == "Rad")
    #expect((json["software"] as? [String: Any])?["trabecula"] as? String == "9.9")
    // JSONSerialization reads to within one unit of the last place.
    #expect(abs((json["cutoff"] as? Double ?? .nan) - model.cutoff) < 1e-15)
    let features = try #require(json["features"] as? [[String: Any]])
    try #require(!features.isEmpty)
    let expected = model.probabilities(of: table, rows: Array(0..<table.rowCount))
    for row in 0..<table.rowCount {
      var score = try #require(json["intercept"] as? Double)
      for feature in features {
        let name = try #require(feature["name"] as? String)
        let column = try #require(table.featureNames.firstIndex(of: name))
        let (mean, deviation) = (feature["mean"] as? Double ?? .nan, feature["sd"] as? Double ?? .nan)
        let value = table.value(row: row, feature: column)
        score += (feature["coefficient"] as? Double ?? .nan) * (value - mean) / deviation
      }
      #expect(abs(1 / (1 + exp(-score)) - expected[row]) < 1e-14)
    }
  }

  /// The elements of the XML are read and evaluated here, by what PMML says they mean.
  @Test func `as PMML gives the model's probabilities`() throws {
    let (document, model, table) = try Self.document()
    let pmml = try PMMLScorer(try document.pmml())
    #expect(pmml.version == "4.4" && pmml.normalization == "logit" && pmml.positive == "1")
    #expect(pmml.header == "Rad of s: a < b & \"c\"")
    #expect(pmml.fields == model.featureNames + ["Outcome"])
    let expected = model.probabilities(of: table, rows: Array(0..<table.rowCount))
    for row in 0..<table.rowCount {
      let probability = try pmml.probability { name in
        table.featureNames.firstIndex(of: name).map { table.value(row: row, feature: $0) }
      }
      #expect(abs(probability - expected[row]) < 1e-14)
    }
    #expect(pmml.replacements == model.medians)
  }

  @Test func `that harmonises its features is not written as PMML`() throws {
    var plan = AuditedStudy.plan
    plan.harmonisation = CombatSettings()
    let document = try Self.document(plan).0
    let error = #expect(throws: StudyTaskError.self) { try document.pmml() }
    #expect(error?.code == "harmonised-model")
    #expect(String(decoding: try document.json(), as: UTF8.self).contains("\"harmonisation\" : {"))
  }

  @Test func `that cannot be read says so`() {
    let error = #expect(throws: StudyTaskError.self) {
      try ModelDocument(storedModel: "{}", of: Self.report)
    }
    #expect(error?.code == "bad-model")
  }
}
