import Cancellation
import Extraction
import FileSources
import Foundation
import ImageFiles
import NeuralNet
import Postgres
import RegionPictures
import StudyPlan
import StudyStore
import TaskQueue
import WorkerCore

/// Kind `extract`: the features of one region of one image.
///
/// Beside it, `SQL/extract.sql` has what ends such a task, what its failure costs and what a retry does again.
package struct Extract: TaskKind {
  package static let name = "extract"
  package static let mostStoredTogether = 1

  package struct Payload: Codable, Equatable, Sendable {
    /// Relative to the worker's root.
    package var image: String
    package var mask: String
    package var label: UInt32
    /// Of the mask, where the region is known by one.
    package var segment: String?
    /// Which part of the image is meant, where it is not one.
    package var choice: ImageChoice?
    /// What to compute; sources that are stored already are left out.
    package var sources: [FeatureSource]
    /// Whose files they are.
    package var site: String
    /// True where a picture of the region is wanted, too.
    package var picture: Bool?

    package init(
      image: String, mask: String, label: UInt32, segment: String? = nil, choice: ImageChoice? = nil,
      sources: [FeatureSource], site: String, picture: Bool? = nil
    ) {
      self.choice = choice
      self.picture = picture
      self.image = image
      self.mask = mask
      self.label = label
      self.segment = segment
      self.sources = sources
      self.site = site
    }
  }

  package struct Outcome: Equatable, Sendable {
    package var imageSHA256: [UInt8]
    package var maskSHA256: [UInt8]
    package var label: UInt32
    package var segment: String?
    /// One for each source that the task was to compute.
    package var rows: [Row]
    /// Where one was wanted, and the region lies in the image.
    package var picture: Picture?

    package init(
      imageSHA256: [UInt8], maskSHA256: [UInt8], label: UInt32, segment: String? = nil, rows: [Row],
      picture: Picture? = nil
    ) {
      self.picture = picture
      self.imageSHA256 = imageSHA256
      self.maskSHA256 = maskSHA256
      self.label = label
      self.segment = segment
      self.rows = rows
    }
  }

  /// A feature row that a case uses.
  package struct Row: Equatable, Sendable {
    package var key: FeatureKey
    /// Id of its feature set.
    package var set: Int32
    /// nil where the row is stored already.
    package var values: [Double]?
    /// JSON: warnings and what was seen of the region.
    package var diagnostics: String

    package init(key: FeatureKey, set: Int32, values: [Double]?, diagnostics: String = "{}") {
      self.key = key
      self.set = set
      self.values = values
      self.diagnostics = diagnostics
    }
  }

  /// A picture of the region, and what was measured of it, as JSON.
  package struct Picture: Equatable, Sendable {
    package var png: [UInt8]
    package var measurements: String

    package init(png: [UInt8], measurements: String) {
      self.png = png
      self.measurements = measurements
    }
  }

  /// Where the regions' files lie.
  private let source: any FileSource
  private let networks: DeepNetworks
  private let studies: PreparedStudies
  /// Where pictures are kept on this machine, whatever the study does with them.
  private let pictures: PictureFolder?

  /// - Parameters:
  ///   - source: where image paths count from.
  ///   - weights: files of network weights that do not lie in the source.
  ///   - pictures: a folder on this machine that gets a picture of each region, too.
  package init(
    source: any FileSource, weights: [URL], studies: PreparedStudies, pictures: PictureFolder? = nil
  ) {
    self.pictures = pictures
    self.source = source
    self.studies = studies
    networks = DeepNetworks(source: source, given: weights)
  }

  /// Plans the tasks of a job's cases.
  /// - Parameter draws: whether the first task of each case is to send a picture of its region.
  /// - Returns: the number of each task, and the place of its case.
  static func plan(
    _ plan: ExtractionPlan, of cases: [SubmittedCase], at sites: [Int32], job: Int64,
    draws: Bool = false, in session: PostgresSession
  ) throws(PostgresError) -> [(id: Int64, index: Int)] {
    var drawn: Set<Int> = []
    let tasks = plan.tasks.map { task in
      let isDrawn = draws && drawn.insert(task.index).inserted
      let (item, site) = (cases[task.index], sites[task.index])
      let payload = Payload(
        image: item.row.image, mask: item.row.mask, label: item.label, segment: item.row.segment,
        choice: item.row.choice, sources: task.sources, site: item.row.site, picture: isDrawn ? true : nil)
      return TaskDraft(
        site: site, payload: String(decoding: canonicalBytes(of: payload), as: UTF8.self),
        needs: ([.files(site: item.row.site)] + task.needs).map(\.text))
    }
    let ids = try TaskQueue.plan([StageDraft(kind: name, tasks: tasks)], of: job, in: session)[0]
    return zip(ids, plan.tasks).map { (id: $0, index: $1.index) }
  }

  package func canOffer(_ need: String, with tools: TaskTools) async throws(TaskError) -> OfferAnswer {
    switch TaskNeed(text: need) {
    case .weights(let name, let digest)?:
      let networks = networks
      let weights = DeepWeights(name: name, sha256: digest)
      let lack = try await lack(tools) { try await networks.lack(of: weights, on: $0) }
      return lack.map { OfferAnswer.no(because: $0) } ?? .yes
    case .extractor(let version)?:
      return version == Release.extractor
        ? .yes : .no(because: "this worker extracts by \(Release.extractor)")
    case .files(let site)?:
      let lack = try await lack(ofFilesAt: site, tools)
      return lack.map { OfferAnswer.no(because: $0) } ?? .yes
    case nil: return .isUnknown
    }
  }

  package func perform(
    _ payload: Payload, of task: ClaimedTask, with tools: TaskTools
  ) async throws(TaskError) -> Outcome {
    let study = try await studies.study(of: task.job, with: tools)
    let extractor = RegionExtractor(try await methods(payload.sources, of: study, with: tools))
    do {
      return try await source.withFiles(
        [payload.image, payload.mask], on: tools.computation, companion: ImageFileContents.dataFile(namedBy:)
      ) { root in
        let found = try await extractor.extract(
          RegionLocation(
            image: root.appendingPathComponent(payload.image),
            mask: root.appendingPathComponent(payload.mask),
            label: payload.label, segment: payload.segment, choice: payload.choice,
            site: study.owner(ofRowsAt: payload.site)),
          cache: StoredRows(job: task.job, tools: tools), on: tools.computation
        ) { [pictures] name in
          payload.picture == true || pictures.map { !$0.holds(name) } ?? false
        }
        try keep(found.picture, named: found.pictureName, of: payload)
        return Outcome(
          imageSHA256: found.imageSHA256, maskSHA256: found.maskSHA256, label: payload.label,
          segment: payload.segment, rows: found.entries,
          picture: payload.picture == true ? found.picture.map(Picture.init) : nil)
      }
    } catch let error as FileSourceError {
      throw Self.taskError(error, needing: .files(site: payload.site))
    } catch {
      let failure = tools.taskError(error)
      guard Self.isOfFiles(failure), let reason = try await lack(ofFilesAt: payload.site, tools) else {
        throw failure
      }
      throw .needNotMet(TaskNeed.files(site: payload.site).text, because: reason)
    }
  }

  /// Puts a picture into this machine's folder, if it has one.
  private func keep(_ picture: RegionPicture?, named name: String, of payload: Payload) throws(StudyTaskError)
  {
    guard let pictures, let picture, !pictures.holds(name) else { return }
    let note = PictureFolder.Note(
      site: payload.site, image: payload.image, region: payload.segment ?? "label \(payload.label)",
      measurements: picture.measurements)
    do throws(ImageFileError) {
      try pictures.add(picture, note, named: name)
    } catch {
      throw StudyTaskError(
        code: "pictures-unwritable", sentence: "The worker's folder for pictures cannot be written.",
        remedy: "Look at its rights and its disk, or start the worker without --pictures.", isTransient: true)
    }
  }

  /// Whether a file could not be opened, for which a machine may be to blame.
  private static func isOfFiles(_ error: TaskError) -> Bool {
    guard case .failure(let failure) = error else { return false }
    return ["not-found", "unreadable"].contains(failure.code)
  }

  /// Why this machine does not have a site's files: a wrong root, a mount that is not there, or hangs. A file that is missing
  /// while others of its site are there is its case's fault.
  /// - Returns: nil where it has, or where there is no file to judge by.
  private func lack(ofFilesAt site: String, _ tools: TaskTools) async throws(TaskError) -> String? {
    let paths = try await tools.fetch {
      try await StudyStore($0).someFiles(of: site, for: tools.worker)
    }
    guard !paths.isEmpty else { return nil }
    return try await lack(tools) { look in
      try await source.hasAny(of: paths, on: look)
        ? nil : "none of \(paths.count) of its files can be read below --root"
    }
  }

  /// What a look says is lacking; a source that hangs, or cannot be asked, is lacking too.
  private func lack(_ tools: TaskTools, _ look: @Sendable (Computation) async throws -> String?)
    async throws(TaskError) -> String?
  {
    let answer: String?? = try await tools.look(by: { computation in
      do {
        return try await look(computation)
      } catch let error as FileSourceError {
        return error.description
      }
    })
    guard let answer else {
      return source.folder == nil
        ? "\(source.name) did not answer in time" : "the file system below --root did not answer in time"
    }
    return answer
  }

  /// A task that names what nobody may read, or can, fails; what a machine lacks is left to others.
  private static func taskError(_ error: FileSourceError, needing need: TaskNeed) -> TaskError {
    switch error.code {
    case .outside:
      .failure(
        TaskFailure(
          code: "path-outside", sentence: "The task names a file that does not lie below the worker's root.",
          remedy: "Correct the path in the manifest, and submit the study again.", isRetryable: false))
    case .tooLarge:
      .failure(
        TaskFailure(
          code: "too-large", sentence: error.description.sentence, remedy: "Crop the image.",
          isRetryable: false))
    case .unusableName:
      .failure(
        TaskFailure(
          code: "unusable-name", sentence: error.description.sentence,
          remedy: "Rename the file, correct the manifest, and submit the study again.", isRetryable: false))
    default: .needNotMet(need.text, because: error.description)
    }
  }

  private func methods(
    _ sources: [FeatureSource], of study: Study, with tools: TaskTools
  ) async throws(TaskError) -> [any FeatureMethod] {
    var methods: [any FeatureMethod] = []
    for source in study.sources where sources.contains(source) {
      switch (source, study.deep) {
      case (.deep, let plan?):
        let network = try await network(of: plan.weights, with: tools)
        methods.append(DeepFeatures(plan, reading: study.extraction, network: network))
      case (.handcrafted, _), (.deep, nil): methods.append(HandcraftedFeatures(study.extraction))
      }
    }
    return methods
  }

  private func network(of weights: DeepWeights, with tools: TaskTools) async throws(TaskError)
    -> DeepExtractor
  {
    do {
      return try await networks.extractor(weights)
    } catch let error as WeightsUnavailable {
      let need = TaskNeed.weights(name: weights.name, sha256: weights.sha256 ?? "")
      throw .needNotMet(need.text, because: error.description)
    } catch let error as FileSourceError {
      throw Self.taskError(error, needing: .weights(name: weights.name, sha256: weights.sha256 ?? ""))
    } catch {
      throw tools.taskError(error)
    }
  }

  package func store(
    _ ended: [EndedTask<Outcome>], by worker: Int64, on connection: PostgresConnection
  ) async throws -> [Int64: Verdict] {
    let answers = try await connection.pipeline(ended.map { Self.statement($0.task, $0.outcome, worker) })
    var verdicts: [Int64: Verdict] = [:]
    for (item, answer) in zip(ended, answers) {
      verdicts[item.task.id] = try Verdict(answered: answer.scalar(as: String.self))
    }
    return verdicts
  }

  private static func statement(_ task: ClaimedTask, _ found: Outcome, _ worker: Int64) -> PostgresStatement {
    PostgresStatement(
      "SELECT trabecula.complete_extract($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
      worker, task.id, task.fence, found.rows.map(\.set), found.imageSHA256, found.maskSHA256,
      Int64(found.label), found.segment, found.rows.map { Int32($0.values?.count ?? 0) },
      found.rows.flatMap { $0.values ?? [] }, found.rows.map { PostgresJSON($0.diagnostics) },
      found.picture?.png, found.picture.map { PostgresJSON($0.measurements) })
  }
}

