import Foundation
import Modelling
import Reporting
import StudyPlan

/// A study over features that are made up: feature 0 carries the outcome, the rest is a fixed pattern.
struct FeatureCohort: Sendable {
  var subjects = 40
  var sites = ["North", "South"]
  var features = 8
  /// Of a subject; `nil` where unknown.
  var outcome: @Sendable (Int) -> Int? = { $0 % 2 }
  var site: (@Sendable (Int) -> Int)?
  var value: @Sendable (_ subject: Int, _ feature: Int) -> Double = FeatureCohort.pattern
  var extra: @Sendable (Int) -> [String: String] = { _ in [:] }
  var group: @Sendable (Int) -> String? = { _ in nil }
  var split: @Sendable (Int) -> Manifest.Part? = { _ in nil }
  var facts: @Sendable (Int) -> ImageFacts = { _ in ImageFacts() }
  /// Further segmentations of the image of a subject: rater and values.
  var repeats: @Sendable (Int) -> [(rater: String, values: [Double])] = { _ in [] }

  static func pattern(_ subject: Int, _ feature: Int) -> Double {
    let noise = Double((subject + 1) * (feature + 3) * 7919 % 1009) / 1009
    return feature == 0 ? noise + 0.35 * Double(subject % 2) : noise
  }

  func cohort(_ yaml: String) throws -> StudyCohort {
    let study = try StudyFile(
      yaml: "study: made-up\nmanifest: m.csv\n" + yaml, besides: URL(fileURLWithPath: "/studies/s.yaml")
    ).study
    var (cases, values) = ([StudyCase](), [Int64: [Double]]())
    func add(_ subject: Int, mask: String, extra: [String: String], _ features: [Double]) {
      let id = Int64(cases.count + 1)
      let place = site?(subject) ?? subject / 2 % sites.count
      cases.append(
        StudyCase(
          id: id, subject: String(1_000 + subject), site: sites[place], group: group(subject),
          outcome: outcome(subject),
          split: split(subject), image: "i\(subject)", mask: mask, facts: facts(subject), extra: extra))
      values[id] = features
    }
    for subject in 0..<subjects {
      add(subject, mask: "m", extra: extra(subject), (0..<features).map { value(subject, $0) })
      for (rater, features) in repeats(subject) {
        add(subject, mask: rater, extra: extra(subject).merging(["Repeat": rater]) { $1 }, features)
      }
    }
    let block = FeatureBlock(
      source: .handcrafted, digest: [1], names: (0..<features).map { "f\($0)" }, values: values)
    return StudyCohort(study: study, cases: cases, features: [block])
  }

  func prepared(_ yaml: String) throws -> PreparedStudy { try PreparedStudy(cohort(yaml)) }

  /// The error of preparing the study and running its first replicate and aggregation.
  func failure(_ yaml: String) throws -> StudyTaskError? {
    do throws(StudyTaskError) {
      _ = try PreparedStudy(cohort(or: yaml)).report()
      return nil
    } catch {
      return error
    }
  }

  private func cohort(or yaml: String) -> StudyCohort {
    do { return try cohort(yaml) } catch { preconditionFailure("\(error)") }
  }
}

extension PreparedStudy {
  /// Does all tasks in order and aggregates.
  func report() throws(StudyTaskError) -> AggregateResult {
    var bodies: [[UInt8]] = []
    for task in plan.ranges { bodies += try replicates(task).map(\.body) }
    return try aggregate(replicates: bodies, jobKey: [7])
  }
}
