/// When a worker with a free slot looks for work again: the rule, without clock or network.
///
/// Waits double from a second to a ceiling for as long as nothing is found, so that a worker that has just been
/// busy looks often and one that has been idle for long costs the database next to nothing. The mean wait of an
/// idle fleet is `longest`: two and a half minutes, or 0.67 statements a second for a hundred workers. While a job
/// is unfinished, tasks may become ready at any time, and the ceiling is `longestWithWorkAhead`. Where LISTEN
/// works, an announcement ends the wait. Jitter of a fifth keeps a thousand workers from asking together.
package struct PollPolicy: Sendable {
  package static let shortest = Duration.seconds(1)
  package static let longest = Duration.seconds(150)
  package static let longestWithWorkAhead = Duration.seconds(10)
  private static let jitter = 0.2

  private let longest: Duration
  private var wait = PollPolicy.shortest

  /// - Parameter longest: the ceiling while no job is unfinished.
  package init(longest: Duration = PollPolicy.longest) { self.longest = longest }

  /// No wait is longer, so no task waits longer while a slot is idle, and a lease that allows for so much silence
  /// holds.
  package var longestSilence: Duration { longest * (1 + Self.jitter) }

  /// Work was found: look often again.
  package mutating func foundWork() { wait = Self.shortest }

  /// Nothing was found.
  /// - Parameter chance: uniform in 0..<1.
  /// - Returns: when to look again.
  package mutating func foundNothing(workIsAhead: Bool, chance: Double) -> Duration {
    let ceiling = workIsAhead ? min(longest, Self.longestWithWorkAhead) : longest
    let now = min(wait, ceiling)
    wait = min(wait * 2, longest)
    return now * (1 - Self.jitter + 2 * Self.jitter * chance)
  }
}
