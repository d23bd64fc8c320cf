import Digests
import Extraction
import Foundation
import ImageFilters
import Postgres
import StudyPlan
import StudyStore
import TaskQueue

/// What a submission did, or found.
package struct Submission: Equatable, Sendable {
  package let job: Int64
  /// True where the same study had been submitted before, and no file is seen to have changed since.
  package let wasKnown: Bool
  package let cases: Int
  /// Cases that nothing is to be done for: their features are there.
  package let reused: Int
  /// Cases whose features are stored, but whose files a worker looks at, and extracts where they have changed.
  package let checked: Int
  /// Cases whose files the submitter could not read.
  package let unseen: Int
  package let state: JobRecord.State
  /// Cases that have failed.
  package let failed: Int
  /// Whether more cases have failed than the budget allows, so that nothing of the job is claimed.
  package let isHeld: Bool
  /// Cases that a reader of the pictures marked.
  package let marked: Int
  /// Cases that are to be extracted, although features of them are stored for the other default of `orientation`.
  package let storedOtherwise: Int

  package init(
    job: Int64, wasKnown: Bool, cases: Int, reused: Int, checked: Int = 0, unseen: Int = 0,
    state: JobRecord.State = .running, failed: Int = 0, isHeld: Bool = false, marked: Int = 0,
    storedOtherwise: Int = 0
  ) {
    self.storedOtherwise = storedOtherwise
    self.marked = marked
    self.job = job
    self.wasKnown = wasKnown
    self.cases = cases
    self.reused = reused
    self.checked = checked
    self.unseen = unseen
    self.state = state
    self.failed = failed
    self.isHeld = isHeld
  }

  /// Cases that are to be extracted.
  package var toExtract: Int { cases - reused - checked }
}

/// What becomes of a study that was submitted before.
package enum Resubmission: Sendable {
  /// The job of before, unless the submitter sees that files have changed since.
  case known
  /// A new job, which uses stored features of files that are as they were.
  case anew
  /// A new job in which workers look at all files, whatever is stored: the submitter may not see them.
  case looking
}

extension StudyStore {
  /// Submits a study: cases, job and tasks in one transaction. The same study is the same job, whatever files the
  /// submitter can read.
  ///
  /// Stored features serve a case whose files are known, unless the submitter sees other files than are known: then a worker
  /// looks at them.
  /// - Parameters:
  ///   - featureNames: names of the cases' values, where the study begins from a table of features.
  ///   - budget: how many cases may fail before the study is held; nil: any number. The last submission of a study decides.
  ///   - hasMarks: whether the cases' marks are all there are: those marked before, and not now, count again.
  ///   - keepsPictures: whether pictures of the regions are stored, if the study is new.
  ///   - counterpart: the study with the other default of `orientation`, where the study file leaves it to the default: cases of which
  ///     only its features are stored are counted.
  ///   - progress: is told of each batch, from within the transaction.
  package func submit(
    _ study: Study, cohort: String, cases: [SubmittedCase], featureNames: [String] = [],
    again: Resubmission = .known, budget: FailureBudget? = .standard, hasMarks: Bool = false,
    keepsPictures: Bool = false, counterpart: Study? = nil,
    progress: @escaping ProgressReport = { _ in }
  ) async throws -> Submission {
    let request = SubmissionRequest(
      study: study, cohort: cohort, cases: cases, featureNames: featureNames, again: again, budget: budget,
      hasMarks: hasMarks, keepsPictures: keepsPictures, counterpart: counterpart, progress: progress)
    return try await connection.transaction { session in try request.submit(in: session) }
  }
}

/// A study that is being submitted, in one transaction.
private struct SubmissionRequest: Sendable {
  private let study: Study
  private let cohort: String
  private let cases: [SubmittedCase]
  private let table: FeatureTableRows?
  /// Lists of names by source, in the order of the study's recipes; none where a table has the features.
  private let names: [[[String]]]
  private let again: Resubmission
  /// How many extractions may fail.
  private let failuresAllowed: Int32?
  private let hasMarks: Bool
  private let keepsPictures: Bool
  private let counterpart: Study?
  private let progress: ProgressReport
  /// Of all attempts at this study.
  private let key: [UInt8]

