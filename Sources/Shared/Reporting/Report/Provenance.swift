extension StudyReport {
  /// What was asked, and everything needed to ask it again.
  package struct Study: Codable, Equatable, Sendable {
    /// Name in the study file.
    package var name: String
    package var title: String
    /// What is predicted, as it reads after “predicts”: `femoral head necrosis (1) against healthy hips (0)`.
    package var outcome: String
    package var seed: UInt64
    /// The rule in words: `7:3 by subject, stratified by site and outcome`.
    package var split: String
    /// Bootstrap replicates that were asked for.
    package var replicates: Int
    /// SHA-256 of the canonical study file, hexadecimal.
    package var configurationDigest: String
    /// SHA-256 of features, configuration and program version, hexadecimal.
    package var jobKey: String

    private enum CodingKeys: String, CodingKey {
      case name, title, outcome, seed, split, replicates
      case configurationDigest = "configuration_sha256"
      case jobKey = "job_key"
    }
  }

  /// What computed the numbers.
  package struct Software: Codable, Equatable, Sendable {
    package var trabecula: String
    /// Version of the feature extractor, which enters the key of every feature row.
    package var extractor: String
    /// PyRadiomics release whose names and definitions the features follow.
    package var pyRadiomicsConvention = "3.0.1"

    private enum CodingKeys: String, CodingKey {
      case trabecula, extractor
      case pyRadiomicsConvention = "pyradiomics_convention"
    }
  }

  /// When, and how long it took: all that may differ between two runs of one study.
  package struct Times: Codable, Equatable, Sendable {
    /// ISO 8601, UTC: `2026-03-01T12:00:00Z`.
    package var generatedAt: String
    /// Sum over tasks; `nil` where the study began from a table of features.
    @FiniteOrNull package var extractionSeconds: Double?
    /// Sum over tasks.
    @FiniteOrNull package var bootstrapSeconds: Double?

    private enum CodingKeys: String, CodingKey {
      case generatedAt = "generated_at"
      case extractionSeconds = "extraction_seconds"
      case bootstrapSeconds = "bootstrap_seconds"
    }
  }

  /// A name with its value, where the order of a list must be kept.
  package struct Parameter: Codable, Equatable, Sendable {
    package var name: String
    package var value: String
  }
}

extension StudyReport {
  /// Says when the report is written, and how long its tasks took together.
  /// - Parameters:
  ///   - moment: ISO 8601, UTC.
  ///   - extractionSeconds: `nil` where the study began from a table of features.
  package mutating func stamp(
    at moment: String, extractionSeconds: Double?, bootstrapSeconds: Double?
  ) {
    times = Times(
      generatedAt: moment, extractionSeconds: extractionSeconds, bootstrapSeconds: bootstrapSeconds)
  }
}
