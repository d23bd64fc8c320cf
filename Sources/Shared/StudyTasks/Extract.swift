import Digests
import Extraction
import FileSources
import Foundation
import ImageFiles
import ImageFilters
import NeuralNet
import Postgres
import RegionPictures
import StudyPlan
import StudyStore
import TaskQueue
import WorkerCore

/// Kind `extract`: the features of one region of one image.
///
/// Beside it, `SQL/extract.sql` has what ends such a task, what its failure costs and what a retry does again;
/// `Extract+Needs` what a machine must have for it, `Extract+Pictures` what becomes of pictures.
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
    /// The ring around the region that is meant in its place.
    package var ring: RegionRing?
    /// What is meant in place of both, for a control of a model.
    package var variant: RegionVariant?
    /// What to compute; sources that are stored already are left out.
    package var sources: [FeatureSource]
    /// Whose files they are.
    package var site: String
    /// True where a picture of the region is wanted, too.
    package var picture: Bool?

    package init(
      image: String, mask: String, label: UInt32, segment: String? = nil, choice: ImageChoice? = nil,
      ring: RegionRing? = nil, variant: RegionVariant? = nil,
      sources: [FeatureSource], site: String, picture: Bool? = nil
    ) {
      self.variant = variant
      self.choice = choice
      self.picture = picture
      self.image = image
      self.mask = mask
      self.label = label
      self.segment = segment
      self.ring = ring
      self.sources = sources
      self.site = site
    }
  }

  package struct Outcome: Equatable, Sendable {
    package var imageSHA256: [UInt8]
    package var maskSHA256: [UInt8]
    package var label: UInt32
    package var segment: String?
    package var ring: RegionRing?
    package var variant: RegionVariant?
    /// One for each source that the task was to compute.
    package var rows: [Row]
    /// Where one was wanted, and the region lies in the image.
    package var picture: Picture?

    package init(
      imageSHA256: [UInt8], maskSHA256: [UInt8], label: UInt32, segment: String? = nil,
      ring: RegionRing? = nil, variant: RegionVariant? = nil, rows: [Row], picture: Picture? = nil
    ) {
      self.variant = variant
      self.picture = picture
      self.imageSHA256 = imageSHA256
      self.maskSHA256 = maskSHA256
      self.label = label
      self.segment = segment
      self.ring = ring
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

  /// Where the regions' files lie.
  let source: any FileSource
  let networks: DeepNetworks
  private let studies: PreparedStudies
  /// Where pictures are kept on this machine, whatever the study does with them.
  let pictures: PictureFolder?

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
      let isDrawn = draws && task.variant == nil && drawn.insert(task.index).inserted
      let (item, site) = (cases[task.index], sites[task.index])
      let payload = Payload(
        image: item.row.image, mask: item.row.mask, label: item.label, segment: item.row.segment,
        choice: item.row.choice, ring: item.row.ring, variant: task.variant, sources: task.sources,
        site: item.row.site, picture: isDrawn ? true : nil)
      return TaskDraft(
        site: site, payload: String(decoding: canonicalBytes(of: payload), as: UTF8.self),
        needs: ([.files(site: item.row.site)] + task.needs).map(\.text))
    }
    let ids = try TaskQueue.plan([StageDraft(kind: name, tasks: tasks)], of: job, in: session)[0]
    return zip(ids, plan.tasks).map { (id: $0, index: $1.index) }
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
        var location = RegionLocation(
          image: root.appendingPathComponent(payload.image),
          mask: root.appendingPathComponent(payload.mask),
          label: payload.label, segment: payload.segment, choice: payload.choice, ring: payload.ring,
          site: study.owner(ofRowsAt: payload.site))
        location.variant = payload.variant
        let found = try await extractor.extract(
          location, cache: StoredRows(job: task.job, tools: tools), on: tools.computation
        ) { [pictures] name in
          payload.picture == true || payload.variant == nil && pictures.map { !$0.holds(name) } ?? false
        }
        try keep(found.picture, named: found.pictureName, of: payload)
        return Outcome(
          imageSHA256: found.imageSHA256, maskSHA256: found.maskSHA256, label: payload.label,
          segment: payload.segment, ring: payload.ring, variant: payload.variant, rows: found.entries,
          picture: payload.picture == true ? found.picture.map(Picture.init) : nil)
      }
    } catch let error as FileSourceError {
      throw Self.taskError(error, needing: .files(site: payload.site))
    } catch {
      let failure = tools.taskError(error)
      guard let missing = Self.fileFailure(failure) else { throw failure }
      guard let reason = try await lack(ofFilesAt: payload.site, tools) else { throw .notHere(missing) }
      throw .needNotMet(TaskNeed.files(site: payload.site).text, because: reason)
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
      "SELECT trabecula.complete_extract($1, $2, $3, $4, $5, $6, $7, $8)", worker, task.id, task.fence,
      PostgresJSON(String(decoding: canonicalBytes(of: StoredRegion(found)), as: UTF8.self)),
      found.rows.map(\.json), found.rows.flatMap { $0.values ?? [] }, found.picture?.png,
      found.picture.map { PostgresJSON($0.measurements) })
  }
}

