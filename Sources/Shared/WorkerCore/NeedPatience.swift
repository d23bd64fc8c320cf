/// When to believe that nobody will come for what is left: the rule, without clock or network.
///
/// Workers that start together look for what tasks need one after the other, each for some seconds at most.
package struct NeedPatience: Sendable {
  /// Longer than a look takes, and than a worker takes to start.
  package static let length = Duration.seconds(20)
  /// The same where files are on a remote, which may be slow once: by then it has been looked at again (`Offers.interval`), for as long as a look
  /// at it takes at most.
  package static let lengthForRemotes = Offers.interval + WorkerSettings.lookLimitForRemotes + length

  private let length: Duration
  private var since: ContinuousClock.Instant?

  package init(length: Duration = NeedPatience.length) { self.length = length }

  /// The database was asked what all that is left needs and no live worker offers.
  /// - Returns: whether it has answered so for long enough.
  package mutating func isOver(_ unmet: [String], at now: ContinuousClock.Instant) -> Bool {
    guard !unmet.isEmpty else {
      since = nil
      return false
    }
    let start = since ?? now
    since = start
    return now - start >= length
  }
}