  init(
    study: Study, cohort: String, cases: [SubmittedCase], featureNames: [String], again: Resubmission,
    budget: FailureBudget?, hasMarks: Bool, keepsPictures: Bool, counterpart: Study?,
    progress: @escaping ProgressReport
  ) {
    self.counterpart = counterpart
    self.hasMarks = hasMarks
    self.keepsPictures = keepsPictures
    self.study = study
    self.cohort = cohort
    // Places are sorted, not the cases, which are large.
    self.cases = cases.indices.sorted {
      (
        cases[$0].row.site, cases[$0].row.subject, cases[$0].row.image, cases[$0].row.mask, cases[$0].label,
        regionOrder(segment: cases[$0].row.segment, ring: cases[$0].row.ring)
          + "\n\(cases[$0].row.choice?.text ?? "")"
      )
        < (
          cases[$1].row.site, cases[$1].row.subject, cases[$1].row.image, cases[$1].row.mask, cases[$1].label,
          regionOrder(segment: cases[$1].row.segment, ring: cases[$1].row.ring)
            + "\n\(cases[$1].row.choice?.text ?? "")"
        )
    }.map { cases[$0] }
    table = study.table.map { FeatureTableRows(source: $0, names: featureNames) }
    names = study.recipes.map { study.table == nil ? Extraction.featureNames(of: $0.source, in: study) : [] }
    self.again = again
    failuresAllowed = budget.map {
      let tasks =
        ([study.sources] + study.variants.map(study.sources(of:))).reduce(0) {
          $0 + (study.deep?.task == .own ? $1.count : 1)
        }
      return Int32(clamping: $0.allowed(cases: cases.count, tasksOfCase: tasks))
    }
    self.progress = progress
    key = Self.key(of: study, cohort: cohort, cases: self.cases, attempt: 0)
  }

  func submit(in session: PostgresSession) throws -> Submission {
    // Statistics know nothing of rows just written: whatever they say, large tables are read by their indexes.
    try session.execute("SET LOCAL enable_seqscan = off")
    // Between two statements the plan of 126,000 cases is computed, which takes longer than the database's minute on a machine that is busy.
    try session.execute("SET LOCAL idle_in_transaction_session_timeout = '10min'")
    let ingested = try StudyStore.ingest(
      cases, cohort: cohort, replacesDigests: table != nil, progress: progress, in: session)
    var attempt = 0
    if let (job, last) = try lastJob(in: session) {
      let isAsBefore =
        switch again {
        case .known:
          // A job from which somebody was erased is another one than what is submitted now.
          try StudyStore.caseCount(of: job, in: session) == cases.count
            && StudyStore.changedCases(cases, ingested.cases, since: job, in: session) == 0
        case .anew, .looking: false
        }
      if isAsBefore {
        try applyMarks(ingested, job: job, in: session)
        return try found(job, in: session)
      }
      attempt = Int(last) + 1
    }
    return try plan(ingested, attempt: attempt, in: session)
  }

  /// The newest job of this study, and which attempt it is.
  private func lastJob(in session: PostgresSession) throws(PostgresError) -> (Int64, Int32)? {
    try session.query(
      "SELECT job_id, attempt FROM trabecula.study WHERE submission = $1 ORDER BY attempt DESC LIMIT 1", key
    ).first?.decode(Int64.self, Int32.self)
  }

