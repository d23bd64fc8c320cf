import Foundation
import Modelling
import Reporting
import Statistics
import StudyPlan
import Testing

private let yaml = """
  models:
    - {name: Rad, selection: [mann-whitney: {p: 0.3}, lasso: {folds: 4}]}
    - {name: All, selection: []}
  bootstrap: {replicates: 4, per_task: 4}

  """

/// Forty subjects of North and South, and twenty of East that nothing may be fitted to.
private func cohort(
  value: @escaping @Sendable (Int, Int) -> Double = FeatureCohort.pattern, subjects: Int = 60
) -> FeatureCohort {
  FeatureCohort(
    subjects: subjects, sites: ["North", "South", "East"], site: { $0 >= 40 ? 2 : $0 / 2 % 2 },
    value: value, split: { $0 >= 40 ? .external : nil })
}

private func report(_ result: AggregateResult) throws -> StudyReport {
  try StudyReport(json: Data(result.report.utf8))
}

@Suite struct `An external cohort` {
  @Test func `changes no bit of the models, whatever its values are`() throws {
    let alone = try cohort(subjects: 40).prepared(yaml).report()
    let beside = try cohort().prepared(yaml).report()
    let wild = try cohort(value: { subject, feature in
      FeatureCohort.pattern(subject, feature) + (subject >= 40 ? 1e6 * Double(feature + subject % 2) : 0)
    }).prepared(yaml).report()
    #expect(alone.models == beside.models && beside.models == wild.models)
    func own(_ result: AggregateResult) -> [AggregateResult.Prediction] {
      result.predictions.filter { $0.part != "external" }
    }
    // Cases are sorted by site, East first, and numbered as they were given.
    #expect(own(alone) == own(beside) && own(beside) == own(wild))
    #expect(beside.predictions.count == 2 * 60)
  }

  @Test func `is evaluated with everything that the test part gets`() throws {
    let report = try report(cohort().prepared(yaml).report())
    for model in report.models {
      func measures(_ cohort: EvaluationCohort) -> [String] {
        model.metrics.filter { $0.cohort == cohort }.map { "\($0.name) \($0.method.prefix(6))" }
      }
      #expect(Set(measures(.external)).isSuperset(of: Set(measures(.test)).filter { !$0.contains("(no va") }))
      #expect(
        model.metrics.filter { $0.cohort == .external }.allSatisfy { $0.count == 20 && $0.positives == 10 })
      #expect(model.roc.contains { $0.cohort == .external })
      #expect(model.decision.contains { $0.cohort == .external })
      #expect(model.scores.contains { $0.cohort == .external })
    }
    #expect(report.comparisons.contains { $0.cohort == .external && $0.metric == .auc })
    let external = try #require(report.cohort.external)
    #expect(external.subjects == 20 && external.images == 20 && external.positives == 10)
    #expect(external.sites == ["East"])
    #expect(report.cohort.subjects == 40 && report.cohort.cases.done == 60)
    #expect(report.primary?.cohort == .external && report.primary?.model == "All")
    #expect(report.primary?.estimate == report.models[1].metrics.first { $0.cohort == .external }?.estimate)
    let line = try #require(report.audit.first { $0.code == "external_never_seen" })
    #expect(line.status == .pass && line.evidence.contains("20 subjects of East"))
  }

  @Test func `that has a group or an image of the study fails the audit`() throws {
    var grouped = cohort()
    grouped.group = { [5, 50].contains($0) ? "twins" : nil }
    let shared = try report(grouped.prepared(yaml).report())
    #expect(shared.audit.first { $0.code == "external_never_seen" }?.status == .fail)

    var copied = try cohort().cohort(yaml)
    for index in copied.cases.indices {
      let number = Int(copied.cases[index].subject) ?? 0
      copied.cases[index].imageSHA256 = [UInt8](
        repeating: number == 1_050 ? 5 : UInt8(number - 1_000), count: 32)
    }
    let duplicate = try report(PreparedStudy(copied).report())
    let line = try #require(duplicate.audit.first { $0.code == "external_never_seen" })
    #expect(line.status == .fail && line.evidence.contains("1 images"))
  }

  @Test func `that has an image of the test part fails that line alone`() throws {
    var copied = try cohort().cohort(yaml)
    let prepared = try PreparedStudy(copied)
    let original = prepared.cases[try #require(prepared.split.test.first)].subject
    for index in copied.cases.indices {
      let number = copied.cases[index].subject == "1050" ? original : copied.cases[index].subject
      copied.cases[index].imageSHA256 = [UInt8](repeating: UInt8((Int(number) ?? 0) - 1_000), count: 32)
    }
    let report = try report(PreparedStudy(copied).report())
    #expect(report.audit.filter { $0.status == .fail }.map(\.code) == ["external_never_seen"])
  }

  @Test func `of a site that harmonisation refuses is told before all replicates`() throws {
    let failure = try cohort().failure(yaml + "harmonisation: {method: combat}\n")
    #expect(failure?.code == "unseen-site" && failure?.sentence.contains("East") == true)
  }
}

@Suite struct `The primary result` {
  private let short = """
    models: [{name: Rad, selection: [mann-whitney: {p: 0.3}]}, {name: All, selection: []}]
    bootstrap: {replicates: 2, per_task: 4}

    """

  @Test func `is by rule the test part's, or the sites left out, or cross-validated`() throws {
    let test = try report(FeatureCohort().prepared(short).report())
    #expect(test.primary?.cohort == .test && test.primary?.isDeclared == false)
    let left = try report(
      FeatureCohort(subjects: 60, sites: ["A", "B", "C"]).prepared("split: leave-one-site-out\n" + short)
        .report())
    #expect(left.primary?.cohort == .leftOut)
    #expect(left.primary?.estimate == left.models[1].pipeline?.leaveOneSiteOut?.pooled.estimate)
    var training = FeatureCohort()
    training.split = { _ in .training }
    let corrected = try report(training.prepared("split: column\n" + short).report())
    let primary = try #require(corrected.primary)
    #expect(primary.cohort == .crossValidated && primary.lower != nil && primary.count == 40)
    #expect(corrected.comparisons.contains { $0.cohort == .crossValidated && $0.lower != nil })
  }

  @Test func `is what the study file declares`() throws {
    let report = try report(
      FeatureCohort().prepared("primary: {model: Rad, part: corrected}\n" + short).report())
    let primary = try #require(report.primary)
    #expect(primary.model == "Rad" && primary.cohort == .crossValidated && primary.isDeclared)
    #expect(try FeatureCohort().failure("primary: external\n" + short)?.code == "primary-missing")
    for wrong in ["primary: leave-one-site-out", "primary: {model: Red}", "primary: best"] {
      #expect(throws: StudyError.self) { try FeatureCohort().cohort(wrong + "\n" + short) }
    }
  }

  @Test func `has intervals that are called what they are`() throws {
    let bootstrap = try #require(try report(FeatureCohort().prepared(short).report()).models[0].bootstrap)
    #expect(bootstrap.outOfBag.method.contains("no confidence interval"))
    #expect(bootstrap.harrell.method.contains("less than 95 %"))
  }
}
