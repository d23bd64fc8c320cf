import Foundation
import Modelling
import Reporting
import Statistics
import StudyPlan
import Testing

/// 80 subjects of two sites; feature 0 tells the outcome.
@Suite(
  .enabled(if: Learner.allCases.allSatisfy { $0.library.lack == nil }, "libsvm or XGBoost is not installed"))
struct `Other learners of a study` {
  private static let study = """
    seed: 3
    comparisons: {learners: true}
    models: [{name: Rad, selection: [t-test: {p: 0.5}]}]
    bootstrap: {replicates: 12, per_task: 5}

    """

  /// Bits that are mixed well (splitmix64), from 0 to 1: trees learn the pattern of plainer ones.
  private static func noise(_ subject: Int, _ feature: Int) -> Double {
    var bits = UInt64(subject * 8 + feature + 1) &* 0x9E37_79B9_7F4A_7C15
    bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
    return Double((bits ^ bits >> 31) >> 11) * 0x1p-53
  }

  private func report(_ yaml: String, signal: Double = 0.4) throws -> (
    report: StudyReport, result: AggregateResult
  ) {
    var made = FeatureCohort(subjects: 80)
    made.value = { subject, feature in
      Self.noise(subject, feature) + (feature == 0 ? signal * Double(subject % 2) : 0)
    }
    let result = try made.prepared(yaml).report()
    return (try StudyReport(json: Data(result.report.utf8)), result)
  }

  @Test func `stand beside each model on each part, with intervals and differences`() throws {
    let (report, _) = try report(Self.study)
    let rows = try #require(report.learners)
    #expect(rows.map(\.learner) == Learner.allCases.flatMap { [$0, $0, $0] })
    #expect(rows.map(\.cohort) == Learner.allCases.flatMap { _ in [.training, .test, .bootstrap] })
    #expect(rows.allSatisfy { $0.model == "Rad" && $0.undefinedReason == nil && $0.area != nil })
    let auc = { (cohort: EvaluationCohort) in
      report.models[0].metrics.first { $0.name == .auc && $0.cohort == cohort }?.estimate
    }
    for row in rows where row.cohort != .bootstrap {
      let (own, told) = (try #require(row.modelArea), try #require(auc(row.cohort)))
      #expect(abs(own - told) < 1e-12)
      #expect(row.lower.map { low in row.upper.map { low < $0 } ?? false } == true || row.area == 1)
      #expect((row.difference == nil) == (row.cohort == .training))
    }
    for row in rows where row.cohort == .test {
      let (area, model) = (try #require(row.area), try #require(row.modelArea))
      #expect(abs(try #require(row.difference) - (model - area)) < 1e-12)
    }
    for row in rows where row.cohort == .bootstrap {
      #expect(row.replicates == 12 && row.corrected != nil)
      #expect(row.correctedModel == report.models[0].bootstrap?.auc632Plus.estimate)
      #expect(row.differenceLower.map { $0 < (row.difference ?? 0) } == true)
    }
    #expect(Set(rows.map(\.library)) == ["libsvm 3.24", "XGBoost 1.7.4"])
  }

  /// A forest follows whom it was fitted to whatever the outcome; nobody else, where there is nothing to learn.
  @Test func `of noise are at chance for patients whom they were not fitted to`() throws {
    let rows = try #require(report(Self.study, signal: 0).report.learners)
    #expect(rows.contains { $0.learner == .randomForest && $0.cohort == .training && $0.area == 1 })
    for row in rows where row.cohort == .test {
      #expect(try #require(row.lower) < 0.5 && #require(row.upper) > 0.5)
    }
    for row in rows where row.cohort == .bootstrap { #expect(abs(try #require(row.area) - 0.5) < 0.15) }
  }

  @Test func `change nothing else of the report, and the bytes of no study without them`() throws {
    let plain = Self.study.replacing("comparisons: {learners: true}\n", with: "")
    let (with, without) = (try report(Self.study), try report(plain))
    #expect(without.report.learners == nil)
    #expect(with.report.models == without.report.models && with.report.primary == without.report.primary)
    #expect(with.report.warnings == without.report.warnings && with.report.audit == without.report.audit)
    #expect(with.result.models == without.result.models && with.result.metrics == without.result.metrics)
    #expect(with.result.predictions.map(\.probability) == without.result.predictions.map(\.probability))
    let body = try FeatureCohort().prepared(plain).replicates(ReplicateRange(first: 0, count: 1))[0].body
    #expect(!String(decoding: body, as: UTF8.self).contains("learners"))
  }

  @Test func `are fitted in the folds that the study is judged by`() throws {
    let rows = try #require(report(Self.study + "primary: corrected\n").report.learners)
    let folds = rows.filter { $0.cohort == .crossValidated }
    #expect(folds.map(\.learner) == Learner.allCases)
    #expect(folds.allSatisfy { $0.differenceLower != nil && $0.lower != nil && $0.modelArea != nil })
  }

  @Test func `are fitted without each site where the study leaves sites out`() throws {
    let rows = try #require(report(Self.study + "split: leave-one-site-out\n").report.learners)
    let sites = rows.filter { $0.cohort == .leftOut }
    #expect(sites.map(\.learner) == Learner.allCases)
    #expect(sites.allSatisfy { $0.area != nil || $0.undefinedReason != nil })
    #expect(rows.count { $0.cohort == .bootstrap } == 3)
  }

  @Test func `are told in the methods with settings and sources, and on the page as no model`() throws {
    let (report, _) = try report(Self.study)
    let manuscript = Manuscript(report)
    let methods = manuscript.paragraph(manuscript.methods)
    #expect(methods.contains("For comparison only, a support vector machine"))
    #expect(methods.contains("500 trees") && methods.contains("learning rate 0.3"))
    #expect(manuscript.references.contains { $0.doi == "10.1145/2939672.2939785" })
  }

  @Test func `that replicates lack are refused`() throws {
    let made = FeatureCohort(subjects: 80)
    let plain = try made.prepared(Self.study.replacing("comparisons: {learners: true}\n", with: ""))
    var bodies: [[UInt8]] = []
    for range in plain.plan.ranges { bodies += try plain.replicates(range).map(\.body) }
    let compared = try made.prepared(Self.study)
    let error = #expect(throws: StudyTaskError.self) {
      _ = try compared.aggregate(replicates: bodies, jobKey: [7])
    }
    #expect(error?.code == "bad-replicate")
  }
}
