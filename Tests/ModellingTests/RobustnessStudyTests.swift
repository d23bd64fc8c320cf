import Foundation
import Modelling
import Reporting
import Statistics
import StudyPlan
import Testing

/// 80 subjects with eight features; perturbations leave the first four as they are, and make others of the rest.
@Suite struct `Robustness in a study` {
  private static let study = """
    seed: 3
    robustness: {translation: [0, 0.5], volume: [-0.1, 0.1]}
    models: [{name: Rad, selection: [icc: {from: perturbations}, t-test: {p: 0.9}]}]
    bootstrap: {replicates: 8, per_task: 4}

    """

  private static func noise(_ subject: Int64, _ feature: Int, _ salt: Int) -> Double {
    Double((Int(subject) + 11) * (feature + 7) * (salt * 2 + 7919) % 1013) / 1013
  }

  private func cohort(
    failing: Set<Int64> = [], changing: Set<Int64> = [], absent: Set<Int64> = []
  ) throws -> StudyCohort {
    var made = FeatureCohort(subjects: 80)
    made.value = { subject, feature in
      Self.noise(Int64(subject), feature, 0) + (feature == 1 || feature == 5 ? 0.6 * Double(subject % 2) : 0)
    }
    var cohort = try made.cohort(Self.study)
    for (number, variant) in cohort.study.variants.enumerated() {
      var values: [Int64: [Double]] = [:]
      for item in cohort.cases where !absent.contains(item.id) {
        let own = cohort.features[0].values[item.id] ?? []
        values[item.id] = own.enumerated().map { feature, value in
          if failing.contains(item.id), number == 1 { return .nan }
          let isKept = feature < 4 && !changing.contains(item.id)
          return isKept ? value + 0.001 * Double(number) : Self.noise(item.id, feature, number + 1)
        }
      }
      cohort.varied[variant] = [.handcrafted: values]
    }
    return cohort
  }

  private func report(_ cohort: StudyCohort) throws -> StudyReport {
    try StudyReport(json: Data(PreparedStudy(cohort).report().report.utf8))
  }

  private func cases(_ cohort: StudyCohort) throws -> (training: [Int64], test: [Int64]) {
    let study = try PreparedStudy(cohort)
    return (study.split.training.map { study.cases[$0].id }, study.split.test.map { study.cases[$0].id })
  }

