/// Slows down whoever tries passwords: after some that were wrong, an attempt waits for its turn.
///
/// The first `free` wrong passwords for a login cost nothing, each further one doubles the wait, up to a minute. All logins
/// together may be wrong `mostAtOnce` times in a row, and once more every two seconds. Behind a proxy everybody has the same
/// address, so that none is counted.
struct SignInPace: Sendable {
  static let free = 3
  static let longestWait = Duration.seconds(60)
  static let mostAtOnce = 30
  private static let recovery = Duration.seconds(2)
  /// Of a login nobody tried for so long the count begins anew.
  private static let memory = Duration.seconds(900)
  private static let mostLogins = 1000

  private struct Failures {
    var count: Int
    var last: ContinuousClock.Instant
  }

  private var failures: [String: Failures] = [:]
  /// When all wrong passwords of everybody are forgotten.
  private var settledAt: ContinuousClock.Instant?

  /// How long an attempt has to wait; zero where it may be made now.
  func wait(for login: String, at now: ContinuousClock.Instant) -> Duration {
    var wait = Duration.zero
    if let settledAt { wait = max(wait, settledAt - now - Self.recovery * (Self.mostAtOnce - 1)) }
    if let known = failures[login], known.count >= Self.free, now - known.last < Self.memory {
      let pause = Duration.seconds(1 << min(known.count - Self.free, 6))
      wait = max(wait, known.last + min(pause, Self.longestWait) - now)
    }
    return wait
  }

  mutating func failed(_ login: String, at now: ContinuousClock.Instant) {
    settledAt = max(settledAt ?? now, now) + Self.recovery
    if failures.count >= Self.mostLogins, failures[login] == nil {
      failures = failures.filter { now - $0.value.last < Self.memory }
      if failures.count >= Self.mostLogins, let oldest = failures.min(by: { $0.value.last < $1.value.last }) {
        failures[oldest.key] = nil
      }
    }
    let before = failures[login].flatMap { now - $0.last < Self.memory ? $0.count : nil } ?? 0
    failures[login] = Failures(count: before + 1, last: now)
  }

  /// The password was right: the login's count begins anew.
  mutating func succeeded(_ login: String) {
    failures[login] = nil
    settledAt = settledAt.map { $0 - Self.recovery }
  }

  /// It was not the password that was wrong: takes one `failed` back.
  mutating func takeBack(_ login: String) {
    if let count = failures[login]?.count { failures[login]?.count = max(count - 1, 0) }
    settledAt = settledAt.map { $0 - Self.recovery }
  }
}
