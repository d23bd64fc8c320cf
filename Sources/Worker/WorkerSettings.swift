import Foundation
import Postgres
import StudyPlan
import TaskQueue

/// How one worker process runs.
struct WorkerSettings: Sendable {
  var configuration: PostgresConfiguration
  /// nil serves all sites.
  var sites: [String]?
  var kinds: [TaskKind]
  var slots: Int
  /// Folder that image paths count from.
  var root: URL
  /// Weights of networks that do not lie below the root.
  var weights: [URL] = []
  /// Ends when the queue holds nothing more to do.
  var drains: Bool
  var maximumTime: Duration?
  var leaseInSeconds: Double
  /// What running tasks get to finish after the worker was told to stop.
  var grace: Duration
  /// Waits for announcements where the connection allows it; polls only, where this is false.
  var listens: Bool
  /// The longest time between two looks for work of an idle worker, but for jitter.
  var pollInterval: Duration
  /// What a task may compute for.
  var taskLimit: Duration?
  /// Process whose end stops this worker.
  var parent: Int32?
}

extension WorkerSettings {
  /// A claim that no heartbeat names is given back by the database when it is older. No call of this worker is under way
  /// for so long, so the answer to that claim will not come.
  var patience: Duration { max(TaskQueue.shortestPatience, configuration.statementTimeout * 5) }
}
