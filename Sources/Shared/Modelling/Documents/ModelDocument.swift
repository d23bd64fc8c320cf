import Foundation
import ImageFilters
import NeuralNet
import Statistics
import StudyPlan

/// A fitted model with everything needed to apply it elsewhere, as a file of its own.
package struct ModelDocument: Codable, Equatable, Sendable {
  package struct Feature: Codable, Equatable, Sendable {
    package let name: String
    /// Of the training part, after harmonisation if there was any.
    package let mean: Double
    package let standardDeviation: Double
    /// Stands in for a value that is not finite.
    package let median: Double
    /// Change of the log odds for one standard deviation.
    package let coefficient: Double
    /// `nil` for a feature of an image or of a table of features.
    package let kind: PredictorKind?

    package init(
      name: String, mean: Double, standardDeviation: Double, median: Double, coefficient: Double,
      kind: PredictorKind? = nil
    ) {
      (self.name, self.mean, self.standardDeviation) = (name, mean, standardDeviation)
      (self.median, self.coefficient, self.kind) = (median, coefficient, kind)
    }

    private enum CodingKeys: String, CodingKey {
      case name, mean, median, coefficient, kind
      case standardDeviation = "sd"
    }
  }

  package struct Software: Codable, Equatable, Sendable {
    package let trabecula: String
    package let extractor: String

    package init(trabecula: String, extractor: String) {
      (self.trabecula, self.extractor) = (trabecula, extractor)
    }
  }

  /// How the features of a new image are computed.
  package struct Extraction: Codable, Equatable, Sendable {
    /// Those that a feature of the equation comes from.
    package let sources: [FeatureSource]
    /// The study's, its orientation settled.
    package let parameters: ExtractionParameters
    /// With the digest of the weights; `nil` where no feature is deep.
    package let deep: DeepPlan?
    /// Rings around regions, by their name in column Region.
    package let rings: [String: RingPlan]?

    package init(
      sources: [FeatureSource], parameters: ExtractionParameters, deep: DeepPlan?,
      rings: [String: RingPlan]?
    ) {
      (self.sources, self.parameters, self.deep, self.rings) = (sources, parameters, deep, rings)
    }
  }

  /// How a model was changed on other patients than it was fitted to.
  package struct Update: Codable, Equatable, Sendable {
    /// `intercept`, `slope` or `refit`.
    package let method: String
    /// The model that it was made from: its name, and the SHA-256 of its file.
    package let of: String
    package let ofSHA256: String
    /// The log odds are `intercept + slope * (those of the equation)`.
    package let intercept: Double
    package let slope: Double
    /// Of the patients that it was fitted to.
    package let cases: Int
    package let positives: Int

    package init(
      method: String, of: String, ofSHA256: String, intercept: Double, slope: Double, cases: Int,
      positives: Int
    ) {
      (self.method, self.of, self.ofSHA256) = (method, of, ofSHA256)
      (self.intercept, self.slope, self.cases, self.positives) = (intercept, slope, cases, positives)
    }

    private enum CodingKeys: String, CodingKey {
      case method, of, intercept, slope, cases, positives
      case ofSHA256 = "of_sha256"
    }
  }

  package static let currentSchemaVersion = 3
  package static let equation =
    "probability = 1 / (1 + exp(-(intercept + sum of coefficient * (value - mean) / sd)))"
  package static let updatedEquation =
    "probability = 1 / (1 + exp(-(update.intercept + update.slope * "
    + "(intercept + sum of coefficient * (value - mean) / sd))))"

  package var schemaVersion = ModelDocument.currentSchemaVersion
  package var study: String
  package var name: String
  /// What a probability of 1 means.
  package var outcome: String
  /// How to compute the probability, in words.
  package var equation = ModelDocument.equation
  package var intercept: Double
  package var features: [Feature]
  /// Probability from which a case is called positive.
  package var cutoff: Double
  package var cutoffRule: String?
  /// Digest of the feature set that the features belong to: values of another set must not be used.
  package var featureSetDigest: String
  package var configurationDigest: String
  package var jobKey: String
  package var software: Software
  /// What takes site effects from the values first; `nil` where they are used as they are.
  package var harmonisation: CombatModel?
  /// `nil` where the study began from a table of features.
  package var extraction: Extraction?
  /// Images of a patient whose features stand side by side; `nil` where each image is a case of its own.
  package var images: [ImagePart]?
  /// Columns that harmonisation keeps the effect of.
  package var covariates: [CovariateLevels]?
  /// Clinical columns that predictors are made of; `nil` without any.
  package var clinical: [Clinical]?
  /// The models below whose log odds, or log hazard ratios, are predictors, whole; `nil` without any.
  package var scores: [ModelDocument]?
  /// What a Cox model has beside its features; `nil` for a logistic model.
  package var survival: Survival?
  /// `nil` for a model as its study fitted it.
  package var update: Update?
  /// Of all the rest as canonical JSON (see `digest`); `nil` only while it is computed.
  package var sha256: String?

  private enum CodingKeys: String, CodingKey {
    case study, name, outcome, equation, intercept, features, cutoff, software, harmonisation
    case extraction, images, covariates, clinical, scores, survival, update, sha256
    case schemaVersion = "schema_version"
    case cutoffRule = "cutoff_rule"
    case featureSetDigest = "feature_set_sha256"
    case configurationDigest = "configuration_sha256"
    case jobKey = "job_key"
  }

  package init(
    study: String, name: String, outcome: String, intercept: Double, features: [Feature], cutoff: Double,
    cutoffRule: String?, featureSetDigest: String, configurationDigest: String, jobKey: String,
    software: Software, harmonisation: CombatModel?
  ) {
    (self.study, self.name, self.outcome, self.intercept) = (study, name, outcome, intercept)
    (self.features, self.cutoff, self.cutoffRule) = (features, cutoff, cutoffRule)
    (self.featureSetDigest, self.configurationDigest) = (featureSetDigest, configurationDigest)
    (self.jobKey, self.software, self.harmonisation) = (jobKey, software, harmonisation)
  }
}

extension ModelDocument {
  /// What new images need, of a study and the images that its patients have side by side.
  package mutating func describeInput(
    _ study: Study, images: [ImagePart]?, covariates: [CovariateLevels]?
  ) {
    self.images = images
    self.covariates = covariates?.filter { column in
      harmonisation?.covariates.contains { column.names.contains($0.name) } ?? false
    }
    describeClinical(study)
    for place in (scores ?? []).indices {
      scores?[place].describeInput(study, images: images, covariates: covariates)
    }
    guard study.table == nil else { return }
    let prefixes = images?.map { ImageJoin.prefix($0) } ?? [""]
    let isDeep = measuredFeatures.map { name in
      prefixes.contains { name.hasPrefix($0 + deepFeaturePrefix) }
    }
    extraction = Extraction(
      sources: FeatureSource.allCases.filter { isDeep.contains($0 == .deep) },
      parameters: study.extraction, deep: isDeep.contains(true) ? study.deep : nil, rings: study.rings)
  }
}
