/// The study's part of a database, but for the kinds of task: the files below `SQL`, in the order in which they run.
package enum StudyStoreSchema {
  /// Path below `SQL` and text of each file.
  package static let files: [(path: String, sql: String)] = [
    ("steps/0001-study.sql", text(PackageResources._001_study_sql)),
    ("study.sql", text(PackageResources.study_sql)),
    ("submission.sql", text(PackageResources.submission_sql)),
    ("features.sql", text(PackageResources.features_sql)),
    ("exclude.sql", text(PackageResources.exclude_sql)),
    ("erase.sql", text(PackageResources.erase_sql)),
    ("delete.sql", text(PackageResources.delete_sql)),
    ("views/case_overview.sql", text(PackageResources.case_overview_sql)),
    ("views/provenance.sql", text(PackageResources.provenance_sql)),
    ("views/changed_files.sql", text(PackageResources.changed_files_sql)),
    ("discard.sql", text(PackageResources.discard_sql)),
    ("views/failure_detail.sql", text(PackageResources.failure_detail_sql)),
    ("views/failures.sql", text(PackageResources.failures_sql)),
    ("console.sql", text(PackageResources.console_sql)),
    ("rights.sql", text(PackageResources.rights_sql)),
  ]

  private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