/// Which region of which files an extraction is of, as the database reads it.
private struct StoredRegion: Encodable {
  private let imageSHA256: String
  private let maskSHA256: String
  private let label: UInt32
  private let segment: String?
  private let ring: RegionRing?
  private let variant: RegionVariant?

  private enum CodingKeys: String, CodingKey {
    case imageSHA256 = "image_sha256"
    case maskSHA256 = "mask_sha256"
    case label, segment, ring, variant
  }

  init(_ found: Extract.Outcome) {
    imageSHA256 = "\\x\(found.imageSHA256.hexadecimal)"
    maskSHA256 = "\\x\(found.maskSHA256.hexadecimal)"
    (label, segment, ring, variant) = (found.label, found.segment, found.ring, found.variant)
  }
}

extension Extract.Row {
  /// What the database reads of it beside its values.
  fileprivate var json: PostgresJSON {
    PostgresJSON(#"{"set":\#(set),"values":\#(values?.count ?? 0),"diagnostics":\#(diagnostics)}"#)
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
    /// What is extracted in place of the region.
    var variant: RegionVariant? = nil
  }

  /// What stands in place of a case's region.
  struct Varied {
    var index: Int
    var variant: RegionVariant
    /// What is computed of it.
    var sources: [FeatureSource]
    /// Where its files are known.
    var keys: [FeatureSource: [UInt8]]
  }

  /// Those that need nothing first, then those that need the network's weights; of each, regions before what stands in their place,
  /// in the order of the cases.
  let tasks: [Task]
  /// Stored features that cases use, by the place of the case.
  let reused: [(index: Int, key: [UInt8])]
  /// Cases with tasks that compute nothing if the files are what they are thought to be: all features are stored.
  let checked: Int

  /// - Parameters:
  ///   - keys: of each case by source; none where nobody knows its files.
  ///   - varied: what stands in place of regions.
  ///   - stored: keys of features that need not be computed.
  ///   - mustLook: whether a worker is to look at the files of a case, whatever is stored.
  init(
    _ study: Study, keys: [[FeatureSource: [UInt8]]], varied: [Varied] = [],
    stored: Set<[UInt8]>,
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
      tasks += Self.parts(missing, of: study).map {
        Task(index: index, sources: $0, needs: $0.contains(.deep) ? weights : [])
      }
    }
    for item in varied {
      let known =
        mustLook(item.index) ? [:] : item.keys.filter { stored.contains($0.value) }
      reused += item.sources.compactMap { known[$0] }.map { (item.index, $0) }
      tasks += Self.parts(item.sources.filter { known[$0] == nil }, of: study).map {
        Task(
          index: item.index, sources: $0, needs: $0.contains(.deep) ? weights : [], variant: item.variant)
      }
    }
    self.tasks =
      tasks.filter { !$0.sources.contains(.deep) } + tasks.filter { $0.sources.contains(.deep) }
    self.reused = reused
    self.checked = checked
  }
}

extension ExtractionPlan {
  /// Sources that one task computes together.
  private static func parts(_ sources: [FeatureSource], of study: Study) -> [[FeatureSource]] {
    study.deep?.task == .own ? sources.map { [$0] } : sources.isEmpty ? [] : [sources]
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

  /// Those of the keys that have a row, whoever wrote it: what a coordinator asks.
  static func knownRows(among keys: [[UInt8]], in session: PostgresSession) throws(PostgresError) -> Set<
    [UInt8]
  > {
    var known: Set<[UInt8]> = []
    for start in stride(from: 0, to: keys.count, by: keysInStatement) {
      let rows = try session.query(
        "SELECT feature_key FROM trabecula.feature_row WHERE feature_key = ANY ($1)",
        Array(keys[start..<min(start + keysInStatement, keys.count)]))
      for row in rows { known.insert(try row.decode(at: 0)) }
    }
    return known
  }

  /// So that no statement lasts long, however many cases there are.
  private static let keysInStatement = 2_000

  /// Which of these feature rows are stored, each with the id of its feature set.
  package func storedRows(among keys: [FeatureKey]) async throws(PostgresError) -> [FeatureKey: Int32] {
    let rows = try await connection.query(
      "SELECT feature_key, feature_set_id FROM trabecula.stored_rows($1)", keys.map(\.bytes))
    var stored: [FeatureKey: Int32] = [:]
    for row in rows { stored[FeatureKey(try row.decode(at: 0))] = try row.decode(at: 1, as: Int32.self) }
    return stored
  }

  /// Id of that feature set of a job whose names have a digest; nil where the job has no such set.
  package func featureSet(named digest: [UInt8], of job: Int64) async throws(PostgresError) -> Int32? {
    try await connection.query("SELECT trabecula.feature_set_named($1, $2, $3)", reader, job, digest).scalar(
      as: Int32?.self)
  }
}
