import Postgres
import Synchronization
import TaskQueue
import WorkerCore

/// Kind `extract` without files: it asks and tells the database what the worker's own does, statement by statement, in the same
/// order, with results of the same size.
struct SimulatedExtract: TaskKind {
  static let name = "extract"
  static let mostStoredTogether = 1

  struct Payload: Codable, Sendable {
    let label: Int64
    let site: String
  }

  struct Outcome: Sendable {
    let label: Int64
    let set: Int32
  }

  let lengths: TaskLengths
  let featureSet: String
  let values: Int
  /// What an extraction said of a region, JSON.
  let diagnostics: String
  let lacking: Set<String>
  let journal: Journal
  private let studies = KnownStudies()

  init(
    lengths: TaskLengths, featureSet: String, values: Int, diagnostics: String, lacking: Set<String>,
    journal: Journal
  ) {
    (self.lengths, self.featureSet, self.values) = (lengths, featureSet, values)
    (self.diagnostics, self.lacking, self.journal) = (diagnostics, lacking, journal)
  }

  /// Looks at some files of a site before it offers them.
  func canOffer(_ need: String, with tools: TaskTools) async throws(TaskError) -> OfferAnswer {
    guard let site = need.split(separator: ":", maxSplits: 1).last.map(String.init), need.hasPrefix("files:")
    else {
      return .isUnknown
    }
    let count = try await tools.fetch { connection in
      try await connection.query("SELECT image FROM trabecula.some_files($1, $2)", tools.worker, site).count
    }
    return count > 0 && lacking.contains(site) ? .no(because: "it is a site of the other machines") : .yes
  }

  func perform(_ payload: Payload, of task: ClaimedTask, with tools: TaskTools) async throws(TaskError)
    -> Outcome
  {
    try noted(.begun, task, tools.worker)
    if studies.isNew(task.job) {
      _ = try await tools.fetch { connection in
        try await connection.query("SELECT study FROM trabecula.study_of($1, $2)", tools.worker, task.job)
          .count
      }
    }
    let keys = [lengths.bytes(32, of: task.id, for: .key)]
    _ = try await tools.fetch { connection in
      try await connection.query("SELECT feature_key, feature_set_id FROM trabecula.stored_rows($1)", keys)
        .count
    }
    do {
      try await Task.sleep(for: .seconds(lengths.seconds(of: task.id)))
    } catch {
      throw .cancelled
    }
    try noted(.computed, task, tools.worker)
    let digest = self.digest
    let set = try await tools.fetch { connection in
      try await connection.query(
        "SELECT trabecula.feature_set_named($1, $2, $3)", tools.worker, task.job, digest
      ).scalar(as: Int32?.self)
    }
    guard let set else {
      throw .failure(
        TaskFailure(
          code: "other-names", sentence: "The job has no such feature set.",
          remedy: "Name the job's feature set with --feature-set.", isRetryable: false))
    }
    return Outcome(label: payload.label, set: set)
  }

  func store(_ ended: [EndedTask<Outcome>], by worker: Int64, on connection: PostgresConnection) async throws
    -> [Int64: Verdict]
  {
    var verdicts: [Int64: Verdict] = [:]
    for item in ended {
      try note(.sent, item.task, worker)
      let answer = try await connection.pipeline([statement(item, worker)])[0].scalar(as: String.self)
      let verdict = try Verdict(answered: answer)
      try note(verdict == .ok ? .ok : verdict == .already ? .already : .stale, item.task, worker)
      verdicts[item.task.id] = verdict
    }
    return verdicts
  }

  private func statement(_ ended: EndedTask<Outcome>, _ worker: Int64) -> PostgresStatement {
    let task = ended.task
    func hexadecimal(_ use: TaskLengths.Use) -> String {
      lengths.bytes(32, of: task.id, for: use).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
    let region =
      #"{"image_sha256":"\\x\#(hexadecimal(.image))","label":\#(ended.outcome.label),"mask_sha256":"\\x\#(hexadecimal(.mask))"}"#
    let set = #"{"set":\#(ended.outcome.set),"values":\#(values),"diagnostics":\#(diagnostics)}"#
    return PostgresStatement(
      "SELECT trabecula.complete_extract($1, $2, $3, $4, $5, $6, $7, $8)", worker, task.id, task.fence,
      PostgresJSON(region), [PostgresJSON(set)], lengths.values(values, of: task.id), [UInt8]?.none,
      PostgresJSON?.none)
  }

  private func note(_ event: Journal.Event, _ task: ClaimedTask, _ worker: Int64) throws {
    try journal.note(event, task: task.id, fence: task.fence, worker: worker)
  }

  /// The journal is the evidence: a task that it does not name has failed.
  private func noted(_ event: Journal.Event, _ task: ClaimedTask, _ worker: Int64) throws(TaskError) {
    do { try note(event, task, worker) } catch { throw .infrastructure(error) }
  }

  private var digest: [UInt8] {
    stride(from: 0, to: featureSet.utf8.count, by: 2).compactMap {
      UInt8(featureSet.dropFirst($0).prefix(2), radix: 16)
    }
  }
}

/// Jobs whose study this machine has fetched.
private final class KnownStudies: Sendable {
  private let jobs = Mutex<Set<Int64>>([])

  func isNew(_ job: Int64) -> Bool { jobs.withLock { $0.insert(job).inserted } }
}
