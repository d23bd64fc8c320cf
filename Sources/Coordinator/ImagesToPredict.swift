import Cancellation
import CommandSupport
import DelimitedText
import Extraction
import FileSources
import Foundation
import ImageFiles
import Modelling
import StudyPlan

/// Images of new patients, extracted as the studies of some models did.
struct ImagesToPredict {
  private let documents: [ModelDocument]
  /// As the command line names them.
  private let weights: String?
  private let jobs: Int
  private let clinical: ClinicalOfPatients

  /// - Throws: `CommandFailure` (65) where a model began from a table of features, or another extractor computed its features.
  init(_ documents: [ModelDocument], weights: String?, jobs: Int, clinical: ClinicalOfPatients) throws {
    self.documents = documents
    self.clinical = clinical
    self.weights = weights
    self.jobs = jobs
    for document in documents {
      guard document.extraction != nil else {
        throw CommandFailure(
          ExitStatus.badData,
          "Model \(document.name) was fitted to a table of features; nobody knows how to compute them from images. Give a table: "
            + "--features FEATURES.csv.")
      }
      guard document.software.extractor == Release.extractor else {
        throw CommandFailure(
          ExitStatus.badData,
          "Model \(document.name) was fitted to features by '\(document.software.extractor)', and this program extracts by "
            + "'\(Release.extractor)', whose values differ. Use the release that fitted the model, or fit it again."
        )
      }
    }
  }

  /// One case.
  func cases(
    image: URL, mask: URL, patient: String?, site: String, label: UInt32?, segment: String?
  ) async throws -> FoundCases {
    let name = patient ?? image.lastPathComponent
    let row = Manifest.Row(
      subject: name, site: site, image: String(image.path.dropFirst()),
      mask: String(mask.path.dropFirst()), label: label,
      segment: segment, extra: [:])
    return try await cases(of: [row], in: FolderSource(URL(fileURLWithPath: "/"))) { _ in name }
  }

  /// The rows of a manifest; outcomes and parts, if it has any, are nothing to a prediction.
  func cases(of table: DelimitedTable, beside url: URL, in source: (any FileSource)?) async throws
    -> FoundCases
  {
    let own = url.deletingLastPathComponent().standardizedFileURL
    let manifest = try Manifest(
      table: table.without(["Outcome", "Split"]), root: source?.folder ?? own,
      otherRoot: source == nil ? nil : own)
    // Named as the study would: by what its cases are put in order by.
    let rings = documents.lazy.compactMap { $0.extraction?.rings }.first
    let drawn = try rings.map { try RingPlan.drawn($0, in: manifest.rows) } ?? manifest.rows
    let items = drawn.enumerated().map { place, row in
      StudyCase(
        id: Int64(place), subject: row.subject, site: row.site, outcome: nil, image: row.image,
        mask: row.mask, label: row.label ?? 1, segment: row.segment, ring: row.ring,
        choice: row.choice?.text)
    }
    let named = StudyCohort.caseNames(of: StudyCohort.sorted(items))
    let names = items.map { named.name(of: $0) }
    var rows = manifest.rows
    try readDecimals(of: table, in: &rows)
    if let outcome = table.header.firstIndex(where: { $0.lowercased() == "outcome" }) {
      for index in rows.indices { rows[index].extra["Outcome"] = table.rows[index].fields[outcome] }
    }
    return try await cases(of: rows, in: source ?? FolderSource(manifest.root)) {
      names[$0]
    }
  }

  /// Numbers of clinical columns with a decimal point, whatever the table writes.
  private func readDecimals(of table: DelimitedTable, in rows: inout [Manifest.Row]) throws {
    let names = Set(documents.flatMap(\.furtherNumbers))
    let decimals = try DecimalSign(of: table, columns: names.sorted().compactMap { table.index(of: $0) })
    for index in rows.indices {
      for name in names { rows[index].extra[name]?.replaceDecimalComma(decimals) }
    }
  }

