import Foundation
import LinearAlgebra
import Modelling
import Reporting
import Statistics
import StudyPlan
import Testing

private let settings =
  "models: [{name: Rad, selection: [], missing: {median: {share: 0.5}}}]\nbootstrap: {replicates: 2}\n"

/// Every subject has an image T1, whose features are the made-up ones, and an image T2 with ten times as much; some fail or
/// have none.
private struct TwoSequences {
  var lacking: Set<Int> = []
  var failing: Set<Int> = []
  var yaml = settings
  var extra: @Sendable (_ subject: Int, _ sequence: String) -> [String: String] = { ["Sequence": $1] }
  var raters = false

  func cohort() throws -> StudyCohort {
    let plain = try FeatureCohort().cohort(yaml)
    let block = plain.features[0]
    var (cases, values) = ([StudyCase](), [Int64: [Double]]())
    func add(_ item: StudyCase, _ subject: Int, _ sequence: String, factor: Double, rater: String? = nil) {
      var image = item
      image.id = Int64(cases.count + 1)
      image.image = "\(sequence)-\(subject)"
      image.extra = extra(subject, sequence)
      if let rater {
        image.extra["Repeat"] = rater
        image.mask = rater
      }
      if sequence == "T2" && failing.contains(subject) {
        image.state = .failed
        image.loss = .init(code: "mask-empty", sentence: "The mask is empty.", remedy: "Draw it.")
      } else {
        values[image.id] = block.values[item.id]?.map { $0 * factor }
      }
      cases.append(image)
    }
    for item in plain.cases {
      let subject = (Int(item.subject) ?? 0) - 1_000
      // The second sequence first: the order of the manifest does not matter.
      if !lacking.contains(subject) { add(item, subject, "T2", factor: 10) }
      add(item, subject, "T1", factor: 1)
      guard raters else { continue }
      add(item, subject, "T1", factor: 1.01, rater: "B")
      if subject > 0 { add(item, subject, "T2", factor: 10.1, rater: "B") }
    }
    return StudyCohort(
      study: plain.study, cases: cases,
      features: [FeatureBlock(source: .handcrafted, digest: [1], names: block.names, values: values)])
  }

  func prepared() throws -> PreparedStudy { try PreparedStudy(cohort()) }

  func report() throws -> StudyReport {
    try StudyReport(json: Data(try prepared().report().report.utf8))
  }
}

@Suite struct `Images of several sequences` {
  @Test func `stand side by side in the row of their subject, features named by the sequence`() throws {
    let study = try TwoSequences().prepared()
    #expect(study.table.rowCount == 40 && study.table.subjectNames.count == 40)
    #expect(study.table.featureNames == ["T1", "T2"].flatMap { part in (0..<8).map { "\(part)_f\($0)" } })
    for row in 0..<40 {
      let item = study.cases[row]
      #expect(item.image.hasPrefix("T1") && study.members[row].map(\.part.name) == ["T1", "T2"])
      let subject = (Int(item.subject) ?? 0) - 1_000
      for feature in 0..<8 {
        let value = FeatureCohort.pattern(subject, feature)
        #expect(study.table.features[row, feature] == value)
        #expect(study.table.features[row, 8 + feature] == value * 10)
      }
    }
  }

  @Test func `that a subject lacks, or that failed, leave undefined values, which are counted`() throws {
    let study = try TwoSequences(lacking: [3, 4], failing: [7]).prepared()
    #expect(study.table.rowCount == 40)
    #expect(study.lackingImages.map { "\($0.part) \($0.rows)" } == ["T2 3"])
    let undefined = (0..<40).filter { study.table.features[$0, 8].isNaN }
    #expect(Set(undefined.map { study.cases[$0].subject }) == ["1003", "1004", "1007"])
    #expect(undefined.allSatisfy { study.table.features[$0, 0].isFinite })
    let report = try TwoSequences(lacking: [3, 4], failing: [7]).report()
    #expect(report.cohort.subjects == 40 && report.cohort.images == 77)
    #expect(
      report.cohort.cases.submitted == 78 && report.cohort.cases.failed == 1
        && report.cohort.cases.excluded == 0)
    #expect(report.exclusions.map(\.code) == ["mask-empty"])
    let warning = try #require(report.warnings.first { $0.code == "incomplete_subjects" })
    #expect(warning.message.hasPrefix("Of 40 subjects some lack an image, or it failed: T2 (3)."))
    #expect(!report.warnings.contains { $0.code == "several_images_per_subject" })
    #expect(report.models[0].features.contains { $0.name.hasPrefix("T2_") })
  }

  @Test func `give predictions under the name of their subject`() throws {
    let cohort = try TwoSequences(lacking: [3]).cohort()
    let found = try PreparedStudy(cohort).report()
    let rows = try PredictionRow.rows(of: found.predictions, in: cohort)
    #expect(Set(rows.map(\.caseID)) == Set((1_000..<1_040).map(String.init)))
    #expect(rows.allSatisfy { $0.caseID == $0.subject })
    let plain = try FeatureCohort().cohort(settings)
    #expect(plain.rowNames == plain.caseNames)
  }

  @Test func `of incomplete subjects leave the study where its models drop such cases`() throws {
    var cohort = TwoSequences(lacking: [3])
    cohort.yaml = settings.replacing("{median: {share: 0.5}}", with: "drop-case")
    let study = try cohort.prepared()
    #expect(study.table.rowCount == 39)
    #expect(study.cohort.cases.filter { $0.loss?.code == "missing-values" }.map(\.subject) == ["1003"])
  }

  @Test func `count as repeated where a rater segmented all of them`() throws {
    var cohort = TwoSequences()
    cohort.raters = true
    let study = try cohort.prepared()
    // The first subject lacks the repeat of T2.
    #expect(study.table.rowCount == 40 && study.table.repeats?.rows.count == 39)
  }

  @Test func `keep their names where no subject has two, whatever the column says`() throws {
    var cohort = TwoSequences(lacking: Set(0..<40))
    #expect(try cohort.prepared().table.featureNames == (0..<8).map { "f\($0)" })
    cohort.extra = { subject, _ in ["Region": subject % 2 == 0 ? "coast" : "hills"] }
    #expect(try cohort.prepared().table.featureNames == (0..<8).map { "f\($0)" })
  }

  @Test func `with covariates that differ within a subject are refused by name`() throws {
    var cohort = TwoSequences()
    cohort.yaml = settings + "harmonisation: {method: combat, covariates: [Age]}\n"
    cohort.extra = { ["Sequence": $1, "Age": $1 == "T1" && $0 == 5 ? "50" : "51"] }
    let error = #expect(throws: StudyTaskError.self) { try cohort.prepared() }
    #expect(error?.code == "covariate-differs" && error?.sentence.contains("Age: 50, 51") == true)
  }
}