extension Extract.Picture {
  fileprivate init(_ picture: RegionPicture) {
    self.init(
      png: picture.png,
      measurements: String(decoding: canonicalBytes(of: picture.measurements), as: UTF8.self))
  }
}

/// Which tasks extract a study's cases, and which features are there already.
struct ExtractionPlan {
  struct Task: Equatable {
    /// Place of the case in the order of submission.
    var index: Int
    var sources: [FeatureSource]
    /// What its worker must have beyond the extractor.
    var needs: [TaskNeed] = []
  }

  /// Those that need nothing first, then those that need the network's weights, each in the order of the cases.
  let tasks: [Task]
  /// Stored features that cases use, by the place of the case.
  let reused: [(index: Int, key: [UInt8])]
  /// Cases with tasks that compute nothing if the files are what they are thought to be: all features are stored.
  let checked: Int

  /// - Parameters:
  ///   - keys: of each case by source; none where nobody knows its files.
  ///   - stored: keys of features that need not be computed.
  ///   - mustLook: whether a worker is to look at the files of a case, whatever is stored.
  init(
    _ study: Study, keys: [[FeatureSource: [UInt8]]], stored: Set<[UInt8]>,
    mustLook: (Int) -> Bool = { _ in false }
  ) {
    let weights = study.deep?.weights.need.map { [$0] } ?? []
    var tasks: [Task] = []
    var reused: [(index: Int, key: [UInt8])] = []
    var checked = 0
    for (index, keys) in keys.enumerated() {
      var missing: [FeatureSource] = []
      var found: [(index: Int, key: [UInt8])] = []
      for source in study.sources {
        if let key = keys[source], stored.contains(key) {
          found.append((index, key))
        } else {
          missing.append(source)
        }
      }
      if mustLook(index) {
        checked += missing.isEmpty ? 1 : 0
        missing = study.sources
      } else {
        reused += found
      }
      let parts = study.deep?.task == .own ? missing.map { [$0] } : missing.isEmpty ? [] : [missing]
      tasks += parts.map { Task(index: index, sources: $0, needs: $0.contains(.deep) ? weights : []) }
    }
    self.tasks =
      tasks.filter { !$0.sources.contains(.deep) } + tasks.filter { $0.sources.contains(.deep) }
    self.reused = reused
    self.checked = checked
  }
}