  private func found(_ job: Int64, in session: PostgresSession) throws -> Submission {
    try TaskQueue.setFailureBudget(failuresAllowed, of: job, in: session)
    let (state, isHeld, open, failed) = try session.query(
      """
      SELECT state, over_budget IS NOT NULL, (SELECT count(*) FROM trabecula.job_case c WHERE c.job_id = j.job_id AND c.state = 'pending'),
          (SELECT count(*) FROM trabecula.job_case c WHERE c.job_id = j.job_id AND c.state = 'failed')
        FROM queue.job j WHERE job_id = $1
      """, job
    ).only().decode(String.self, Bool.self, Int.self, Int.self)
    return Submission(
      job: job, wasKnown: true, cases: cases.count, reused: cases.count - open, unseen: unseen,
      state: try JobRecord.State(answered: state), failed: failed, isHeld: isHeld, marked: marked)
  }

  private var marked: Int { cases.count { $0.mark != nil } }

  /// Takes marked cases out of the job, and those in again whose mark is gone.
  private func applyMarks(_ ingested: IngestedCases, job: Int64, in session: PostgresSession)
    throws(PostgresError)
  {
    guard hasMarks else { return }
    let marked = zip(ingested.cases, cases).filter { $1.mark != nil }
    try session.execute(
      "SELECT trabecula.apply_marks($1, $2, $3)", job, marked.map { $0.0 }, marked.map { $0.1.mark ?? "" })
  }

  private var unseen: Int { cases.count { $0.imageSHA256 == nil || $0.maskSHA256 == nil } }

  private func plan(_ ingested: IngestedCases, attempt: Int, in session: PostgresSession) throws -> Submission
  {
    let (job, wasKnown) = try TaskQueue.planJob(
      key: attempt == 0 ? key : Self.key(of: study, cohort: cohort, cases: cases, attempt: attempt),
      name: study.name, requirements: [TaskNeed.extractor(Release.extractor).text],
      failureBudget: failuresAllowed, in: session)
    if wasKnown { return try found(job, in: session) }
    try session.execute(
      """
      INSERT INTO trabecula.study (job_id, cohort_id, study, submission, attempt, keeps_pictures)
        VALUES ($1, $2, $3, $4, $5, $6)
      """, job, ingested.cohort, study.canonicalJSON, key, Int32(attempt), keepsPictures)
    try StudyStore.write(study.recipes, names: names, of: study, as: job, in: session)
    try table?.store(cases, in: session)
    let plan = try extractions(ingested, in: session)
    let tasks = try Extract.plan(
      plan, of: cases, at: ingested.sites, job: job, draws: keepsPictures, in: session)
    try Bootstrap.plan(study, job: job, in: session)
    try Aggregate.plan(study, job: job, in: session)
    progress(SubmissionProgress(step: .tasks, done: tasks.count, total: tasks.count))
    try StudyStore.start(
      job: job, of: cases, ingested.cases, tasks: tasks, reused: plan.reused, in: session)
    try applyMarks(ingested, job: job, in: session)
    let withTasks = Set(plan.tasks.map(\.index))
    return Submission(
      job: job, wasKnown: false, cases: cases.count, reused: cases.count - withTasks.count,
      checked: plan.checked,
      unseen: unseen, marked: marked,
      storedOtherwise: try storedOtherwise(withTasks, of: ingested, in: session))
  }

  /// How many of these cases have all their features stored for the other default of `orientation`.
  private func storedOtherwise(_ open: Set<Int>, of ingested: IngestedCases, in session: PostgresSession)
    throws(PostgresError) -> Int
  {
    guard let counterpart else { return 0 }
    let keys = open.sorted().map { Array(self.keys(of: $0, in: counterpart, ingested).values) }
    let stored = try StudyStore.knownRows(among: keys.flatMap(\.self), in: session)
    return keys.count { !$0.isEmpty && $0.allSatisfy(stored.contains) }
  }

  /// Keys of a case's features by source. Its files are those that the submitter sees, else those that are known.
  private func keys(of index: Int, in study: Study, _ ingested: IngestedCases) -> [FeatureSource: [UInt8]] {
    let item = cases[index]
    return item.featureKeys(
      study, of: study.recipes, image: item.imageSHA256 ?? ingested.imageSHA256[index],
      mask: item.maskSHA256 ?? ingested.maskSHA256[index])
  }

