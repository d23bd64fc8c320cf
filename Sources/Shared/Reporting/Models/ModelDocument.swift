import Foundation
import Modelling
import Statistics
import StudyPlan

/// A fitted model with everything needed to apply it elsewhere, as a file of its own.
package struct ModelDocument: Encodable, Sendable {
  package struct Feature: Encodable, Sendable {
    package let name: String
    /// Of the training part, after harmonisation if there was any.
    package let mean: Double
    package let standardDeviation: Double
    /// Stands in for a value that is not finite.
    package let median: Double
    /// Change of the log odds for one standard deviation.
    package let coefficient: Double

    private enum CodingKeys: String, CodingKey {
      case name, mean, median, coefficient
      case standardDeviation = "sd"
    }
  }

  package struct Software: Encodable, Sendable {
    package let trabecula: String
    package let extractor: String
  }

  package let schemaVersion = 1
  package let study: String
  package let name: String
  /// What a probability of 1 means.
  package let outcome: String
  /// How to compute the probability, in words.
  package let equation =
    "probability = 1 / (1 + exp(-(intercept + sum of coefficient * (value - mean) / sd)))"
  package let intercept: Double
  package let features: [Feature]
  /// Probability from which a case is called positive.
  package let cutoff: Double
  package let cutoffRule: String?
  /// Digest of the feature set that the features belong to: values of another set must not be used.
  package let featureSetDigest: String
  package let configurationDigest: String
  package let jobKey: String
  package let software: Software
  /// What takes site effects from the values first; `nil` where they are used as they are.
  package let harmonisation: CombatModel?

  private enum CodingKeys: String, CodingKey {
    case study, name, outcome, equation, intercept, features, cutoff, software, harmonisation
    case schemaVersion = "schema_version"
    case cutoffRule = "cutoff_rule"
    case featureSetDigest = "feature_set_sha256"
    case configurationDigest = "configuration_sha256"
    case jobKey = "job_key"
  }

  package init(_ model: FittedModel, of report: StudyReport) {
    study = report.study.name
    name = model.name
    outcome = report.study.outcome
    intercept = model.intercept
    features = model.features.indices.map { index in
      Feature(
        name: model.featureNames[index], mean: model.means[index],
        standardDeviation: model.deviations[index], median: model.medians[index],
        coefficient: model.coefficients[index])
    }
    cutoff = model.cutoff
    cutoffRule = report.models.first { $0.name == model.name }?.cutoff?.rule
    featureSetDigest = report.featureSet.digest
    configurationDigest = report.study.configurationDigest
    jobKey = report.study.jobKey
    software = Software(trabecula: report.software.trabecula, extractor: report.software.extractor)
    harmonisation = model.harmonisation
  }

  /// - Parameters:
  ///   - storedModel: JSON of a fitted model, as the aggregation stored it.
  /// - Throws: `StudyTaskError` where another version wrote it.
  package init(storedModel: String, of report: StudyReport) throws(StudyTaskError) {
    do {
      let model = try CanonicalJSON.decode(FittedModel.self, from: Array(storedModel.utf8))
      self.init(model, of: report)
    } catch {
      throw StudyTaskError(
        code: "bad-model", sentence: "The stored model cannot be read: \(error).",
        remedy: "Use the version that ran the study, or submit it again.")
    }
  }

  /// Keys sorted, two spaces of indentation, numbers in the fewest digits that read back as the same `Double`.
  package func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    return try encoder.encode(self) + Data("\n".utf8)
  }
}
