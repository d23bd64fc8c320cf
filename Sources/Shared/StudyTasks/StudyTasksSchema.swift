/// The kinds of task of a study as the database knows them: one file each, beside the kind's Swift.
package enum StudyTasksSchema {
  /// Name and text of each file.
  package static let files: [(path: String, sql: String)] = [
    ("extract.sql", text(PackageResources.extract_sql)),
    ("bootstrap.sql", text(PackageResources.bootstrap_sql)),
    ("aggregate.sql", text(PackageResources.aggregate_sql)),
  ]

  private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
