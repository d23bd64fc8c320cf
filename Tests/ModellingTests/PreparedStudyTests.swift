import Foundation
import Modelling
import Reporting
import StudyPlan
import Testing

private let short = """
  models: [{name: Rad, selection: [mann-whitney: {p: 0.3}, lasso: {folds: 4}]}]
  bootstrap: {replicates: 6, per_task: 4}

  """

private func report(_ cohort: FeatureCohort, _ yaml: String) throws -> StudyReport {
  try StudyReport(json: Data(try cohort.prepared(yaml).report().report.utf8))
}

@Suite struct `A prepared study` {
  @Test func `gives each replicate the same compact bytes, whoever computes it`() throws {
    let study = try FeatureCohort().prepared(short)
    let whole = try study.replicates(ReplicateRange(first: 0, count: 6))
    #expect(whole.map(\.number) == [0, 1, 2, 3, 4, 5])
    let again = try FeatureCohort().prepared(short).replicates(ReplicateRange(first: 4, count: 1))
    #expect(again[0].body == whole[4].body)
    let text = String(decoding: whole[0].body, as: UTF8.self)
    #expect(text.contains("\"outOfBagRows\":\"") && text.utf8.count < 2_500)
  }

  @Test func `stops where a replicate is missing or damaged`() throws {
    let study = try FeatureCohort().prepared(short)
    let bodies = try study.replicates(ReplicateRange(first: 0, count: 6)).map(\.body)
    #expect { try study.aggregate(replicates: Array(bodies.dropLast()), jobKey: []) } throws: {
      ($0 as? StudyTaskError)?.code == "incomplete-replicates"
    }
    var damaged = bodies
    damaged[2] = Array(
      String(decoding: bodies[2], as: UTF8.self).replacing("\"features\":\"", with: "\"features\":\"AQ").utf8)
    #expect { try study.aggregate(replicates: damaged, jobKey: []) } throws: {
      ($0 as? StudyTaskError)?.code == "bad-replicate"
    }
  }

  @Test func `runs the two-stage bootstrap and gives its interval to the headline`() throws {
    let yaml = short.replacing(
      "per_task: 4", with: "per_task: 4, two_stage: {outer: 5, inner: 4, per_task: 2}")
    let study = try FeatureCohort().prepared(yaml)
    let outer = try study.replicates(ReplicateRange(first: 3, count: 2, inner: 4))
    #expect(outer.map(\.number) == [3 << 16, 4 << 16])
    let result = try study.report()
    let model = try StudyReport(json: Data(result.report.utf8)).models[0]
    let bootstrap = try #require(model.bootstrap)
    let headline = bootstrap.auc632Plus
    let stage = try #require(model.pipeline?.twoStage)
    let ends = [try #require(stage.auc632Plus.lower), try #require(stage.auc632Plus.upper)]
    #expect(headline.method == "two-stage percentile, recentred")
    // Recentred without the floor, which TwoStageTests calculates by hand, and with the estimate inside.
    let (estimate, least) = (try #require(headline.estimate), try #require(headline.lower))
    #expect(least <= estimate && estimate <= (headline.upper ?? 0))
    let plain = try #require(bootstrap.auc632PlusPercentile)
    #expect([plain.lower, plain.upper] == ends && plain.estimate == headline.estimate)
    #expect(plain.method == "two-stage percentile")
    #expect(result.metrics.contains("\"two-stage percentile, recentred\""))
    #expect(result.metrics.contains("\"two-stage percentile\""))
    #expect(stage.outer == 5 && stage.inner == 4)
    let (lower, upper) = (try #require(headline.lower), try #require(headline.upper))
    #expect(lower <= upper && lower > 0 && upper <= 1)
    #expect(model.pipeline?.inference?.coefficients.count == model.features.count)
  }

  @Test func `holds each site out in turn`() throws {
    let cohort = FeatureCohort(subjects: 60, sites: ["East", "North", "South"])
    let result = try cohort.prepared("split: leave-one-site-out\n" + short).report()
    let model = try StudyReport(json: Data(result.report.utf8)).models[0]
    let sites = try #require(model.pipeline?.leaveOneSiteOut)
    #expect(
      sites.sites.map(\.site) == ["East", "North", "South"] && sites.sites.map(\.cases) == [20, 20, 20])
    #expect(sites.pooled.estimate != nil)
    #expect(result.predictions.count == 60 && result.predictions.allSatisfy { $0.part == "test" })
    #expect(result.metrics.contains("leave-one-site-out"))
    // The prediction of a case of East is that of the model fitted without East.
    let rest = FeatureCohort(
      subjects: 60, sites: cohort.sites, split: { $0 / 2 % 3 == 0 ? .test : .training })
    let without = try rest.prepared("split: column\n" + short).report()
    let east = without.predictions.filter { $0.part == "test" }
    for prediction in east {
      let left = try #require(result.predictions.first { $0.caseID == prediction.caseID })
      #expect(left.probability == prediction.probability)
    }
    #expect(east.count == 20)
  }

  /// The same by hand: three studies, each with one site as test part, and their predictions put together.
  @Test func `tells curves and measures of sites left out by predictions that did not know them`() throws {
    let cohort = FeatureCohort(subjects: 60, sites: ["East", "North", "South"])
    let all = try cohort.prepared("split: leave-one-site-out\n" + short).report()
    let model = try StudyReport(json: Data(all.report.utf8)).models[0]
    var pooled: [(site: Int, probability: Double, isCalled: Bool, isPositive: Bool)] = []
    for site in 0..<3 {
      let one = FeatureCohort(
        subjects: 60, sites: cohort.sites, split: { $0 / 2 % 3 == site ? .test : .training })
      let result = try one.prepared("split: column\n" + short).report()
      let cutoff = try #require(
        try StudyReport(json: Data(result.report.utf8)).models[0].cutoff?.probability)
      for row in result.predictions where row.part == "test" {
        pooled.append((site, row.probability, row.probability >= cutoff, (Int(row.caseID) - 1) % 2 == 1))
      }
    }
    try #require(pooled.count == 60 && pooled.count { $0.isPositive } == 30)
    func area(_ rows: [(site: Int, probability: Double, isCalled: Bool, isPositive: Bool)]) -> Double {
      let (cases, controls) = (rows.filter(\.isPositive), rows.filter { !$0.isPositive })
      let won = cases.reduce(0.0) { total, one in
        total
          + controls.reduce(0.0) {
            $0 + (one.probability > $1.probability ? 1 : (one.probability == $1.probability ? 0.5 : 0))
          }
      }
      return won / Double(cases.count * controls.count)
    }
    func estimate(_ name: Measure) -> Double? {
      model.metrics.first { $0.name == name && $0.cohort == .leftOut }?.estimate
    }
    #expect(abs(try #require(estimate(.auc)) - area(pooled)) < 1e-15)
    let cases = pooled.filter(\.isPositive)
    #expect(estimate(.sensitivity) == Double(cases.count(where: \.isCalled)) / 30)
    #expect(
      estimate(.accuracy) == Double(pooled.count { $0.isCalled == $0.isPositive }) / 60)
    let brier = pooled.reduce(0.0) { total, row in
      let error = row.probability - (row.isPositive ? 1 : 0)
      return total + error * error / 60
    }
    #expect(abs(try #require(estimate(.brier)) - brier) < 1e-14)
    // Each site: AUC, and sensitivity at the cut-off of its own model.
    for (index, site) in cohort.sites.enumerated() {
      let here = pooled.filter { $0.site == index }
      func ofSite(_ name: Measure) -> Double? {
        model.perSite.first { $0.name == name && $0.cohort == .leftOut && $0.site == site }?.estimate
      }
      let positives = here.filter(\.isPositive)
      #expect(abs(try #require(ofSite(.auc)) - area(here)) < 1e-15)
      #expect(
        ofSite(.sensitivity) == Double(positives.count(where: \.isCalled)) / Double(positives.count))
      let told = try #require(model.pipeline?.leaveOneSiteOut?.sites[index])
      #expect(abs(try #require(told.auc.estimate) - area(here)) < 1e-15)
      #expect(told.sensitivity == ofSite(.sensitivity))
    }
    // Curves: a point of the ROC and of the decision curve, and the calibration curve's cases.
    let roc = try #require(model.roc.first { $0.cohort == .leftOut })
    let sharp = try #require(roc.points.first { $0.threshold.map { $0 <= 0.5 } ?? false })
    let threshold = try #require(sharp.threshold)
    #expect(
      sharp.truePositiveRate == Double(cases.count { $0.probability >= threshold }) / 30)
    let decision = try #require(model.decision.first { $0.cohort == .leftOut })
    let point = try #require(decision.points.first { $0.threshold == 0.4 })
    let called = pooled.filter { $0.probability >= 0.4 }
    let net =
      Double(called.count(where: \.isPositive)) / 60
      - Double(called.count { !$0.isPositive }) / 60 * 0.4 / 0.6
    #expect(abs(point.model - net) < 1e-14)
    let calibration = try #require(model.calibration.first { $0.cohort == .leftOut })
    #expect(calibration.points.reduce(0) { $0 + $1.count } == 60)
    let scores = try #require(model.scores.first { $0.cohort == .leftOut })
    #expect(scores.positives == cases.map(\.probability).sorted() && scores.scale == .probability)
    // The training part is told beside it, and is that of the final model.
    #expect(model.roc.map(\.cohort) == [.training, .leftOut])
    #expect(all.metrics.contains("leave-one-site-out"))
  }

  /// Two images a subject: every interval says that it allows for them; with one image none does.
  @Test func `allows for several images of a subject in every interval`() throws {
    let single = try report(FeatureCohort(), short)
    let paired = try report(
      FeatureCohort(subjects: 160, group: { "g\($0 / 8 * 4 + $0 % 4)" }), short)
    let words = ["clustered", "cluster bootstrap", "sandwich", "effective"]
    func methods(_ report: StudyReport, clustered: Bool) -> [String] {
      // The few cases of a site that are called alike may be of a subject each, and need nothing.
      let perSite = report.models[0].perSite.filter {
        ![.positivePredictiveValue, .negativePredictiveValue].contains($0.name)
      }
      return (report.models[0].metrics + perSite).filter { $0.lower != nil }.map { metric in
        "\(metric.name) \(metric.site ?? ""): \(metric.method)"
      }.filter { method in words.contains { method.contains($0) } == clustered }
    }
    #expect(methods(single, clustered: true) == [])
    #expect(methods(single, clustered: false).count > 30)
    #expect(methods(paired, clustered: false) == [])
    #expect(methods(paired, clustered: true).count > 30)
    #expect(!single.warnings.contains { $0.code == "several_images_per_subject" })
    let warning = try #require(paired.warnings.first { $0.code == "several_images_per_subject" })
    #expect(warning.message.contains("intervals and comparisons allow for it"))
  }

  @Test func `advises to harmonise only where nothing is harmonised`() throws {
    let cohort = FeatureCohort(value: {
      FeatureCohort.pattern($0, $1) + ($1 > 0 ? 3 * Double($0 / 2 % 2) : 0)
    })
    func message(_ yaml: String) throws -> String {
      try #require(
        try report(cohort, yaml + short).warnings.first { $0.code == "sites_recognisable" }?.message)
    }
    #expect(try message("").contains("Harmonise, and judge by"))
    let harmonised = try message("harmonisation: {method: combat}\n")
    #expect(harmonised.contains("The models harmonise them.") && !harmonised.contains("Harmonise, and"))
  }

  @Test func `harmonises by covariates of the manifest, texts by their levels`() throws {
    let cohort = FeatureCohort(
      value: { FeatureCohort.pattern($0, $1) + Double($0 / 2 % 2) },
      extra: { ["Age": "\(50 + $0 * 7 % 20)", "Sex": $0 % 3 == 0 ? "m" : "f", "Note": "x\($0)"] })
    let pipeline = try #require(
      try report(cohort, "harmonisation: {covariates: [Age, Sex]}\n" + short).models[0].pipeline)
    #expect(pipeline.harmonisation?.covariates == ["Age", "Sex=m"])
    #expect(pipeline.harmonisation?.sites == ["North", "South"])
  }

  @Test func `uses repeat segmentations for the ICC only`() throws {
    let cohort = FeatureCohort(repeats: { subject in
      guard subject % 4 == 0 else { return [] }
      return [("r2", (0..<8).map { FeatureCohort.pattern($0 == 5 ? subject * 31 + 11 : subject, $0) })]
    })
    let yaml = short.replacing("[mann-whitney", with: "[icc, mann-whitney")
    let report = try report(cohort, yaml)
    #expect(report.cohort.images == 40 && report.cohort.cases.submitted == 50)
    #expect(
      report.exclusions.count == 10 && report.exclusions.allSatisfy { $0.code == "repeat-segmentation" })
    let step = try #require(report.models[0].selection.first { $0.step == "ICC(2,1)" })
    #expect(step.kept == 7 && step.detail.contains("ICC ≥ 0.75"))
  }

  @Test func `drops cases, drops features or takes the median, as it is told`() throws {
    let cohort = FeatureCohort(value: { $0 == 3 && $1 == 2 ? .nan : FeatureCohort.pattern($0, $1) })
    func report(_ policy: String) throws -> StudyReport {
      try ModellingTests.report(
        cohort, short.replacing("name: Rad,", with: "name: Rad, missing: \(policy),"))
    }
    let dropped = try report("drop-case")
    #expect(dropped.exclusions.map(\.code) == ["missing-values"] && dropped.cohort.images == 39)
    #expect(try report("drop-feature").cohort.images == 40)
    #expect(try report("{median: {share: 0.2}}").models[0].pipeline?.missing.contains("median") ?? false)
  }

  @Test func `merges strata of one subject and says which`() throws {
    let cohort = FeatureCohort(
      subjects: 41, sites: ["Alone", "North", "South"], site: { $0 == 0 ? 0 : 1 + $0 / 2 % 2 })
    let all = try report(cohort, "split: leave-one-site-out\n" + short).models[0]
    let merged = try #require(all.pipeline?.mergedStrata)
    #expect(merged.map(\.site) == ["Alone"] && merged.map(\.outcome) == [0])
    #expect(
      all.warnings.contains { $0.code == "merged_strata" && $0.message.contains("at Alone (outcome 0)") })
  }

  @Test func `names separation, and never prints an arbitrary coefficient without saying so`() throws {
    let cohort = FeatureCohort(
      features: 1, value: { subject, _ in Double(subject % 2) + Double(subject) / 1000 })
    let yaml = "models: [{name: Rad, selection: [], refit: none}]\nbootstrap: {replicates: 3}\n"
    let warnings = try report(cohort, yaml).models[0].warnings
    #expect(warnings.contains { $0.code == "separation" && $0.message.contains("Complete separation") })
    let ridge = try report(cohort, yaml.replacing("refit: none", with: "refit: ridge")).models[0]
    #expect(!ridge.warnings.contains { $0.code == "separation" } && abs(ridge.features[0].coefficient) < 10)
  }

  @Test func `of ten subjects runs, undefined replicates counted with their reasons`() throws {
    let bootstrap = try #require(
      try report(
        FeatureCohort(subjects: 10, sites: ["North"]),
        "split: {training: 0.8}\nmodels: [{name: Rad, selection: [lasso: {folds: 3}]}]\nbootstrap: {replicates: 40}\n"
      ).models[0].bootstrap)
    #expect(
      bootstrap.replicates == 40
        && bootstrap.undefined == bootstrap.undefinedReasons.reduce(0) { $0 + $1.count })
    #expect(bootstrap.undefined > 0)
  }

  @Test func `finds constant and duplicate columns and goes on`() throws {
    let cohort = FeatureCohort(value: { $1 == 3 ? 2 : FeatureCohort.pattern($0, $1 == 4 ? 0 : $1) })
    let yaml = "models: [{name: Rad, selection: [pearson: {threshold: 0.95}]}]\nbootstrap: {replicates: 2}\n"
    let model = try report(cohort, yaml).models[0]
    #expect(model.warnings.contains { $0.code == "constant" })
    #expect(model.features.map(\.name).contains("f0") && !model.features.map(\.name).contains("f4"))
  }
}

