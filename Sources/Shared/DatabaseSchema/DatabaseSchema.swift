import CDatabaseSchema
import Postgres
import SchemaMigration
import TaskQueue

/// The files of the whole database, carried inside the program so that one file is all that is deployed.
package enum DatabaseSchema {
  /// All files, in the order of `schema.sql`.
  /// - Throws: `.schema` where the program carries other files than `schema.sql` lists.
  package static var files: [SchemaFile] {
    get throws(PostgresError) {
      var carried: [String: SchemaFile] = [:]
      for file in try unordered { carried[file.label] = file }
      var files: [SchemaFile] = []
      for path in listedPaths {
        guard let file = carried.removeValue(forKey: try label(of: path)) else {
          throw PostgresError(.schema, "schema.sql lists \(path), which this program does not carry")
        }
        files.append(file)
      }
      guard let stray = carried.values.map(\.label).min() else { return files }
      throw PostgresError(.schema, "schema.sql does not list \(stray), which this program carries")
    }
  }

  /// `schema.sql`, the table of contents.
  package static let contents = unsafe String(cString: schema_contents())

  /// Files that `schema.sql` lists, from the top of the repository; the migrator's own left out.
  package static var listedPaths: [String] {
    contents.matches(of: #/(?m)^\\ir (\S+)$/#).map { String($0.1) }.filter {
      !$0.contains("/SchemaMigration/")
    }
  }

  private static var unordered: [SchemaFile] {
    get throws(PostgresError) {
      try unsafe TaskQueueSchema.files + SchemaFile.list(component: "trabecula", carried: study_files())
    }
  }

  private static func label(of path: String) throws(PostgresError) -> String {
    let component = path.contains("/TaskQueue/") ? "queue" : "trabecula"
    return try SchemaFile(component: component, path: path, sql: "").label
  }
}
