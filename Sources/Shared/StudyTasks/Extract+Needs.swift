import Cancellation
import Extraction
import FileSources
import NeuralNet
import Postgres
import StudyPlan
import StudyStore
import TaskQueue
import WorkerCore

/// What a machine must have for an extraction: its site's files, the network's weights, the extractor.
extension Extract {
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
    case .library?, nil: return .isUnknown
    }
  }

  func network(of weights: DeepWeights, with tools: TaskTools) async throws(TaskError)
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

  /// That a file could not be opened, for which a machine may be to blame; `nil` of other errors.
  static func fileFailure(_ error: TaskError) -> TaskFailure? {
    guard case .failure(let failure) = error, ["not-found", "unreadable"].contains(failure.code) else {
      return nil
    }
    return failure
  }

  /// Why this machine does not have a site's files: a wrong root, a mount that is not there, or hangs. A file that is missing
  /// while others of its site are there is its case's fault, if it is missing on every machine.
  /// - Returns: nil where it has, or where there is no file to judge by.
  func lack(ofFilesAt site: String, _ tools: TaskTools) async throws(TaskError) -> String? {
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
  static func taskError(_ error: FileSourceError, needing need: TaskNeed) -> TaskError {
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
}

extension StudyStore {
  /// Some images of a site, drawn at random from the running jobs: what a worker that serves it looks for below its root.
  func someFiles(of site: String, for worker: Int64) async throws(PostgresError) -> [String] {
    let rows = try await connection.query("SELECT image FROM trabecula.some_files($1, $2)", worker, site)
    var paths: [String] = []
    for row in rows { paths.append(try row.decode(at: 0)) }
    return paths
  }
}
