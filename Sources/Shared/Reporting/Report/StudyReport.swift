/// Everything a study found, as `report.json` holds it and the page shows it.
///
/// The value is plain. Each part of it stands in the folder of its section, beside the code that fills it and the code
/// that prints it. Order is kept (lists, never dictionaries), so that the same study gives the same bytes. Moments and
/// durations appear in `times` and nowhere else.
package struct StudyReport: Codable, Equatable, Sendable {
  /// Raised when a key changes its meaning or disappears; new keys alone do not raise it.
  package static let currentSchemaVersion = 1

  package var schemaVersion = StudyReport.currentSchemaVersion
  package var study: Study
  package var software: Software
  /// `nil` only in the part that is compared between runs.
  package var times: Times? = nil
  package var cohort: Cohort
  /// Cases that were submitted and not used: by site, then case.
  package var exclusions: [Exclusion] = []
  /// Cases that share one image.
  package var duplicates: [DuplicateGroup] = []
  /// How images were acquired and stored, by site; absent where nothing is known of images.
  package var acquisition: [Acquisition]? = nil
  package var featureSet: FeatureSet
  /// The one result that the study is judged by; absent without models.
  package var primary: Primary? = nil
  package var models: [Model]
  /// Differences between models.
  package var comparisons: [Comparison]
  /// Radiomics models against their controls; absent in a study without controls.
  package var controls: [Control]? = nil
  /// Other learners on the models' predictors, for comparison; absent in a study without any.
  package var learners: [LearnerRow]? = nil
  /// What perturbed regions say of features; absent in a study without perturbations.
  package var robustness: Robustness? = nil
  /// What a reader must know before believing a number of the study as a whole.
  package var warnings: [Warning]
  /// `nil` with one site or too few subjects.
  @ValueOrNull package var siteCheck: SiteCheck? = nil
  /// What each site makes of the models; absent with one site or without models.
  package var siteInfluence: SiteInfluence? = nil
  /// Whether the report tells a whole study, or only predictions that were made elsewhere.
  package var scope = Scope.study
  /// Clinical columns: who the cases are, odds ratios, nomograms; absent without such columns.
  package var clinical: Clinical? = nil
  /// Event and times, where the outcome is a time to an event; absent elsewhere.
  package var survival: Survival? = nil
  /// Feature values that are not finite.
  @ValueOrNull package var missing: MissingValues? = nil
  /// Leakage from test to training, question by question.
  package var audit: [AuditLine] = []
  package var checklists: [Checklist] = []

  private enum CodingKeys: String, CodingKey {
    case schemaVersion = "schema_version"
    case study, software, times, cohort, exclusions, duplicates, acquisition
    case featureSet = "feature_set"
    case primary, models, comparisons, controls, learners, robustness, warnings
    case siteCheck = "site_check"
    case siteInfluence = "site_influence"
    case scope, missing, audit, checklists, clinical, survival
  }
}

extension StudyReport {
  package enum Scope: String, Codable, Sendable, CaseIterable {
    case study
    /// Evaluated predictions: there are no features, equations or selections.
    case predictions
  }
}
