import Cancellation
import Extraction
import FileSources
import Foundation
import ImageFiles
import ImageFilters
import NeuralNet
import RegionPictures
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

    fileprivate var names: [String] { network.architecture.featureNames }

    fileprivate func method(reading parameters: ExtractionParameters) -> DeepFeatures {
      DeepFeatures(plan, reading: parameters, network: network)
    }
  }

  let parameters: ExtractionParameters
  private let deep: Deep?
  private let segment: String?
  private let choice: ImageChoice?
  private let ring: RegionRing?
  let onlyValidates: Bool
  private let pictures: PictureFolder?
  private let root: (any FileSource)?

  var deepNames: [String] { deep?.names ?? [] }

  /// - Parameters:
  ///   - segment: of the masks whose rows name none.
  ///   - choice: of the images whose rows choose nothing.
  ///   - ring: around the regions whose rows say none.
  ///   - onlyValidates: reads and checks everything, computes nothing.
  ///   - root: what the paths of image and mask count from, instead of the batch's folder.
  ///   - pictures: where pictures of the regions go, if they are wanted; those that are there already are not drawn again.
  package init(
    parameters: ExtractionParameters, deep: Deep?, segment: String? = nil, choice: ImageChoice? = nil,
    ring: RegionRing? = nil,
    onlyValidates: Bool, root: (any FileSource)? = nil, pictures: PictureFolder? = nil
  ) {
    self.pictures = pictures
    self.root = root
    self.parameters = parameters
    self.deep = deep
    self.segment = segment
    self.choice = choice
    self.ring = ring
    self.onlyValidates = onlyValidates
  }

  /// Reads a case, and computes what the journal does not have of it.
  /// - Returns: what came of it, and the name of its picture.
  /// - Throws: `BatchError` where the journal or a picture cannot be written, `FileSourceError` where files cannot be fetched.
  func outcome(of row: ExtractionBatch.Row, in journal: ResultJournal) async throws -> (Outcome, String?) {
    let (label, segment) = (row.label ?? parameters.label, row.segment ?? segment)
    let (choice, ring) = (row.choice ?? choice, row.ring ?? ring)
    guard let root else {
      return try await outcome(
        of: row,
        at: RegionLocation(
          image: row.image, mask: row.mask, label: label, segment: segment, choice: choice, ring: ring),
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
            label: label, segment: segment, choice: choice, ring: ring), in: journal)
      }
    } catch let error as FileSourceError where !error.isOfMachine {
      let failure = StudyTaskError(
        code: error.code == .tooLarge ? "too-large" : "path-outside", sentence: error.description.sentence,
        remedy: "Correct the path, or move the file.")
      return (.failed(failure), nil)
    }
  }

  private func outcome(of row: ExtractionBatch.Row, at location: RegionLocation, in journal: ResultJournal)
    async throws -> (Outcome, String?)
  {
    let extractor = extractor(of: row)
    do {
      if onlyValidates {
        let (headers, name, picture) = try await Computation.unlimited.run { [pictures] _ in
          let files = try RegionFiles(at: location)
          let headers = try extractor.check(files)
          let name = extractor.pictureName(of: files)
          var picture: RegionPicture?
          if let pictures, !pictures.holds(name) { picture = try extractor.picture(of: files) }
          return (headers, name, picture)
        }
        return (.valid(headers), try keep(picture, of: row, at: location, named: name))
      }
      let found = try await extractor.extract(location, cache: journal, on: .unlimited) { [pictures] name in
        pictures.map { !$0.holds(name) } ?? false
      }
      let picture = try keep(found.picture, of: row, at: location, named: found.pictureName)
      return found.computed == 0
        ? (.known(found.entries), picture) : (.computed(found.entries, warnings: found.warnings), picture)
    } catch let error as StudyTaskError {
      return (.failed(error), nil)
    }
  }

  /// Puts a picture into the folder.
  /// - Returns: its name, where the folder has it now.
  private func keep(
    _ picture: RegionPicture?, of row: ExtractionBatch.Row, at location: RegionLocation, named name: String
  ) throws(BatchError) -> String? {
    guard let pictures else { return nil }
    guard let picture else { return pictures.holds(name) ? name : nil }
    let note = PictureFolder.Note(
      site: "", image: row.paths.first ?? "", region: location.regionName,
      measurements: picture.measurements)
    do throws(ImageFileError) {
      try pictures.add(picture, note, named: name)
    } catch {
      throw BatchError(.unwritable, error.description)
    }
    return name
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
  /// Names of the pictures of each row, where pictures were wanted and could be drawn.
  private var pictures: [Int: String] = [:]
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
    try await withThrowingTaskGroup(of: (ExtractionBatch.Row, ExtractionJob.Outcome, String?).self) { group in
      var rows = batch.rows()
      func start() throws {
        guard let row = try rows.next() else { return }
        group.addTask { [job, journal] in
          let (outcome, picture) = try await job.outcome(of: row, in: journal)
          return (row, outcome, picture)
        }
      }
      for _ in 0..<most { try start() }
      while let (row, outcome, picture) = try await group.next() {
        note(outcome, of: row)
        if let picture { pictures[row.number] = picture }
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

  /// Columns of the batch.
  package var columns: [String] { batch.columns }

  /// The rows that failed, in their order.
  package func forEachFailure(_ body: (ExtractionBatch.Row, StudyTaskError) throws -> Void) throws {
    guard !failures.isEmpty else { return }
    var rows = batch.rows()
    while let row = try rows.next() {
      if let error = failures[row.number - 1] { try body(row, error) }
    }
  }

  /// The rows that have a picture, in their order, with its name.
  package func pictured() throws(StudyError) -> [(row: ExtractionBatch.Row, name: String)] {
    guard !pictures.isEmpty else { return [] }
    var found: [(ExtractionBatch.Row, String)] = []
    var rows = batch.rows()
    while let row = try rows.next() {
      if let name = pictures[row.number] { found.append((row, name)) }
    }
    return found
  }
}