/// The rows of the database. New ones are written with the end of their task; before, they get the number of their
/// feature set.
private struct StoredRows: FeatureCache {
  let job: Int64
  let tools: TaskTools

  func entries(of keys: [FeatureKey]) async throws -> [FeatureKey: Extract.Row] {
    let stored = try await tools.fetch { try await StudyStore($0).storedRows(among: keys) }
    return stored.reduce(into: [:]) { $0[$1.key] = Extract.Row(key: $1.key, set: $1.value, values: nil) }
  }

  func add(_ rows: [FeatureRow]) async throws -> [Extract.Row] {
    var written: [Extract.Row] = []
    for row in rows {
      try row.features.checkRange()
      written.append(
        Extract.Row(
          key: row.key, set: try await set(of: row), values: row.features.values,
          diagnostics: String(decoding: canonicalBytes(of: row.features.diagnostics), as: UTF8.self)))
    }
    return written
  }

  /// The set of the job that has the names of a row.
  private func set(of row: FeatureRow) async throws -> Int32 {
    let digest = row.recipe.setDigest(names: row.features.names)
    let (job, tools) = (job, tools)
    let known = try await tools.fetch {
      try await StudyStore($0, reader: tools.worker).featureSet(named: digest, of: job)
    }
    guard let known else {
      throw StudyTaskError(
        code: "other-names",
        sentence: "The extraction gave \(row.features.names.count) features whose names are not the job's.",
        remedy: "Run workers of the program that submitted the job, or submit the study again.")
    }
    return known
  }
}