  /// Whether a variant is of use for a case: perturbations serve the training part only, and some cases are known not to be in it.
  private func mayTrain(_ item: SubmittedCase, _ variant: RegionVariant) -> Bool {
    guard case .perturbed = variant else { return true }
    return item.row.split != .external && (study.split != .column || item.row.split != .test)
  }

  /// What is extracted in place of the regions of the cases that models use, with its keys where its files are known.
  private func varied(_ ingested: IngestedCases) -> [ExtractionPlan.Varied] {
    study.variants.flatMap { variant in
      let sources = study.sources(of: variant)
      let recipes = study.recipes.filter { sources.contains($0.source) }
      return cases.indices.filter { cases[$0].serves && mayTrain(cases[$0], variant) }.map { index in
        let item = cases[index]
        let keys = item.featureKeys(
          study, of: recipes, image: item.imageSHA256 ?? ingested.imageSHA256[index],
          mask: item.maskSHA256 ?? ingested.maskSHA256[index], variant: variant)
        return ExtractionPlan.Varied(index: index, variant: variant, sources: sources, keys: keys)
      }
    }
  }

  /// Which tasks are needed. A case's files are those that the submitter sees, else those that are known; where the two
  /// differ, a worker looks.
  private func extractions(_ ingested: IngestedCases, in session: PostgresSession) throws -> ExtractionPlan {
    let keys = cases.enumerated().map { index, item in
      guard let table else { return self.keys(of: index, in: study, ingested) }
      return table.key(of: item).map { [.handcrafted: $0] } ?? [:]
    }
    let varied = varied(ingested)
    let stored = try StudyStore.knownRows(
      among: keys.flatMap(\.values) + varied.flatMap(\.keys.values), in: session)
    return ExtractionPlan(study, keys: keys, varied: varied, stored: stored) { index in
      guard table == nil else { return false }
      if case .looking = again { return true }
      let (image, mask) = (cases[index].imageSHA256, cases[index].maskSHA256)
      return image.map { $0 != ingested.imageSHA256[index] } ?? false
        || mask.map { $0 != ingested.maskSHA256[index] } ?? false
    }
  }

  /// What a job depends on, as far as all who submit it agree: never on which files they can read. The values of a
  /// feature table are part of it, by their digests.
  private static func key(of study: Study, cohort: String, cases: [SubmittedCase], attempt: Int) -> [UInt8] {
    let hasTable = study.table != nil
    let parts = cases.flatMap { submitted in
      [
        canonicalBytes(of: submitted.row), Data(String(submitted.label).utf8),
        Data(hasTable ? submitted.imageSHA256 ?? [] : []), Data(hasTable ? submitted.maskSHA256 ?? [] : []),
      ]
    }
    return sha256(
      [
        Data("job".utf8), Data(study.canonicalJSON.utf8), Data(cohort.utf8), Data(Release.extractor.utf8),
        Data(String(attempt).utf8),
      ] + parts)
  }
}

extension SubmittedCase {
  /// Whether models may use it: neither a repeat segmentation nor of unknown outcome.
  fileprivate var serves: Bool {
    row.outcome != nil && row.extra[Manifest.repeatColumn].flatMap { $0.isEmpty ? nil : $0 } == nil
  }

  /// Keys of its features in a study by source, or of those of a variant of its region; empty where its files are not known.
  fileprivate func featureKeys(
    _ study: Study, of recipes: [FeatureRecipe], image: [UInt8]?, mask: [UInt8]?,
    variant: RegionVariant? = nil
  ) -> [FeatureSource: [UInt8]] {
    guard let image, let mask else { return [:] }
    let site = study.owner(ofRowsAt: row.site)
    return Dictionary(
      uniqueKeysWithValues: recipes.map {
        (
          $0.source,
          FeatureKey(
            image: image, mask: mask, label: label, segment: row.segment, ring: row.ring, variant: variant,
            recipe: $0, site: site
          ).bytes
        )
      })
  }
}
