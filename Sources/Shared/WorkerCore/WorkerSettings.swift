import Postgres
import TaskQueue

/// How one worker process runs.
public struct WorkerSettings: Sendable {
  /// How the database is reached. A call that takes longer than its statement timeout is given up and repeated.
  public var database: PostgresConfiguration
  /// What the queue shows of the program's version.
  public var version: String
  /// Sites whose tasks it runs; nil for all that its login may.
  public var sites: [String]?
  /// Tasks that compute at a time.
  public var slots = 1
  /// Needs that every worker of this program meets; others are asked of the kinds when tasks want them.
  public var offers: [String] = []
  /// Ends when the queue holds nothing more to do.
  public var drains = false
  /// Stops gracefully after this long.
  public var maximumTime: Duration?
  /// Without a sign of life for so long, the database declares the worker lost and its tasks go back.
  public var leaseInSeconds = 30.0
  /// What running tasks get to finish after the worker was told to stop, as far as `notice` leaves room for it.
  public var grace = Duration.seconds(20)
  /// The process may be killed so long after it was told to stop; nil for ten seconds more than `grace`.
  public var notice: Duration?
  /// Waits for announcements where the connection allows it; polls only, where this is false.
  public var listens = true
  /// The longest time between two looks for work of an idle worker, but for jitter.
  public var pollInterval = PollPolicy.longest
  /// What a task may compute for.
  public var taskLimit: Duration?
  /// What a look for something that tasks need may take; what does not answer in time is not offered.
  public var lookLimit = Duration.seconds(10)
  /// The same for files on a remote.
  package static let lookLimitForRemotes = Duration.seconds(60)
  /// A worker that drains ends when for so long all that was left needed what no live worker offers.
  public var needPatience = NeedPatience.length
  /// Process whose end stops this worker.
  public var parent: Int32?

  public init(database: PostgresConfiguration, version: String) {
    self.database = database
    self.version = version
  }

  /// When what is to have happened after the order to stop.
  var ending: StopTimes { StopTimes(grace: grace, notice: notice ?? grace + .seconds(10)) }

  /// A claim that no heartbeat names is given back by the database when it is older. No call of this worker is under way
  /// for so long, so the answer to that claim will not come.
  var patience: Duration { max(TaskQueue.shortestPatience, database.statementTimeout * 5) }
}
