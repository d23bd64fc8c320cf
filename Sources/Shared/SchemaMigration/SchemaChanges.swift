import Postgres

/// What a database lacks of the files of a program, or what a migration has done about it.
public struct SchemaChanges: Sendable, Equatable {
  /// Names of steps, as `queue/0002-lanes`, in order.
  public var steps: [String] = []
  /// Names of files of code whose text is another, as `queue/claim`.
  public var files: [String] = []
  /// Names of files of code that the database has and the program has no more.
  public var withdrawn: [String] = []
  /// Code, owners, policies or rights are not as the last migration left them: a dump was restored without the roles, or
  /// somebody changed them.
  public var mends = false

  /// What is to be done, or was.
  public init(
    steps: [String] = [], files: [String] = [], withdrawn: [String] = [], mends: Bool = false
  ) {
    self.steps = steps
    self.files = files
    self.withdrawn = withdrawn
    self.mends = mends
  }

  /// Whether there was nothing to do.
  public var isEmpty: Bool { steps.isEmpty && files.isEmpty && withdrawn.isEmpty && !mends }
}

/// What a database has of the files of some components.
struct SchemaRecord {
  private struct Key: Hashable {
    let component: String
    let name: String
  }

  /// A file of code as it last ran.
  private struct Text {
    /// nil where the code has the file no more.
    let digest: String?
    /// Of what it was before.
    let replaced: [String]
  }

  private var steps: [(component: String, step: Int, title: String, digest: String)] = []
  private var files: [Key: Text] = [:]
  private var mends = false

  /// Of an empty database.
  init() {}

  /// Reads what is recorded. The bookkeeping must be there.
  init(_ session: PostgresSession, components: [String]) throws(PostgresError) {
    for row in try session.query(
      "SELECT component, step, title, digest FROM queue.schema_step WHERE component = ANY ($1) ORDER BY 1, 2",
      components)
    {
      let (component, step, title, digest) = try row.decode(String.self, Int.self, String.self, String.self)
      steps.append((component, step, title, digest))
    }
    for row in try session.query(
      "SELECT component, name, digest, replaced FROM queue.schema_file WHERE component = ANY ($1)", components
    ) {
      let (component, name, digest, replaced) = try row.decode(
        String.self, String.self, String?.self, [String].self)
      files[Key(component: component, name: name)] = Text(digest: digest, replaced: replaced)
    }
    mends = try session.query(
      "SELECT EXISTS (SELECT FROM queue.schema_catalogue WHERE component = ANY ($1) "
        + "AND digest IS DISTINCT FROM queue.schema_digest(component))", components
    ).scalar()
  }

  /// What is missing of `wanted`.
  /// - Throws: `.schema` where the database is newer, or a step was edited after it ran.
  func changes(to wanted: [SchemaFile]) throws(PostgresError) -> SchemaChanges {
    var changes = SchemaChanges(mends: mends)
    let appliedSteps = try checkedSteps(wanted)
    for file in wanted {
      let key = Key(component: file.component, name: file.name)
      switch file.purpose {
      case .step: if !appliedSteps.contains(file.label) { changes.steps.append(file.label) }
      case .code, .rights, .roles: if files[key]?.digest != file.digest { changes.files.append(file.label) }
      }
    }
    let names = Set(wanted.map { Key(component: $0.component, name: $0.name) })
    changes.withdrawn = files.filter { $0.value.digest != nil && !names.contains($0.key) }
      .map { "\($0.key.component)/\($0.key.name)" }.sorted()
    return changes
  }

  /// Refuses files that this database had before all of those that it has now: those of an older program.
  /// - Throws: `.schema`.
  func refuseOlder(_ wanted: [SchemaFile], _ changes: SchemaChanges) throws(PostgresError) {
    let changed = wanted.filter { changes.files.contains($0.label) }
    let areOld = changed.allSatisfy { file in
      files[Key(component: file.component, name: file.name)]?.replaced.contains(file.digest) ?? false
    }
    guard changes.steps.isEmpty, let first = changed.first, areOld else { return }
    throw PostgresError(
      .schema,
      "the database had this program's \(first.label) before, and has a newer one now; update the program, or bring the"
        + " older code back on purpose (migrate --older)")
  }

  private func checkedSteps(_ wanted: [SchemaFile]) throws(PostgresError) -> Set<String> {
    var applied: Set<String> = []
    for record in steps {
      let here = wanted.first { $0.component == record.component && $0.purpose == .step(record.step) }
      guard let here else {
        throw PostgresError(
          .schema,
          "the database has step \(record.step) (\(record.title)) of \(record.component), which this program does not "
            + "know; update the program")
      }
      guard here.digest == record.digest else {
        throw PostgresError(
          .schema,
          "step \(record.step) (\(here.title)) of \(record.component) is not the one this database was made with; restore "
            + "that file, and put changes into a new step")
      }
      applied.insert(here.label)
    }
    return applied
  }
}