  private func cases(
    of rows: [Manifest.Row], in source: any FileSource, named name: (Int) -> String
  ) async throws -> FoundCases {
    var rows = rows
    let warnings = try clinical.join(to: &rows)
    for document in documents {
      try document.requireKnown(
        sites: rows.map(\.site), columns: rows.indices.map { (name($0), rows[$0].extra) })
    }
    let plans = try await plans(source)
    var found = FoundCases(cases: documents.map { _ in [] }, failures: [], warnings: warnings)
    let places = rows.indices.filter { (rows[$0].extra[Manifest.repeatColumn] ?? "").isEmpty }
    var outcomes: [Int: Outcome] = [:]
    for (number, plan) in plans.enumerated() {
      let drawn = try plan.rings.map { try RingPlan.drawn($0, in: rows) } ?? rows
      let line = TerminalLine()
      defer { line.clear() }
      let extracted = try await extract(places.map { ($0, drawn[$0]) }, by: plan, from: source) { done in
        line.show("images: \(done) of \(places.count)")
      }
      for (place, outcome) in extracted {
        outcomes[place, default: Outcome()].join(outcome, plan: number)
      }
    }
    for place in places {
      guard let outcome = outcomes[place] else { continue }
      if let error = outcome.failure {
        found.failures.append(
          .init(id: name(place), code: error.code, sentence: error.sentence, remedy: error.remedy))
        continue
      }
      for (index, document) in documents.enumerated() {
        let values = plans.enumerated().filter { $0.element.serves.contains(index) }
          .flatMap { outcome.values[$0.offset] ?? [] }
          .filter { document.extraction?.sources.contains($0.source) ?? false }
        found.cases[index].append(
          NewCase(
            name: name(place), subject: rows[place].subject, site: rows[place].site, part: rows[place].part,
            columns: rows[place].extra,
            values: values.reduce(into: [:]) { all, set in
              for (name, value) in zip(set.names, set.values) { all[name] = value }
            }))
      }
    }
    return found
  }

  // MARK: How

  /// Models whose features are computed together.
  private struct Plan {
    let parameters: ExtractionParameters
    let rings: [String: RingPlan]?
    let deep: DeepPlan?
    var sources: Set<FeatureSource>
    var serves: [Int]
    var methods: [(source: FeatureSource, method: any FeatureMethod)] = []
  }

  private struct FeatureValues: Sendable {
    let source: FeatureSource
    let names: [String]
    let values: [Double]
  }

  private struct Outcome: Sendable {
    var failure: StudyTaskError?
    var values: [Int: [FeatureValues]] = [:]

    mutating func join(_ result: Result<[FeatureValues], StudyTaskError>, plan: Int) {
      switch result {
      case .success(let found): values[plan] = found
      case .failure(let error): failure = failure ?? error
      }
    }
  }

  private func plans(_ source: any FileSource) async throws -> [Plan] {
    var plans: [Plan] = []
    for (index, document) in documents.enumerated() {
      guard let extraction = document.extraction else { continue }
      let known = plans.firstIndex {
        $0.parameters == extraction.parameters && $0.rings == extraction.rings
          && ($0.deep == extraction.deep || $0.deep == nil || extraction.deep == nil)
      }
      if let known {
        let other = plans[known]
        plans[known] = Plan(
          parameters: other.parameters, rings: other.rings, deep: other.deep ?? extraction.deep,
          sources: other.sources.union(extraction.sources), serves: other.serves + [index])
      } else {
        plans.append(
          Plan(
            parameters: extraction.parameters, rings: extraction.rings, deep: extraction.deep,
            sources: Set(extraction.sources), serves: [index]))
      }
    }
    for place in plans.indices { plans[place].methods = try await methods(plans[place], source) }
    return plans
  }

