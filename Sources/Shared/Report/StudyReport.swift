/// Everything a study found, as `report.json` holds it and the page shows it.
///
/// The value is plain: whoever aggregates a study fills it, and nothing here computes a statistic. All order
/// is the caller's and is kept (lists, never dictionaries), so that the same study gives the same bytes.
/// Moments and durations appear in `times` and nowhere else.
package struct StudyReport: Codable, Equatable, Sendable {
  /// Raised when a key changes its meaning or disappears; new keys alone do not raise it.
  package static let currentSchemaVersion = 1

  package var schemaVersion: Int
  package var study: Study
  package var software: Software
  /// `nil` only in the part that is compared between runs.
  package var times: Times?
  package var cohort: Cohort
  /// Cases that were submitted and not used: by site, then case.
  package var exclusions: [Exclusion]
  /// Cases that share one image.
  package var duplicates: [DuplicateGroup]
  package var featureSet: FeatureSet
  package var models: [Model]
  /// Differences between models.
  package var comparisons: [Comparison]
  /// What a reader must know before believing a number of the study as a whole.
  package var warnings: [Warning]
  /// `nil` with one site or too few subjects.
  @ValueOrNull package var siteCheck: SiteCheck?
  /// Whether the report tells a whole study, or only predictions that were made elsewhere.
  package var scope = Scope.study
  /// Feature values that are not finite.
  @ValueOrNull package var missing: MissingValues?
  /// Leakage from test to training, question by question.
  package var audit: [AuditLine] = []
  package var checklists: [Checklist] = []

  package init(
    study: Study, software: Software, times: Times?, cohort: Cohort, exclusions: [Exclusion] = [],
    duplicates: [DuplicateGroup] = [], featureSet: FeatureSet, models: [Model],
    comparisons: [Comparison] = [], warnings: [Warning] = [], siteCheck: SiteCheck? = nil
  ) {
    schemaVersion = Self.currentSchemaVersion
    self.study = study
    self.software = software
    self.times = times
    self.cohort = cohort
    self.exclusions = exclusions
    self.duplicates = duplicates
    self.featureSet = featureSet
    self.models = models
    self.comparisons = comparisons
    self.warnings = warnings
    self.siteCheck = siteCheck
    _missing = ValueOrNull(wrappedValue: nil)
  }

  private enum CodingKeys: String, CodingKey {
    case schemaVersion = "schema_version"
    case study, software, times, cohort, exclusions, duplicates
    case featureSet = "feature_set"
    case models, comparisons, warnings
    case siteCheck = "site_check"
    case scope, missing, audit, checklists
  }
}

extension StudyReport {
  package enum Scope: String, Codable, Sendable, CaseIterable {
    case study
    /// Evaluated predictions: there are no features, equations or selections.
    case predictions
  }
}

extension StudyReport {
  /// Something that limits what the numbers mean, such as `few_sites` or `separation`.
  package struct Warning: Codable, Equatable, Sendable {
    /// Short and stable, for programs.
    package var code: String
    /// A sentence for readers.
    package var message: String

    package init(code: String, message: String) {
      self.code = code
      self.message = message
    }
  }

  /// A name with its value, where the order of a list must be kept.
  package struct Parameter: Codable, Equatable, Sendable {
    package var name: String
    package var value: String

    package init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }
}
