import BatchExtraction
import NeuralNet
import StudyPlan
import StudyTasks

/// What is done with each case of `worker extract`.
struct ExtractionJob: Sendable {
  enum Outcome: Sendable {
    case known(ResultJournal.Place)
    case computed(ResultJournal.Place, warnings: [String])
    case valid
    case failed(StudyTaskError)
  }

  struct Deep: Sendable {
    var network: DeepExtractor
    /// With the digest of the weights.
    var plan: DeepPlan
  }

  var parameters: ExtractionParameters
  /// Deep features too, after the hand-crafted ones.
  var deep: Deep?
  /// Reads and checks everything, computes nothing.
  var onlyValidates: Bool

  /// Reads a case, and computes it unless the journal has its result.
  /// - Throws: `BatchError` where the journal cannot be written.
  func outcome(of row: ExtractionBatch.Row, in journal: ResultJournal) throws(BatchError) -> Outcome {
    var parameters = parameters
    if let channel = row.labelChannel { parameters.labelChannel = channel }
    let label = row.label ?? parameters.label
    let key: CaseKey
    let found: ExtractedFeatures
    do throws(StudyTaskError) {
      let region = try RegionFiles(image: row.image, mask: row.mask, label: label)
      if onlyValidates {
        try region.validate(parameters)
        if let deep { try region.validateDeep(deep.plan.settings, reading: parameters) }
        return .valid
      }
      key = CaseKey(region, label: label, parameters: parameters, deep: deep?.plan)
      if let place = journal.place(of: key) { return .known(place) }
      found = try features(of: region, parameters)
    } catch {
      return .failed(error)
    }
    return .computed(try journal.append(found, of: key), warnings: found.diagnostics.warnings)
  }

  private func features(
    of region: RegionFiles, _ parameters: ExtractionParameters
  ) throws(StudyTaskError) -> ExtractedFeatures {
    var extracted = try region.extract(parameters)
    if let deep {
      let more = try region.deepFeatures(deep.network, deep.plan.settings, reading: parameters)
      extracted.names += more.names
      extracted.values += more.values
      extracted.diagnostics.warnings += more.diagnostics.warnings
    }
    return extracted
  }
}

/// Runs all cases of a batch, so many at a time.
struct ExtractionRun {
  let batch: ExtractionBatch
  let job: ExtractionJob
  let journal: ResultJournal
  /// Is told of every case as it ends.
  let told: (ExtractionBatch.Row, ExtractionJob.Outcome) -> Void

  /// The results in the order of the rows; those that failed stand in `failures` instead.
  private(set) var places: [ResultJournal.Place?]
  private(set) var failures: [Int: StudyTaskError] = [:]
  private(set) var known = 0

  init(
    _ batch: ExtractionBatch, _ job: ExtractionJob, _ journal: ResultJournal,
    told: @escaping (ExtractionBatch.Row, ExtractionJob.Outcome) -> Void
  ) {
    self.batch = batch
    self.job = job
    self.journal = journal
    self.told = told
    places = [ResultJournal.Place?](repeating: nil, count: batch.count)
  }

  mutating func run(atATime most: Int) async throws {
    try await withThrowingTaskGroup(of: (ExtractionBatch.Row, ExtractionJob.Outcome).self) { group in
      var rows = batch.rows()
      func start() throws {
        guard let row = try rows.next() else { return }
        group.addTask { [job, journal] in
          (row, try await Computation.unlimited.run { _ in try job.outcome(of: row, in: journal) })
        }
      }
      for _ in 0..<most { try start() }
      while let (row, outcome) = try await group.next() {
        note(outcome, of: row)
        try start()
      }
    }
  }

  private mutating func note(_ outcome: ExtractionJob.Outcome, of row: ExtractionBatch.Row) {
    switch outcome {
    case .known(let place):
      places[row.number - 1] = place
      known += 1
    case .computed(let place, _): places[row.number - 1] = place
    case .valid: break
    case .failed(let error): failures[row.number - 1] = error
    }
    told(row, outcome)
  }
}