  private func methods(_ plan: Plan, _ source: any FileSource) async throws
    -> [(source: FeatureSource, method: any FeatureMethod)]
  {
    var methods: [(source: FeatureSource, method: any FeatureMethod)] = []
    if plan.sources.contains(.handcrafted) {
      methods.append((.handcrafted, HandcraftedFeatures(plan.parameters)))
    }
    if plan.sources.contains(.deep), let deep = plan.deep {
      try requireWeights(deep.weights)
      do {
        let network = try await DeepNetworks(source: source, given: weightsFile.map { [$0] } ?? [])
          .extractor(deep.weights)
        methods.append((.deep, DeepFeatures(deep, reading: plan.parameters, network: network)))
      } catch let error as WeightsUnavailable {
        throw CommandFailure(ExitStatus.somethingMissing, "\(error)".sentence)
      }
    }
    return methods
  }

  private var weightsFile: URL? { weights.map { URL(fileURLWithPath: $0).standardizedFileURL } }

  /// Weights that were named must be those that the model saw: a file, or random ones by their name.
  private func requireWeights(_ wanted: DeepWeights) throws {
    guard let weights, let file = weightsFile else { return }
    let found = try DeepWeights(onThisMachine: weights).hashed(at: file).sha256
    guard found == wanted.sha256 else {
      throw CommandFailure(
        ExitStatus.badData,
        "--weights: \(weights) has SHA-256 \(found ?? ""), and the model was fitted to features of the weights \(wanted.name) with SHA-256 "
          + "\(wanted.sha256 ?? ""). \(wanted.randomSeed == nil ? "Name that file" : "Leave --weights out").")
    }
  }

  // MARK: Images

  private func extract(
    _ rows: [(place: Int, row: Manifest.Row)], by plan: Plan, from source: any FileSource,
    told: (Int) -> Void
  ) async throws -> [(Int, Result<[FeatureValues], StudyTaskError>)] {
    let extractor = RegionExtractor(plan.methods.map(\.method))
    let sources = plan.methods.map(\.source)
    let label = plan.parameters.label
    return try await withThrowingTaskGroup(of: (Int, Result<[FeatureValues], StudyTaskError>).self) { group in
      var next = rows.makeIterator()
      func start() {
        guard let (place, row) = next.next() else { return }
        group.addTask {
          do {
            return (
              place, .success(try await Self.features(of: row, label, by: extractor, sources, from: source))
            )
          } catch let error as StudyTaskError {
            return (place, .failure(error))
          } catch let error as FileSourceError where !error.isOfMachine {
            return (
              place,
              .failure(
                StudyTaskError(
                  code: "path-outside", sentence: error.description.sentence,
                  remedy: "Correct the path, or move the file."))
            )
          }
        }
      }
      for _ in 0..<jobs { start() }
      var found: [(Int, Result<[FeatureValues], StudyTaskError>)] = []
      while let outcome = try await group.next() {
        found.append(outcome)
        told(found.count)
        start()
      }
      return found
    }
  }

  private static func features(
    of row: Manifest.Row, _ label: UInt32, by extractor: RegionExtractor, _ sources: [FeatureSource],
    from source: any FileSource
  ) async throws -> [FeatureValues] {
    guard !sources.isEmpty else { return [] }
    return try await source.withFiles(
      [row.image, row.mask], on: .unlimited, companion: ImageFileContents.dataFile(namedBy:)
    ) { root in
      let location = RegionLocation(
        image: root.appendingPathComponent(row.image), mask: root.appendingPathComponent(row.mask),
        label: row.label ?? label, segment: row.segment, choice: row.choice, ring: row.ring)
      return try await Computation.unlimited.run { cancellation in
        let found = try extractor.features(of: try RegionFiles(at: location), cancellation)
        return try zip(sources, found).map { source, features in
          try features.checkRange()
          return FeatureValues(source: source, names: features.names, values: features.values)
        }
      }
    }
  }
}
