import Foundation
import ImageFilters
import Modelling
import Reporting
import Statistics
import StudyPlan
import Testing

/// 120 subjects of two sites; the outcome is told by feature 1, a texture.
@Suite struct `Controls of a study` {
  private static let names = ["original_shape_MeshVolume"] + (1..<6).map { "original_glcm_f\($0)" }

  private static func noise(_ subject: Int, _ feature: Int, _ salt: Int) -> Double {
    let place = (subject + 11) * (feature + 7) * (salt * 2 + 7919)
    return Double(place % 1013) / 1013
  }

  private static func values(_ subject: Int, _ salt: Int, signal: Double) -> [Double] {
    names.indices.map { feature in
      let told = feature == 1 ? signal * Double(subject % 2) : 0
      return noise(subject, feature, salt) + told
    }
  }

  /// - Parameters:
  ///   - signal: how much feature 1 tells.
  ///   - keepsSignal: whether it tells as much in a variant.
  private func cohort(
    _ yaml: String, signal: Double = 1, keepsSignal: (RegionVariant) -> Bool = { _ in false },
    lacking: Range<Int> = 0..<0
  ) throws -> StudyCohort {
    var made = FeatureCohort(subjects: 120, features: Self.names.count)
    made.value = { subject, feature in Self.values(subject, 0, signal: signal)[feature] }
    var cohort = try made.cohort(yaml)
    cohort.features[0].names = Self.names
    for (salt, variant) in cohort.study.variants.enumerated() {
      var values: [Int64: [Double]] = [:]
      for (subject, item) in cohort.cases.enumerated() {
        // Cases are in the order of sites; the subject's code says which it is.
        let number = (Int(item.subject) ?? 1_000 + subject) - 1_000
        var own = Self.values(number, salt + 1, signal: keepsSignal(variant) ? signal : 0)
        own[0] = Self.noise(number, 0, 0)
        values[item.id] = lacking.contains(number) ? own.map { _ in .nan } : own
      }
      cohort.varied[variant] = [.handcrafted: values]
    }
    return cohort
  }

  private static func auc(_ report: StudyReport) -> Double? {
    report.models[0].metrics.first { $0.name == .auc && $0.cohort == .test }?.estimate
  }

  private func report(_ cohort: StudyCohort) throws -> StudyReport {
    try StudyReport(json: Data(PreparedStudy(cohort).report().report.utf8))
  }

  private static let study = """
    seed: 3
    controls: true
    models: [{name: Rad, selection: [t-test: {p: 0.05}]}]
    bootstrap: {replicates: 40, per_task: 20}

    """

  @Test func `are beaten on the test part by a model that tells more`() throws {
    let report = try report(cohort(Self.study, signal: 0.6))
    let controls = try #require(report.controls)
    #expect(controls.map(\.control) == [.volume, .shuffled, .beside, .permuted])
    #expect(controls.allSatisfy { $0.model == "Rad" && $0.cohort == .test && $0.isBeaten })
    #expect(!report.warnings.contains { $0.code == "no_better_than_control" })
    #expect(controls.map(\.method).prefix(3).allSatisfy { $0 == "paired DeLong" })
    #expect(controls[3].method.hasPrefix("permutations") && controls[3].replicates == 40)
    // As a model of the study by itself.
    let volume = try self.report(
      cohort(
        Self.study.replacing("controls: true", with: "controls: false").replacing(
          "selection: [t-test: {p: 0.05}]", with: "selection: [], columns: [original_shape_MeshVolume]"),
        signal: 0.6))
    #expect(volume.models[0].features.map(\.name) == ["original_shape_MeshVolume"])
    #expect(controls[0].controlArea == Self.auc(volume))
    #expect(controls[0].modelArea == Self.auc(report))
  }

  @Test func `that tell as much head the page with a warning`() throws {
    let report = try report(cohort(Self.study, signal: 0.6, keepsSignal: { $0 == .shuffled }))
    let controls = try #require(report.controls)
    #expect(controls.filter { !$0.isBeaten }.map(\.control) == [.shuffled])
    let warning = try #require(report.warnings.first { $0.code == "no_better_than_control" })
    #expect(warning.message.contains("shuffled voxels") && !warning.message.contains("permuted"))
  }

  @Test func `without other patients are paired by replicate`() throws {
    let yaml = Self.study.replacing("controls: true", with: "controls: true\nprimary: corrected")
    let report = try report(cohort(yaml, signal: 0.6))
    let controls = try #require(report.controls)
    #expect(controls.allSatisfy { $0.cohort == .bootstrap && $0.isBeaten && $0.replicates == 40 })
    #expect(controls.allSatisfy { $0.method.hasPrefix("out of bag") })
    #expect(Set(controls.map(\.modelArea)).count == 1)
  }

  @Test func `of noise are not beaten`() throws {
    let report = try report(cohort(Self.study, signal: 0))
    #expect(report.warnings.first { $0.code == "no_better_than_control" } != nil)
  }

  @Test func `give cases without a place the training median, and count them`() throws {
    let few = try #require(report(cohort(Self.study, signal: 0.6, lacking: 0..<10)).controls)
    #expect(few.map(\.lacking) == [nil, 10, 10, nil] && few.allSatisfy { $0.difference != nil })
    let many = try #require(report(cohort(Self.study, signal: 0.6, lacking: 0..<80)).controls)
    #expect(many[1].difference == nil && many[2].undefinedReason?.contains("no place") == true)
    #expect(many[0].isBeaten && many[3].isBeaten)
  }

  @Test func `change nothing else of the report, and the bytes of no study without them`() throws {
    let plain = Self.study.replacing("controls: true\n", with: "")
    let (with, without) = (try report(cohort(Self.study)), try report(cohort(plain)))
    #expect(without.controls == nil)
    #expect(with.models == without.models && with.primary == without.primary)
    let json = try PreparedStudy(cohort(plain)).replicates(ReplicateRange(first: 0, count: 1))[0].body
    #expect(!String(decoding: json, as: UTF8.self).contains("controls"))
  }

  @Test func `are the same bytes whatever ran first`() throws {
    let study = try PreparedStudy(cohort(Self.study))
    let forward = try study.replicates(ReplicateRange(first: 0, count: 6)).map(\.body)
    let again = try PreparedStudy(cohort(Self.study))
    let backward = try (0..<6).reversed().map {
      try again.replicates(ReplicateRange(first: $0, count: 1))[0].body
    }
    #expect(forward == backward.reversed())
  }

  @Test func `of replicates that have others are refused`() throws {
    let study = try PreparedStudy(cohort(Self.study))
    var bodies = try study.replicates(ReplicateRange(first: 0, count: 40)).map(\.body)
    bodies[5] = Array(
      String(decoding: bodies[5], as: UTF8.self).replacing("\"permuted\"", with: "\"volume\"").utf8)
    let error = #expect(throws: StudyTaskError.self) { try study.aggregate(replicates: bodies, jobKey: [7]) }
    #expect(try #require(error).code == "bad-replicate")
  }
}