  @Test func `selects features that stay as they are, and tells the others`() throws {
    let found = try report(cohort())
    let robustness = try #require(found.robustness)
    #expect(robustness.perturbations.count == 4 && robustness.perturbations.allSatisfy { $0.missing == 0 })
    #expect(robustness.cases == found.cohort.training && robustness.leftOut == 0)
    #expect(robustness.features.count == 8 && robustness.below == 4)
    #expect(robustness.features.filter(\.isRobust).map(\.name) == ["f0", "f1", "f2", "f3"])
    #expect(robustness.minimum == 0.9 && robustness.bound == .lowerLimit)
    #expect(found.models[0].features.map(\.name).allSatisfy { ["f0", "f1", "f2", "f3"].contains($0) })
    #expect(!found.warnings.contains { $0.code == "perturbation_missing" })
    let text = Manuscript(found).text
    #expect(
      text.contains("were perturbed by translation by") && text.contains("4 of 8 hand-crafted features"))
    #expect(text.contains("10.1038/s41598-018-36938-4"))
    let metrics = try #require(found.checklists.first { $0.name.contains("METRICS") })
    #expect("\(metrics)".contains("Perturbed regions of training images"))
  }

  @Test func `never looks at the test part`() throws {
    let plain = try cohort()
    let test = Set(try cases(plain).test)
    #expect(!test.isEmpty)
    let (one, other) = (try PreparedStudy(plain).report(), try PreparedStudy(cohort(changing: test)).report())
    #expect(one.report == other.report)
    #expect(try PreparedStudy(cohort(absent: test)).report().report == one.report)
    let changed = try report(cohort(changing: Set(plain.cases.map(\.id)).subtracting(test)))
    #expect(changed.robustness?.below == 8)
  }

  @Test func `leaves a case out whose perturbation failed, and counts it`() throws {
    let training = try cases(cohort()).training
    let found = try report(cohort(failing: [training[0], training[5]], absent: [training[7]]))
    let robustness = try #require(found.robustness)
    #expect(robustness.leftOut == 3 && robustness.cases == training.count - 3)
    #expect(robustness.perturbations.map(\.missing) == [1, 3, 1, 1])
    #expect(robustness.below == 4)
    let warning = try #require(found.warnings.first { $0.code == "perturbation_missing" })
    #expect(warning.message.contains("3 of \(training.count) training cases"))
    #expect(found.cohort == (try report(cohort())).cohort)
  }

  private static let deep = """
    deep: {weights: random-seed-1}
    robustness: {translation: [0, 0.5], volume: [-0.1, 0.1]}
    models:
      - {name: DL, sources: [deep], selection: [icc: {from: perturbations}, t-test: {p: 0.9}]}
      - {name: Rad, sources: [handcrafted], selection: [t-test: {p: 0.9}]}
    bootstrap: {replicates: 8, per_task: 4}

    """

  /// Six deep features beside the others, of which the first three stay as they are.
  private func withDeep(_ yaml: String, failing: Set<Int64> = []) throws -> StudyCohort {
    var made = FeatureCohort(subjects: 80)
    made.value = { subject, feature in Self.noise(Int64(subject), feature, 0) + 0.3 * Double(subject % 2) }
    var cohort = try made.cohort(yaml)
    let names = (0..<6).map { "deep_resnet18_00\($0)" }
    func own(_ item: StudyCase) -> [Double] { (0..<6).map { Self.noise(item.id, $0 + 20, 1) } }
    cohort.features.append(
      FeatureBlock(
        source: .deep, digest: [2], names: names,
        values: Dictionary(uniqueKeysWithValues: cohort.cases.map { ($0.id, own($0)) })))
    for (number, variant) in cohort.study.variants.enumerated() {
      var values: [Int64: [Double]] = [:]
      for item in cohort.cases {
        values[item.id] = own(item).enumerated().map { feature, value in
          failing.contains(item.id)
            ? .nan
            : feature < 3 ? value + 0.001 * Double(number) : Self.noise(item.id, feature, number + 5)
        }
      }
      let others = cohort.features[0].values.mapValues { $0.map { $0 + 0.001 * Double(number) } }
      cohort.varied[variant] = [.deep: values, .handcrafted: others]
    }
    return cohort
  }

  @Test func `asks deep features, too, and selects those that stay as they are`() throws {
    let found = try report(withDeep(Self.deep))
    let robustness = try #require(found.robustness)
    #expect(robustness.features.count == 14 && robustness.below == 3)
    #expect(
      robustness.features.filter { !$0.isRobust }.map(\.name) == [
        "deep_resnet18_003", "deep_resnet18_004", "deep_resnet18_005",
      ])
    let kept = try #require(found.models.first).selection.first { $0.step.hasPrefix("ICC") }?.kept
    #expect(kept == 3)
    #expect(Manuscript(found).text.contains("0 of 8 hand-crafted and 3 of 6 deep features did not reach"))
    let clear = try #require(found.checklists.first { $0.name.contains("CLEAR") })
    #expect(clear.items.first { $0.number == "31" }?.answer?.contains("(translation, volume)") == true)
  }

  @Test func `leaves a case out whose deep features alone failed`() throws {
    let training = try PreparedStudy(withDeep(Self.deep))
    let id = training.cases[training.split.training[2]].id
    let robustness = try #require(report(withDeep(Self.deep, failing: [id])).robustness)
    #expect(robustness.leftOut == 1 && robustness.perturbations.allSatisfy { $0.missing == 1 })
  }

  @Test func `asks the features of a study of times to an event`() throws {
    let yaml = """
      outcome: {event: DEAD, time: MONTHS, horizons: [10, 20], unit: months}
      robustness: {translation: [0, 0.5], volume: [-0.1, 0.1]}
      models: [{name: Rad, selection: [icc: {from: perturbations}, cox-score: {p: 0.9}]}]
      bootstrap: {replicates: 4, per_task: 4}

      """
    var made = FeatureCohort(subjects: 80)
    made.extra = { subject in ["MONTHS": String(1 + (subject * 37) % 41)] }
    var cohort = try made.cohort(yaml)
    for (number, variant) in cohort.study.variants.enumerated() {
      var values: [Int64: [Double]] = [:]
      for item in cohort.cases {
        values[item.id] = (cohort.features[0].values[item.id] ?? []).enumerated().map { feature, value in
          feature < 4
            ? value + 0.001 * Double(number) : Self.noise(item.id, feature, number + 1)
        }
      }
      cohort.varied[variant] = [.handcrafted: values]
    }
    let found = try report(cohort)
    let robustness = try #require(found.robustness)
    #expect(robustness.below == 4 && robustness.features.count == 8)
    #expect(found.models[0].features.map(\.name).allSatisfy { ["f0", "f1", "f2", "f3"].contains($0) })
    #expect(found.models[0].selection.first { $0.step.hasPrefix("ICC") }?.kept == 4)
    let metrics = try #require(found.checklists.first { $0.name.contains("METRICS") })
    #expect(metrics.items.first { $0.number == "14" }?.answer?.contains("4 of 8 hand-crafted") == true)
  }

  @Test func `without any is absent`() throws {
    let found = try StudyReport(
      json: Data(
        FeatureCohort().prepared("models: [{name: Rad}]\nbootstrap: {replicates: 0}\n").report().report.utf8))
    #expect(found.robustness == nil)
  }
}