@Suite struct `A study that cannot be fitted` {
  @Test(arguments: [
    (FeatureCohort(outcome: { _ in 1 }), short, "one-class"),
    (
      FeatureCohort(split: { $0 % 2 == 0 ? .training : .test }), "split: column\n" + short, "one-class"
    ),
    (FeatureCohort(), "split: column\n" + short, "split-missing"),
    (FeatureCohort(subjects: 3), short, "too-few-subjects"),
    (FeatureCohort(sites: ["North"]), "harmonisation: {method: combat}\n" + short, "too-few-subjects"),
    (
      FeatureCohort(sites: ["Alone", "North", "South"], site: { $0 == 0 ? 0 : 1 + $0 / 2 % 2 }),
      "split: {training: 0.95}\nharmonisation: {method: combat}\n" + short, "too-few-subjects"
    ),
    (FeatureCohort(), "harmonisation: {reference: West}\n" + short, "invalid-argument"),
    (
      FeatureCohort(extra: { ["Copy": "\($0 % 2)"] }), "harmonisation: {covariates: [Copy]}\n" + short,
      "outcome-as-covariate"
    ),
    (
      FeatureCohort(extra: { ["Age": $0 == 4 ? "" : "\($0 * 7 % 13)"] }),
      "split: leave-one-site-out\nharmonisation: {covariates: [Age]}\n" + short, "invalid-argument"
    ),
    (
      FeatureCohort(site: { $0 % 2 }), "split: leave-one-site-out\n" + short, "one-class"
    ),
    (FeatureCohort(), short.replacing("[mann-whitney", with: "[icc, mann-whitney"), "invalid-argument"),
    (
      FeatureCohort(
        sites: ["North", "South"], site: { $0 < 20 ? 0 : 1 }, split: { $0 < 20 ? .training : .test }),
      "split: column\nharmonisation: {method: combat}\n" + short, "too-few-subjects"
    ),
    (
      FeatureCohort(
        subjects: 60, sites: ["A", "B", "C"], site: { $0 / 20 }, split: { $0 < 40 ? .training : .test }),
      "split: column\nharmonisation: {method: combat}\n" + short, "unseen-site"
    ),
  ]) func `says why and what to do`(cohort: FeatureCohort, yaml: String, code: String) throws {
    let failure = try cohort.failure(yaml)
    #expect(failure?.code == code, "\(String(describing: failure))")
    #expect((failure?.sentence.count ?? 0) > 20 && failure?.remedy.isEmpty == false)
  }
}
