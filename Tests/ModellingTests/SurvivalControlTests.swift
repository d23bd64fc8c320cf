import Foundation
import ImageFilters
import Modelling
import Reporting
import Statistics
import StudyPlan
import Testing

/// 120 subjects of two sites; feature 1, a texture, makes the event early.
@Suite struct `Controls of a study of times to an event` {
  private static let names = ["original_shape_MeshVolume"] + (1..<6).map { "original_glcm_f\($0)" }

  private static func noise(_ subject: Int, _ feature: Int, _ salt: Int) -> Double {
    let place = (subject + 11) * (feature + 7) * (salt * 2 + 7919)
    return Double(place % 1013) / 1013
  }

  /// - Parameter signal: how much feature 1 tells.
  private static func months(_ subject: Int, signal: Double) -> Double {
    let rate = exp(signal * (noise(subject, 1, 0) - 0.5))
    return (100 * (1 + 30 * noise(subject, 40, 3)) / rate).rounded() / 100
  }

  private func cohort(_ yaml: String, signal: Double) throws -> StudyCohort {
    var made = FeatureCohort(subjects: 120, features: Self.names.count)
    made.value = { Self.noise($0, $1, 0) }
    made.outcome = { $0 * 7 % 5 < 3 ? 1 : 0 }
    made.extra = { ["MONTHS": String(Self.months($0, signal: signal))] }
    var cohort = try made.cohort(yaml)
    cohort.features[0].names = Self.names
    for (salt, variant) in cohort.study.variants.enumerated() {
      var values: [Int64: [Double]] = [:]
      for item in cohort.cases {
        let subject = try #require(Int(item.subject)) - 1_000
        // Shape stays, texture goes.
        values[item.id] = Self.names.indices.map { Self.noise(subject, $0, $0 == 0 ? 0 : salt + 1) }
      }
      cohort.varied[variant] = [.handcrafted: values]
    }
    return cohort
  }

  private func report(_ yaml: String, signal: Double) throws -> StudyReport {
    try StudyReport(json: Data(PreparedStudy(cohort(yaml, signal: signal)).report().report.utf8))
  }

  private static let study = """
    seed: 3
    outcome: {event: DEAD, time: MONTHS, horizons: [10], unit: months}
    controls: true
    models: [{name: Rad, selection: [cox-score: {p: 0.05}]}]
    bootstrap: {replicates: 40, per_task: 20}

    """

  private static func concordance(_ report: StudyReport) -> Double? {
    report.models[0].metrics.first { $0.name == .harrellC && $0.cohort == .test }?.estimate
  }

  @Test func `are compared on the test part by Harrell's C`() throws {
    let report = try report(Self.study, signal: 6)
    let controls = try #require(report.controls)
    #expect(controls.map(\.control) == [.volume, .shuffled, .beside, .permuted])
    #expect(controls.allSatisfy { $0.model == "Rad" && $0.cohort == .test && $0.isBeaten })
    #expect(controls.allSatisfy { $0.measure == .harrellC })
    #expect(!report.warnings.contains { $0.code == "no_better_than_control" })
    #expect(controls.prefix(3).allSatisfy { $0.method == "paired infinitesimal jackknife" })
    #expect(controls[3].method.hasPrefix("permutations") && controls[3].replicates == 40)
    for control in controls {
      let (own, other) = (try #require(control.modelArea), try #require(control.controlArea))
      #expect(abs(try #require(control.difference) - (own - other)) < 1e-12)
      #expect(own == Self.concordance(report))
    }
    #expect(abs(try #require(controls[3].controlArea) - 0.5) < 0.1)
    try Self.checkText(report, controls)
    // As a model of the study by itself.
    let volume = try self.report(
      Self.study.replacing("controls: true\n", with: "").replacing(
        "selection: [cox-score: {p: 0.05}]", with: "selection: [], columns: [original_shape_MeshVolume]"),
      signal: 6)
    #expect(volume.models[0].features.map(\.name) == ["original_shape_MeshVolume"])
    #expect(controls[0].controlArea == Self.concordance(volume))
  }

  /// Methods and results name each control, with the works that it is from.
  private static func checkText(_ report: StudyReport, _ controls: [StudyReport.Control]) throws {
    let manuscript = Manuscript(report)
    #expect(
      manuscript.text.contains(
        "As controls, the pipeline of Rad was repeated on the volume of the region alone ["))
    #expect(
      manuscript.references.contains(.signatureControls) && manuscript.references.contains(.permutedOutcomes))
    let first = try #require(controls[0].difference)
    #expect(
      manuscript.text.contains(
        "Harrell’s C of Rad minus that of its control was \(String(format: "%.3f", first)) (95 % CI "))
    #expect(manuscript.text.contains(" for permuted outcomes."))
  }

  @Test func `without other patients are paired by replicate`() throws {
    let report = try report(Self.study + "primary: corrected\n", signal: 6)
    let controls = try #require(report.controls)
    #expect(controls.allSatisfy { $0.cohort == .bootstrap && $0.isBeaten && $0.replicates == 40 })
    #expect(controls.allSatisfy { $0.method.hasPrefix("out of bag") })
    // The model's own C out of bag, where each control has one.
    let own = try #require(report.models[0].survival?.bootstrap?.outOfBag.estimate)
    #expect(controls.allSatisfy { abs(($0.modelArea ?? 0) - own) < 1e-12 })
  }

  @Test func `of noise are not beaten, and head the page`() throws {
    let report = try report(Self.study, signal: 0)
    let warning = try #require(report.warnings.first { $0.code == "no_better_than_control" })
    #expect(warning.message.contains("Harrell’s C") && !warning.message.contains("AUC"))
  }

  @Test func `change nothing else of the report, and the bytes of no study without them`() throws {
    let plain = Self.study.replacing("controls: true\n", with: "")
    let (with, without) = (try report(Self.study, signal: 6), try report(plain, signal: 6))
    #expect(without.controls == nil)
    #expect(with.models == without.models && with.primary == without.primary)
    let body = try PreparedStudy(cohort(plain, signal: 6)).replicates(ReplicateRange(first: 0, count: 1))[0]
      .body
    #expect(!String(decoding: body, as: UTF8.self).contains("controls"))
  }

  @Test func `exchange times with their events within each site`() throws {
    let survival = try #require(PreparedStudy(cohort(Self.study, signal: 6)).survival)
    let (cohort, rows) = (survival.cohort, Array(0..<survival.cohort.table.rowCount))
    let permuted = cohort.permutingOutcomes(of: rows, address: RandomAddress(seed: 3, replicate: 1))
    #expect(permuted.survival != cohort.survival && permuted.survival.events == permuted.table.positives)
    #expect(
      permuted.table
        == cohort.table.permutingOutcomes(of: rows, address: RandomAddress(seed: 3, replicate: 1)))
    func pairs(_ cohort: SurvivalCohort, site: Int) -> [String] {
      rows.filter { cohort.table.sites[$0] == site }
        .map { "\(cohort.survival.times[$0]) \(cohort.survival.events[$0])" }.sorted()
    }
    for site in cohort.table.siteNames.indices {
      #expect(pairs(permuted, site: site) == pairs(cohort, site: site))
    }
  }
}
