import Postgres
import StudyStore
import StudyTasks
import TaskQueue

/// The files of the whole database, carried inside the program so that one file is all that is deployed.
package enum DatabaseSchema {
  package static func file() throws(PostgresError) -> SchemaFile {
    let queue = TaskQueueSchema.files
    let study = StudyStoreSchema.files
    let isRights = { (file: (path: String, sql: String)) in file.path == "rights.sql" }
    let isStep = { (file: (path: String, sql: String)) in file.path.hasPrefix("steps/") }
    let views = { (file: (path: String, sql: String)) in
      file.path.hasPrefix("views/") || file.path == "console.sql"
    }
    let roles = queue[0].sql + """

      ALTER SCHEMA trabecula OWNER TO trabecula_owner;
      ALTER TABLE trabecula.schema_step OWNER TO trabecula_owner;
      COMMENT ON TABLE trabecula.schema_step IS 'Steps of this database.';
      """
    let rest =
      (queue + study).filter(isStep) + queue.dropFirst().filter { !isStep($0) && !isRights($0) }
      + study.filter { !isStep($0) && !isRights($0) && !views($0) } + StudyTasksSchema.files
      + study.filter(views) + (queue + study).filter(isRights)
    return try SchemaFile(
      text: "-- step 1: roles\n" + roles + "\n-- step 2: tables and code\nSET LOCAL ROLE trabecula_owner;\n"
        + rest.map(\.sql).joined(separator: "\n"))
  }
}
