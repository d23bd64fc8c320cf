import Digests
import Postgres

/// One file of SQL that makes part of a database: a numbered step of its tables, or code that may run again.
///
/// What a file is follows from its path:
/// - `steps/0003-title.sql` is step 3 of its component. It makes or alters tables, sequences, domains and indexes, runs
///   once in each database, and is never edited after a release.
/// - `roles.sql` makes roles. It runs in each migration, before all else, as the user who migrates.
/// - `rights.sql` gives rights and policies. It runs after all other files, as `trabecula_owner`, like them.
/// - Every other file is code: functions, views, triggers, comments, rows that describe code. When the text of one file
///   differs from what the database has, all of them run again, so each statement must bear that: `CREATE OR REPLACE`,
///   `COMMENT ON`, `INSERT … ON CONFLICT`.
///
/// Names in a file carry their schema; the search path holds nothing but PostgreSQL's own catalogue.
public struct SchemaFile: Sendable, Equatable {
  /// What a file is for, which decides when it runs.
  public enum Purpose: Sendable, Equatable {
    /// Makes roles.
    case roles
    /// A numbered step of the tables.
    case step(Int)
    /// Functions, views, triggers, comments.
    case code
    /// Rights and policies.
    case rights
  }

  /// The schema that the file is about; names of files are unique within it.
  public let component: String
  /// File name without folder and ending: `claim`, `0001-tables`.
  public let name: String
  /// Its text.
  public let sql: String
  /// When it runs.
  public let purpose: Purpose

  /// - Parameters:
  ///   - component: a schema of PostgreSQL that belongs to these files alone, in lower-case letters, digits and `_`.
  ///   - path: as `claim.sql`, `views/failures.sql` or `steps/0002-lanes.sql`.
  ///   - sql: the file's text.
  /// - Throws: `PostgresError` of code `.schema` where component or path are not of that form.
  public init(component: String, path: String, sql: String) throws(PostgresError) {
    guard component.wholeMatch(of: #/[a-z_][a-z0-9_]*/#) != nil else {
      throw PostgresError(
        .schema, "'\(component)' cannot name a component: lower-case letters, digits and _ can")
    }
    guard let match = path.wholeMatch(of: #/(?:.*/)?([^/]+)\.sql/#) else {
      throw PostgresError(.schema, "\(path): a file of the schema ends in .sql")
    }
    self.component = component
    self.sql = sql
    name = String(match.1)
    if let step = path.wholeMatch(of: #/(?:.*/)?steps/([0-9]{4})-[^/]+\.sql/#), let number = Int(step.1) {
      purpose = .step(number)
    } else if path.contains(#/(^|/)steps//#) {
      throw PostgresError(.schema, "\(path): a step is called steps/NNNN-title.sql, with four digits")
    } else {
      purpose =
        switch name {
        case "roles": .roles
        case "rights": .rights
        default: .code
        }
    }
  }

  /// Files of one component, in the order in which an empty database runs them.
  /// - Throws: as the initialiser.
  public static func list(
    component: String, _ files: [(path: String, sql: String)]
  ) throws(PostgresError) -> [SchemaFile] {
    var list: [SchemaFile] = []
    for file in files { list.append(try SchemaFile(component: component, path: file.path, sql: file.sql)) }
    return list
  }

  /// Files of one component that a C target carries.
  /// - Parameter carried: path and text of each in turn; NULL ends them.
  /// - Throws: as the initialiser.
  package static func list(
    component: String, carried: UnsafePointer<UnsafePointer<CChar>?>
  ) throws(PostgresError) -> [SchemaFile] {
    var files: [(path: String, sql: String)] = []
    var next = unsafe carried
    while let path = unsafe next[0], let text = unsafe next[1] {
      unsafe files.append((String(cString: path), String(cString: text)))
      unsafe next += 2
    }
    return try list(component: component, files)
  }

  /// SHA-256 of the text in UTF-8, as `sha256sum` prints it.
  public var digest: String { sha256(of: sql.utf8).hexadecimal }

  /// A step's title: `tables` of `0001-tables`.
  public var title: String { name.replacing(#/^[0-9]{4}-/#, with: "") }

  /// As messages name it: `queue/claim`.
  public var label: String { "\(component)/\(name)" }
}
