import Cancellation
import Extraction
import FileSources
import Foundation
import ImageFiles
import NeuralNet
import StudyPlan

/// What is done with each case of a batch.
package struct ExtractionJob: Sendable {
  package enum Outcome: Sendable {
    /// Where its results stand: one a source.
    case known([ResultJournal.Place])
    case computed([ResultJournal.Place], warnings: [String])
    /// With what the headers say.
    case valid(RegionReport)
    case failed(StudyTaskError)
  }

  /// Deep features, after the hand-crafted ones.
  package struct Deep: Sendable {
    private let network: DeepExtractor
    private let plan: DeepPlan

    /// - Parameter plan: with the digest of the network's weights.
    package init(network: DeepExtractor, plan: DeepPlan) {
      self.network = network
      self.plan = plan
    }

    fileprivate func method(reading parameters: ExtractionParameters) -> DeepFeatures {
      DeepFeatures(plan, reading: parameters, network: network)
    }
  }

  private let parameters: ExtractionParameters
  private let deep: Deep?
  private let segment: String?
  private let onlyValidates: Bool
  private let root: (any FileSource)?

  /// - Parameters:
  ///   - segment: of the masks whose rows name none.
  ///   - onlyValidates: reads and checks everything, computes nothing.
  ///   - root: what the paths of image and mask count from, instead of the batch's folder.
  package init(
    parameters: ExtractionParameters, deep: Deep?, segment: String? = nil, onlyValidates: Bool,
    root: (any FileSource)? = nil
  ) {
    self.root = root
    self.parameters = parameters
    self.deep = deep
    self.segment = segment
    self.onlyValidates = onlyValidates
  }

  /// Reads a case, and computes what the journal does not have of it.
  /// - Throws: `BatchError` where the journal cannot be written, `FileSourceError` where files cannot be fetched.
  func outcome(of row: ExtractionBatch.Row, in journal: ResultJournal) async throws -> Outcome {
    let (label, segment) = (row.label ?? parameters.label, row.segment ?? segment)
    guard let root else {
      return try await outcome(
        of: row, at: RegionLocation(image: row.image, mask: row.mask, label: label, segment: segment),
        in: journal)
    }
    do {
      return try await root.withFiles(
        row.paths, on: .unlimited, companion: ImageFileContents.dataFile(namedBy:)
      ) { folder in
        try await outcome(
          of: row,
          at: RegionLocation(
            image: folder.appendingPathComponent(row.paths[0]),
            mask: folder.appendingPathComponent(row.paths[1]),
            label: label, segment: segment), in: journal)
      }
    } catch let error as FileSourceError where !error.isOfMachine {
      return .failed(
        StudyTaskError(
          code: error.code == .tooLarge ? "too-large" : "path-outside", sentence: error.description.sentence,
          remedy: "Correct the path, or move the file."))
    }
  }

  private func outcome(of row: ExtractionBatch.Row, at location: RegionLocation, in journal: ResultJournal)
    async throws -> Outcome
  {
    let extractor = extractor(of: row)
    do {
      if onlyValidates {
        return try await Computation.unlimited.run { _ in
          .valid(try extractor.check(RegionFiles(at: location)))
        }
      }
      let found = try await extractor.extract(location, cache: journal, on: .unlimited)
      return found.computed == 0 ? .known(found.entries) : .computed(found.entries, warnings: found.warnings)
    } catch let error as StudyTaskError {
      return .failed(error)
    }
  }

  private func extractor(of row: ExtractionBatch.Row) -> RegionExtractor {
    var parameters = parameters
    if let channel = row.labelChannel { parameters.labelChannel = channel }
    let handcrafted: [any FeatureMethod] = [HandcraftedFeatures(parameters)]
    return RegionExtractor(handcrafted + (deep.map { [$0.method(reading: parameters)] } ?? []))
  }
}

/// What is told of a row that is sound, where nothing is computed.
package struct CheckedRow: Encodable, Sendable {
  package let `case`: String
  package let report: RegionReport
  /// For people.
  package var lines: [String] { report.lines }

  private enum CodingKeys: String, CodingKey { case `case`, report }
}

/// Runs all cases of a batch, so many at a time.
package struct ExtractionRun {
  let batch: ExtractionBatch
  let journal: ResultJournal
  private let job: ExtractionJob
  private let told: (ExtractionBatch.Row, ExtractionJob.Outcome) -> Void

  /// The results of each row, one a source; none of those that failed, which stand in `failures` instead.
  private(set) var places: [[ResultJournal.Place]]
  package private(set) var failures: [Int: StudyTaskError] = [:]
  private(set) var known = 0
  /// Of each row that was only read and checked, and is sound.
  private var checked: [Int: CheckedRow] = [:]

  /// - Parameter told: hears of every case as it ends.
  package init(
    _ batch: ExtractionBatch, _ job: ExtractionJob, _ journal: ResultJournal,
    told: @escaping (ExtractionBatch.Row, ExtractionJob.Outcome) -> Void
  ) {
    self.batch = batch
    self.job = job
    self.journal = journal
    self.told = told
    places = [[ResultJournal.Place]](repeating: [], count: batch.count)
  }

  /// In the order of the batch.
  package var checkedRows: [CheckedRow] { checked.sorted { $0.key < $1.key }.map(\.value) }

  package mutating func run(atATime most: Int) async throws {
    try await withThrowingTaskGroup(of: (ExtractionBatch.Row, ExtractionJob.Outcome).self) { group in
      var rows = batch.rows()
      func start() throws {
        guard let row = try rows.next() else { return }
        group.addTask { [job, journal] in
          (row, try await job.outcome(of: row, in: journal))
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
    case .known(let found):
      places[row.number - 1] = found
      known += 1
    case .computed(let found, _): places[row.number - 1] = found
    case .valid(let report): checked[row.number] = CheckedRow(case: row.name, report: report)
    case .failed(let error): failures[row.number - 1] = error
    }
    told(row, outcome)
  }
}
