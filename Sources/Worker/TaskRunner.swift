import CommandSupport
import Foundation
import Modelling
import NeuralNet
import Postgres
import Reporting
import StudyPlan
import StudyStore
import StudyTasks
import TaskQueue
import WorkerCore

/// Runs claimed tasks: fetches what they need, computes on a thread of its own, stores what came out.
struct TaskRunner: Sendable {
  let link: DatabaseLink
  let root: URL
  /// Makes the clock of a task that begins.
  let limits: @Sendable () -> Computation
  let studies: PreparedStudies
  let networks: DeepNetworks
  let slots: ComputeSlots
  private let completions: CompletionBatches<BootstrapResult>

  /// - Parameter weights: files of network weights that do not lie below the root.
  init(
    link: DatabaseLink, root: URL, weights: [URL], slots: Int, limits: @escaping @Sendable () -> Computation
  ) {
    self.link = link
    self.root = root
    self.limits = limits
    self.slots = ComputeSlots(slots)
    networks = DeepNetworks(root: root, given: weights)
    studies = PreparedStudies(link: link)
    completions = CompletionBatches { results, worker in
      try await link.call { try await StudyStore($0).complete(results, by: worker) }
    }
  }

  /// What a task came to, before it is stored.
  private enum Ending: Sendable {
    case extract(ExtractResult)
    case bootstrap(BootstrapResult)
    case aggregate(AggregateResult)
    case failure(TaskFailure)
  }

  /// Computes in a slot, stores outside of it.
  /// - Parameter computed: is told how many seconds the slot was taken.
  /// - Throws: `CancellationError` when the claim was taken back, `ComputeSlots.TurnedAway` when the task was not
  ///   begun, `WeightsUnavailable` when another worker must do it, `PostgresError` when the end could not be recorded.
  func run(_ task: ClaimedTask, as worker: Int64, computed: @Sendable (Double) -> Void) async throws
    -> Verdict
  {
    let ending = try await slots.during {
      let start = ContinuousClock.now
      let ending = try await compute(task, as: worker, limits())
      computed((ContinuousClock.now - start) / .seconds(1))
      return ending
    }
    switch ending {
    case .bootstrap(let result): return try await completions.complete(task, with: result, by: worker)
    case .extract(let result):
      return try await link.call { try await StudyStore($0).complete(task, with: result, by: worker) }
    case .aggregate(let result):
      return try await link.call { try await StudyStore($0).complete(task, with: result, by: worker) }
    case .failure(let failure):
      return try await link.call { try await TaskQueue($0).fail(task, because: failure, by: worker) }
    }
  }

  private func compute(_ task: ClaimedTask, as worker: Int64, _ computation: Computation) async throws
    -> Ending
  {
    do {
      switch try task.kindOfTask {
      case .extract, .deep: return .extract(try await extract(task, as: worker, computation))
      case .bootstrap: return .bootstrap(try await bootstrap(task, as: worker, computation))
      case .aggregate: return .aggregate(try await aggregate(task, as: worker, computation))
      }
    } catch let error as OverTime {
      return .failure(TaskFailure(error, failures: task.failures))
    } catch let error as StudyTaskError {
      return .failure(TaskFailure(error))
    } catch let error as StudyError {
      return .failure(
        TaskFailure(
          code: error.code.rawValue, sentence: error.message, remedy: "Mend the study and submit it again.",
          isRetryable: false))
    }
  }

  private func extract(_ task: ClaimedTask, as worker: Int64, _ computation: Computation) async throws
    -> ExtractResult
  {
    let payload: ExtractPayload = try task.decodedPayload()
    let study = try await studies.study(of: task.job, for: worker)
    let work = RegionComputation(
      study: study, network: try await network(for: payload.sources, of: study))
    let root = self.root
    let region = try await computation.run { _ in try RegionFiles(payload, below: root) }
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
      let found = try await computation.run {
        try work.features(of: region, from: recipe.source, cancellation: $0)
      }
      let set = try await link.call { try await StudyStore($0).featureSet(recipe, names: found.names) }
      rows.append(
        FeatureRowWrite(
          key: key, set: set, values: found.values,
          diagnostics: String(decoding: canonicalBytes(of: found.diagnostics), as: UTF8.self)))
    }
    return ExtractResult(
      imageSHA256: region.imageSHA256, maskSHA256: region.maskSHA256, label: payload.label, rows: rows)
  }

  private func network(for sources: [FeatureSource], of study: Study) async throws -> DeepExtractor? {
    guard sources.contains(.deep), let deep = study.deep else { return nil }
    return try await networks.extractor(deep.weights)
  }

  private func bootstrap(_ task: ClaimedTask, as worker: Int64, _ computation: Computation) async throws
    -> BootstrapResult
  {
    let payload: BootstrapPayload = try task.decodedPayload()
    let study = try await studies.prepared(task.job, for: worker)
    return BootstrapResult(
      task: task, replicates: try await computation.run { try study.replicates(payload, cancellation: $0) })
  }

  private func aggregate(_ task: ClaimedTask, as worker: Int64, _ computation: Computation) async throws
    -> AggregateResult
  {
    let study = try await studies.prepared(task.job, for: worker)
    let (bodies, key) = try await link.call { connection in
      let store = StudyStore(connection, reader: worker)
      return (try await store.replicates(of: task.job), try await store.key(of: task.job))
    }
    return try await computation.run { _ in try study.aggregate(replicates: bodies, jobKey: key) }
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
  /// Tried once more, because a machine may have been busy; a task that is slow twice is slow.
  fileprivate init(_ overTime: OverTime, failures: Int) {
    self.init(
      code: "time-limit", sentence: "The task was stopped after \(overTime.limit), the limit of its worker.",
      remedy: "Start a worker with a longer --task-limit and retry the task, or leave the case out.",
      isRetryable: failures == 0)
  }

  fileprivate init(_ error: StudyTaskError) {
    self.init(
      code: error.code, sentence: error.sentence, remedy: error.remedy, isRetryable: error.isTransient)
  }
}
