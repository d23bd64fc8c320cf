import CTaskQueueFiles
import Postgres
import SchemaMigration

/// The queue's part of a database: schema `queue`, made by the files below `SQL`.
public enum TaskQueueSchema {
  /// In the order in which an empty database runs them. A program of another field adds its own after these:
  /// `SchemaMigrator(TaskQueueSchema.files + ownFiles)`.
  public static var files: [SchemaFile] {
    get throws(PostgresError) { try unsafe SchemaFile.list(component: "queue", carried: task_queue_files()) }
  }
}
