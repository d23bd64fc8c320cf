import Postgres

/// `schema.sql` of the repository, carried inside the program so that one file is all that is deployed.
package enum DatabaseSchema {
  package static func file() throws(PostgresError) -> SchemaFile {
    try SchemaFile(text: String(decoding: PackageResources.schema_sql, as: UTF8.self))
  }
}
