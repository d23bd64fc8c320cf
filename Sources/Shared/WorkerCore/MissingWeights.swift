/// Jobs whose weights a machine does not have, so that it leaves their deep tasks to others. Now and then it tries them
/// again: someone may have brought the file.
package struct MissingWeights: Sendable {
  /// After this long a job gets another chance.
  package static let interval = Duration.seconds(60)

  /// Since when it is known.
  private var since: [Int64: ContinuousClock.Instant] = [:]

  package init() {}

  /// The jobs to leave to others.
  package var jobs: [Int64] { since.keys.sorted() }

  /// - Returns: whether that is news.
  package mutating func miss(_ job: Int64, at now: ContinuousClock.Instant) -> Bool {
    since.updateValue(now, forKey: job) == nil
  }

  /// - Returns: whether jobs got another chance, so that the database must be told.
  package mutating func tryAgain(at now: ContinuousClock.Instant) -> Bool {
    let before = since.count
    since = since.filter { now - $0.value < Self.interval }
    return since.count < before
  }
}
