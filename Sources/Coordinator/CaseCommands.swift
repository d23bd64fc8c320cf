import ArgumentParser
import CommandSupport
import StudyStore
import TaskQueue

/// `coordinator exclude`: takes a case out of a study.
struct ExcludeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "exclude",
    abstract: "Take a case out of a job; the report counts it as excluded, with the reason.",
    discussion: """
      Its open tasks are cancelled and the job goes on; where replicates were computed with it, these are computed anew. A \
      job that has succeeded is taken up again with --reopen only, because its report is then withdrawn; a failed or \
      cancelled one by `coordinator retry`. In SQL: SELECT trabecula.exclude_case(JOB, NUMBER, 'TEXT');
      """)

  @OptionGroup var database: StudyDatabaseOptions
  @Argument(help: "Number of the job.") var job: Int64
  @Argument(help: "The case as tables call it (P017, P017#2), or its number in trabecula.case_overview.")
  var item: String
  @Option(help: "The reason, printed in the report; name nobody.") var because: String?
  @Option(help: "Site of the case, where several have a subject of this code.") var site: String?
  @Flag(help: "Take a job that has succeeded up again.") var reopen = false
  @Flag(help: "Take the case in again.") var undo = false
  @Flag(help: "Print the result as JSON.") var json = false

  func validate() throws {
    guard undo == (because == nil) else { throw ValidationError("Give --because TEXT, or --undo.") }
  }

  func run() async throws {
    try await studyAct(json, database) { store in
      let number = try await caseNumber(store)
      guard let because else { return try await store.include(case: number, in: job) }
      return try await store.exclude(case: number, from: job, because: because, reopens: reopen)
    }
  }

  private func caseNumber(_ store: StudyStore) async throws -> Int64 {
    let found = try await store.cases(called: item, in: job).filter { site == nil || $0.site == site }
    if found.count == 1 { return found[0].id }
    if found.isEmpty, site == nil, let number = Int64(item) { return number }
    throw CommandFailure(
      ExitStatus.usage,
      found.isEmpty
        ? "Job \(job) has no such case that you may see; `coordinator export failures` and trabecula.case_overview name them."
        : "Several sites have this case: give --site, one of \(found.map(\.site).joined(separator: ", ")).")
  }
}

/// `coordinator give-up`: goes on without a site.
struct GiveUpCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "give-up", abstract: "Go on without a site that has left.",
    discussion: """
      Its cases without features are excluded ("site given up"), their tasks cancelled, and the job goes on; cases whose \
      features are stored stay. In SQL: SELECT trabecula.give_up_site(JOB, 'SITE');
      """)

  @OptionGroup var database: StudyDatabaseOptions
  @Argument(help: "Number of the job.") var job: Int64
  @Option(help: "Name of the site.") var site: String
  @Flag(help: "Take the site in again.") var undo = false
  @Flag(help: "Print the result as JSON.") var json = false

  func run() async throws {
    try await studyAct(json, database) { store in
      undo ? try await store.takeIn(site: site, to: job) : try await store.giveUp(site: site, in: job)
    }
  }
}

/// `coordinator erase`: removes a person.
struct EraseCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "erase", abstract: "Remove a subject who withdraws from the database.",
    discussion: """
      Cases, feature rows, predictions, and every mention in failures go, in one transaction; reports that were computed \
      with the subject are superseded: submit these studies again without it. The audit names nobody. Not reached are \
      images, manifests, journals of `worker extract`, files that were exported, and backups. In SQL: \
      SELECT trabecula.erase_subject('SUBJECT', 'SITE');
      """)

  @OptionGroup var database: StudyDatabaseOptions
  @Argument(help: "Code of the subject: column ID of the manifest.") var subject: String
  @Option(help: "Name of the site.") var site: String
  @Option(help: "Name of a cohort; needed where several have a subject of this code, once for each.")
  var cohort: [String] = []
  @Flag(help: "Print the result as JSON.") var json = false

  func run() async throws {
    try await studyAct(json, database) { store in
      try await store.erase(subject: subject, at: site, cohorts: cohort)
    }
  }
}

/// `coordinator delete`: removes a job.
struct DeleteCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "delete", abstract: "Delete a job that has ended, with everything that no other job uses.",
    discussion: """
      Report, models, tasks and history go, and those cases, subjects and feature rows that no other job has. Keep them \
      with `coordinator archive` first. A running job is cancelled first. In SQL: SELECT trabecula.delete_job(JOB);
      """)

  @OptionGroup var database: StudyDatabaseOptions
  @Argument(help: "Number of the job.") var job: Int64
  @Flag(help: "Print the result as JSON.") var json = false

  func run() async throws {
    try await studyAct(json, database) { store in try await store.delete(job: job) }
  }
}

/// Does one act on a study and prints what it did.
private func studyAct(
  _ json: Bool, _ options: StudyDatabaseOptions, _ body: (StudyStore) async throws -> String
) async throws {
  try await act(json, options) { queue in try await body(StudyStore(queue.connection)) }
}