extension StudyStore {
  /// Sites of which a job has something left to extract, by name.
  package func sitesToExtract(of job: Int64) async throws(PostgresError) -> [String] {
    let rows = try await connection.query(
      """
      SELECT name FROM queue.site
        WHERE site_id IN (SELECT site_id FROM queue.live_task WHERE job_id = $1 AND kind = $2) ORDER BY name
      """, job, Extract.name)
    var names: [String] = []
    for row in rows { names.append(try row.decode(at: 0)) }
    return names
  }

  /// Which of these feature rows are stored, each with the id of its feature set.
  package func storedRows(among keys: [FeatureKey]) async throws(PostgresError) -> [FeatureKey: Int32] {
    let rows = try await connection.query(
      "SELECT feature_key, feature_set_id FROM trabecula.stored_rows($1)", keys.map(\.bytes))
    var stored: [FeatureKey: Int32] = [:]
    for row in rows { stored[FeatureKey(try row.decode(at: 0))] = try row.decode(at: 1, as: Int32.self) }
    return stored
  }

  /// Some images of a site, drawn at random from the running jobs: what a worker that serves it looks for below its root.
  func someFiles(of site: String, for worker: Int64) async throws(PostgresError) -> [String] {
    let rows = try await connection.query("SELECT image FROM trabecula.some_files($1, $2)", worker, site)
    var paths: [String] = []
    for row in rows { paths.append(try row.decode(at: 0)) }
    return paths
  }

  /// Id of that feature set of a job whose names have a digest; nil where the job has no such set.
  package func featureSet(named digest: [UInt8], of job: Int64) async throws(PostgresError) -> Int32? {
    try await connection.query("SELECT trabecula.feature_set_named($1, $2, $3)", reader, job, digest).scalar(
      as: Int32?.self)
  }
}
