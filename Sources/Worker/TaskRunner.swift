import Foundation
import NeuralNet
import Postgres
import StudyPlan
import StudyStore
import StudyTasks
import TaskQueue

/// Runs claimed tasks: fetches what they need, computes on a thread of its own, stores what came out.
struct TaskRunner: Sendable {
  let link: DatabaseLink
  let root: URL
  let studies: PreparedStudies
  let networks: DeepNetworks

  /// - Parameter weights: files of network weights that do not lie below the root.
  init(link: DatabaseLink, root: URL, weights: [URL]) {
    self.link = link
    self.root = root
    networks = DeepNetworks(root: root, given: weights)
    studies = PreparedStudies(link: link)
  }

  /// - Throws: `CancellationError` when the claim was taken back, `PostgresError` when the end could not be recorded,
  ///   `WeightsUnavailable` when another worker must do it.
  func run(_ task: ClaimedTask, as worker: Int64) async throws -> Verdict {
    do {
      switch try task.kindOfTask {
      case .extract, .deep: return try await extract(task, as: worker)
      case .bootstrap: return try await bootstrap(task, as: worker)
      case .aggregate: return try await aggregate(task, as: worker)
      }
    } catch let error as StudyTaskError {
      return try await fail(task, as: worker, because: TaskFailure(error))
    } catch let error as StudyError {
      return try await fail(
        task, as: worker,
        because: TaskFailure(
          code: error.code.rawValue, sentence: error.message, remedy: "Mend the study and submit it again.",
          isRetryable: false))
    }
  }

  private func fail(_ task: ClaimedTask, as worker: Int64, because failure: TaskFailure) async throws
    -> Verdict
  {
    try await link.call { try await TaskQueue($0).fail(task, because: failure, by: worker) }
  }

  private func extract(_ task: ClaimedTask, as worker: Int64) async throws -> Verdict {
    let payload: ExtractPayload = try task.decodedPayload()
    let study = try await studies.study(of: task.job)
    let computation = RegionComputation(
      study: study, network: try await network(for: payload.sources, of: study))
    let root = self.root
    let region = try await onOwnThread { try RegionFiles(payload, below: root) }
    let recipes = study.recipes.filter { payload.sources.contains($0.source) }
    let keys = recipes.map { recipe in
      FeatureKey.row(
        image: region.imageSHA256, mask: region.maskSHA256, label: payload.label, recipe: recipe)
    }
    let stored = try await link.call { try await StudyStore($0).storedRows(among: keys) }
    var rows: [FeatureRowWrite] = []
    for (recipe, key) in zip(recipes, keys) {
      if let set = stored[key] {
        rows.append(FeatureRowWrite(key: key, set: set, values: nil))
        continue
      }
      let found = try await onOwnThread { try computation.features(of: region, from: recipe.source) }
      let set = try await link.call { try await StudyStore($0).featureSet(recipe, names: found.names) }
      rows.append(
        FeatureRowWrite(
          key: key, set: set, values: found.values,
          diagnostics: String(decoding: canonicalBytes(of: found.diagnostics), as: UTF8.self)))
    }
    let result = ExtractResult(
      imageSHA256: region.imageSHA256, maskSHA256: region.maskSHA256, label: payload.label, rows: rows)
    return try await link.call { try await StudyStore($0).complete(task, with: result, by: worker) }
  }

  private func network(for sources: [FeatureSource], of study: Study) async throws -> DeepExtractor? {
    guard sources.contains(.deep), let deep = study.deep else { return nil }
    return try await networks.extractor(deep.weights)
  }

  private func bootstrap(_ task: ClaimedTask, as worker: Int64) async throws -> Verdict {
    let payload: BootstrapPayload = try task.decodedPayload()
    let study = try await studies.prepared(task.job)
    let replicates = try await onOwnThread {
      try (payload.first..<payload.first + payload.count).map { number in
        (number: number, body: try study.replicate(number))
      }
    }
    return try await link.call { try await StudyStore($0).complete(task, with: replicates, by: worker) }
  }

  private func aggregate(_ task: ClaimedTask, as worker: Int64) async throws -> Verdict {
    let study = try await studies.prepared(task.job)
    let (bodies, job) = try await link.call { connection in
      let store = StudyStore(connection)
      return (try await store.replicates(of: task.job), try await store.job(task.job))
    }
    let key = job?.key ?? []
    let result = try await onOwnThread { try study.aggregate(replicates: bodies, jobKey: key) }
    return try await link.call { try await StudyStore($0).complete(task, with: result, by: worker) }
  }
}

extension ClaimedTask {
  fileprivate var kindOfTask: TaskKind {
    get throws {
      guard let known = TaskKind(rawValue: kind) else {
        throw StudyTaskError(
          code: "unknown-kind", sentence: "This worker does not know tasks of kind '\(kind)'.",
          remedy: "Update the worker.", isTransient: false)
      }
      return known
    }
  }

  fileprivate func decodedPayload<Payload: Decodable>() throws -> Payload {
    do {
      return try JSONDecoder().decode(Payload.self, from: Data(payload.utf8))
    } catch {
      throw StudyTaskError(
        code: "bad-payload", sentence: "The payload of the task cannot be read: \(error).",
        remedy: "Run a worker of the version that submitted the study.", isTransient: false)
    }
  }
}

extension TaskFailure {
  fileprivate init(_ error: StudyTaskError) {
    self.init(
      code: error.code, sentence: error.sentence, remedy: error.remedy, isRetryable: error.isTransient)
  }
}
