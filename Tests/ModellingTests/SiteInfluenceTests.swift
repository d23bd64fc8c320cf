import Foundation
import Modelling
import Reporting
import StudyPlan
import Testing

private let settings = """
  models: [{name: Rad, selection: [mann-whitney: {p: 0.1}, lasso: {folds: 4}]}]
  bootstrap: {replicates: 2, per_task: 2}

  """

/// Three sites of 32 subjects; feature 0 carries a little of the outcome everywhere. A forger's feature 5 follows it.
private func cohort(forgedAt forger: Int? = nil, sites: Int = 3) -> FeatureCohort {
  var cohort = FeatureCohort()
  cohort.subjects = 96
  cohort.sites = ["East", "North", "South"].dropLast(3 - sites).map { $0 }
  cohort.site = { $0 / 2 % sites }
  cohort.value = { subject, feature in
    let (noise, outcome) = (FeatureCohort.pattern(subject, feature), Double(subject % 2))
    if feature == 5 && forger == subject / 2 % 3 { return 3 * outcome + 0.1 * noise }
    return feature == 0 ? noise - 0.25 * outcome : noise
  }
  return cohort
}

private func report(_ cohort: FeatureCohort, _ yaml: String = settings) throws -> StudyReport {
  try StudyReport(json: Data(try cohort.prepared(yaml).report().report.utf8))
}

private func testAUC(_ report: StudyReport) -> Double? {
  report.models[0].metrics.first { $0.cohort == .test && $0.name == .auc }?.estimate
}

@Suite struct `A site in the report` {
  @Test func `that forges a feature is named first, with the feature and what it did to the AUC`() throws {
    let honest = try report(cohort())
    let forged = try report(cohort(forgedAt: 1))
    let warning = try #require(forged.warnings.first)
    #expect(warning.code == "feature_differs_at_site")
    #expect(warning.message.hasPrefix("North: ") && warning.message.contains("f5 (AUC 1.000 here"))
    let influence = try #require(forged.siteInfluence?.models.first)
    let north = try #require(influence.sites.first { $0.site == "North" })
    let before = try #require(influence.auc)
    let after = try #require(north.aucWithout)
    #expect(north.change == after - before)
    #expect(before - after > 0.1)
    #expect(
      warning.message.contains(
        "Without North the AUC of Rad is \(String(format: "%.3f", after)) instead of "
          + "\(String(format: "%.3f", before)) (test part)"))
    // The study's own test AUC, and what the forger added to it.
    let reported = try #require(testAUC(forged))
    #expect(reported == before)
    #expect(reported > (try #require(testAUC(honest))))
    #expect(north.features?.contains("f5") == false && forged.models[0].features.contains { $0.name == "f5" })
  }

  @Test func `that is honest gets no warning`() throws {
    let honest = try report(cohort())
    #expect(!honest.warnings.contains { $0.code == "feature_differs_at_site" })
    let influence = try #require(honest.siteInfluence)
    #expect(influence.testedSites == ["East", "North", "South"] && influence.otherFeatures == 0)
    #expect(influence.models.first?.sites.count == 3)
  }

  @Test func `that forges is named where each site is left out, and where sites are harmonised`() throws {
    for yaml in ["split: leave-one-site-out\n", "harmonisation: {method: combat}\n"] {
      let forged = try report(cohort(forgedAt: 1), settings + yaml)
      let warning = try #require(forged.warnings.first)
      #expect(warning.message.hasPrefix("North: ") && warning.message.contains("f5 (AUC 1.000"), "\(yaml)")
    }
  }

  @Test func `alone is not mentioned in report or page`() async throws {
    let single = try report(cohort(sites: 1))
    #expect(single.siteInfluence == nil)
    #expect(!String(decoding: try single.json(), as: UTF8.self).contains("site_influence"))
    #expect(try await !reportPage(single).contains("site-influence"))
  }

  @Test func `heads the page, and has its row in the table across sites`() async throws {
    let page = try await reportPage(try report(cohort(forgedAt: 1)))
    let head = try #require(page.range(of: "Read before use"))
    let first = try #require(page.range(of: "<li>", range: head.upperBound..<page.endIndex))
    #expect(page[first.upperBound...].hasPrefix("<strong>Study:</strong> North: "))
    #expect(page.contains("What does each site make of the result?"))
  }
}
