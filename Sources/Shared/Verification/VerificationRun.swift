import BatchExtraction
import Cancellation
import Extraction
import Foundation
import ImageFiles
import NeuralNet
import StudyPlan

/// Looks at an installation: runs extractions as `worker extract` does, and compares what they give with references.
package struct VerificationRun: Sendable {
  /// What ended, for who waits.
  package struct Progress: Sendable {
    package let ended: Int
    package let all: Int
    /// The part that ended.
    package let title: String
  }

  private let folder: URL?
  private let onlyBits: Bool
  private let jobs: Int

  /// - Parameters:
  ///   - folder: the initiative's data; without it only what the program carries is looked at.
  ///   - onlyBits: leaves all reference values out.
  ///   - jobs: extractions at a time.
  package init(folder: URL?, onlyBits: Bool = false, atATime jobs: Int) {
    (self.folder, self.onlyBits, self.jobs) = (folder, onlyBits, jobs)
  }

  /// - Parameter told: hears of each extraction as it ends.
  /// - Throws: `VerificationError`.
  package func verification(told: (Progress) -> Void = { _ in }) async throws -> Verification {
    let scratch = try Self.scratchFolder()
    // What is left behind there is small, and is nobody's data.
    defer { try? FileManager.default.removeItem(at: scratch) }
    let plan = try VerificationPlan(folder: folder, scratch: scratch, onlyBits: onlyBits)
    let parts = try await Self.run(plan.tasks, atATime: jobs, scratch, told)
    return Verification(
      installation: Installation(), parts: Self.joined(parts), notLookedAt: plan.absences,
      files: try plan.files())
  }

  private static func scratchFolder() throws(VerificationError) -> URL {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("trabecula-verify-\(UUID().uuidString)")
    do {
      try FileManager.default.createDirectory(
        at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw VerificationError(
        .unwritable,
        "\(folder.path) cannot be made (\(error.localizedDescription)); set TMPDIR to a folder with room")
    }
    return folder
  }

  /// What comes of each task, in the order of the tasks.
  private static func run(
    _ tasks: [VerificationPlan.Task], atATime most: Int, _ scratch: URL, _ told: (Progress) -> Void
  ) async throws -> [Verification.Part] {
    var found = [Verification.Part?](repeating: nil, count: tasks.count)
    try await withThrowingTaskGroup(of: (Int, Verification.Part).self) { group in
      var next = 0
      func start() {
        guard next < tasks.count else { return }
        let (index, task) = (next, tasks[next])
        next += 1
        group.addTask { (index, try await task.part(scratch)) }
      }
      for _ in 0..<most { start() }
      var ended = 0
      while let (index, part) = try await group.next() {
        found[index] = part
        ended += 1
        told(Progress(ended: ended, all: tasks.count, title: part.title))
        start()
      }
    }
    return found.compactMap(\.self)
  }

  /// Parts of one title become one.
  private static func joined(_ parts: [Verification.Part]) -> [Verification.Part] {
    parts.reduce(into: []) { joined, part in
      if let last = joined.indices.last, joined[last].title == part.title {
        joined[last].checks += part.checks
      } else {
        joined.append(part)
      }
    }
  }
}

extension VerificationPlan.Task {
  /// Runs the extraction, and compares what it gives. Where the program cannot read its own images, that is what was found.
  /// - Throws: `VerificationError`.
  fileprivate func part(_ scratch: URL) async throws -> Verification.Part {
    do {
      switch comparison {
      case .values(let references, let rule): return try await compared(with: references, rule)
      case .map(let reference, let name):
        return part(
          .maps, [try await ResponseMapCheck(self, reference: reference, name: name).check(in: scratch)])
      case .bits(let known, let hasNetwork): return try await compared(with: known, hasNetwork)
      }
    } catch let error as StudyTaskError {
      guard image.path.hasPrefix(scratch.path) else {
        throw VerificationError(.badImage, "\(title): \(error)")
      }
      return failed("\(error)")
    } catch let error as ImageFileError {
      throw VerificationError(.badImage, "\(title): \(error)")
    } catch let error as BatchError {
      throw VerificationError(.unwritable, error.message)
    }
  }

  private func part(_ kind: Verification.Part.Kind, _ checks: [Verification.Check]) -> Verification.Part {
    Verification.Part(
      title: title, kind: kind, parameters: kind == .values ? "Examples/\(parameters.path)" : nil,
      checks: checks)
  }

  /// Nothing could be computed: what is compared is not met.
  private func failed(_ reason: String) -> Verification.Part {
    var failed =
      switch comparison {
      case .values(let references, let rule): part(.values, references.map { $0.check(nil, rule) })
      case .map: part(.maps, [])
      case .bits(let known, _): part(.bits, known.checks([], of: title))
      }
    failed.failure = reason
    return failed
  }

  private func compared(
    with references: [ReferenceValue], _ rule: ReferenceValue.Rule
  ) async throws -> Verification.Part {
    let found = try await features(nil)
    var values: [String: Double] = [:]
    for (name, value) in zip(found.names, found.values) {
      // As original_ibsi_stat_mean: an image, the source, a tag.
      let parts = name.split(separator: "_", maxSplits: 2)
      if parts.count == 3, parts[1] == "ibsi" { values[String(parts[2])] = value }
    }
    var part = part(.values, references.map { $0.check(values[$0.tag], rule) })
    part.features = values.count
    return part
  }

  private func compared(with known: KnownBits, _ hasNetwork: Bool) async throws -> Verification.Part {
    let found = try await features(hasNetwork ? try Self.network() : nil)
    var part = part(.bits, known.checks(KnownBits.digests(of: found), of: title))
    if known.extractor != Release.extractor {
      part.failure =
        "the digests are those of \(known.extractor ?? "no extractor"), not of \(Release.extractor)"
    }
    return part
  }

  /// What `worker extract IMAGE MASK --param FILE` gives.
  private func features(_ deep: ExtractionJob.Deep?) async throws -> ExtractedFeatures {
    let extraction = try ExtractionParameters(parameterFile: parameters.text)
    let job = ExtractionJob(parameters: extraction, deep: deep, onlyValidates: false)
    let journal = try ResultJournal(at: nil, hasDiagnostics: extraction.additionalInfo)
    var run = ExtractionRun(ExtractionBatch(image: image.path, mask: mask.path), job, journal) { _, _ in }
    try await run.run(atATime: 1)
    if let failure = run.failures[0] { throw failure }
    guard let found = try ExtractionReport(run).singleFeatures() else {
      preconditionFailure("an extraction gives features or fails")
    }
    return found
  }

  /// A network that needs no file.
  private static func network() throws(StudyTaskError) -> ExtractionJob.Deep {
    let (weights, file) = (DeepWeights(name: "random-seed-1"), URL(fileURLWithPath: "/"))
    return ExtractionJob.Deep(
      network: try weights.extractor(at: file), plan: DeepPlan(weights: try weights.hashed(at: file)))
  }
}
