import Postgres
import TaskQueue

/// A kind of task: what its tasks carry, what they need of a machine, how one is done, and how its outcome is stored.
///
/// A kind has one Swift file, with the type that conforms, and one SQL file, with its row in the table of kinds and the
/// function that ends its tasks. The worker knows it by its name only.
public protocol TaskKind<Payload, Outcome>: Sendable {
  /// What was planned for the task, as JSON.
  associatedtype Payload: Codable & Sendable
  /// What was found, until it is stored.
  associatedtype Outcome: Sendable

  /// As the queue calls it.
  static var name: String { get }

  /// How many outcomes one call of `store` may take: 1, or what the kind's SQL function can end at once.
  static var mostStoredTogether: Int { get }

  /// Whether this machine has what some tasks need; each kind answers for its own needs.
  ///
  /// Is asked again a minute after it said no, and not any more once it said yes, until `perform` throws
  /// `needNotMet`.
  func canOffer(_ need: String, with tools: TaskTools) async throws(TaskError) -> OfferAnswer

  /// Does a task: fetches what it needs, by `tools.fetch`, and computes, by `tools.compute`.
  ///
  /// May be called again for the same task, on this machine or another one: it must change nothing that `store` does
  /// not undo or repeat.
  func perform(_ payload: Payload, of task: ClaimedTask, with tools: TaskTools) async throws(TaskError)
    -> Outcome

  /// Ends tasks and stores their outcomes, in one transaction; may be repeated.
  /// - Returns: the verdict of the queue on each task, by its number.
  func store(
    _ ended: [EndedTask<Outcome>], by worker: Int64, on connection: PostgresConnection
  ) async throws -> [Int64: Verdict]
}

extension TaskKind {
  /// As many as there are.
  public static var mostStoredTogether: Int { .max }

  /// Its tasks need nothing.
  public func canOffer(_ need: String, with tools: TaskTools) async throws(TaskError) -> OfferAnswer {
    .isUnknown
  }
}

/// Whether a machine has what tasks need.
public enum OfferAnswer: Equatable, Sendable {
  /// It has, and claims such tasks.
  case yes
  /// It has not, for this reason, and leaves such tasks to others.
  case no(because: String)
  /// The need is none of this kind's.
  case isUnknown
}

/// A task that was done, with what came out.
public struct EndedTask<Outcome: Sendable>: Sendable {
  /// Its claim.
  public let task: ClaimedTask
  /// What is to be stored.
  public let outcome: Outcome

  /// A task with its outcome.
  public init(_ task: ClaimedTask, _ outcome: Outcome) {
    self.task = task
    self.outcome = outcome
  }
}
