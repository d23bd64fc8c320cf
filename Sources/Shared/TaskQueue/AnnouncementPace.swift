/// How often announcements are heeded: the rule, without clock or network.
///
/// Whoever may connect may announce, because PostgreSQL asks for no right to `NOTIFY`, and what an announcement says is not looked at.
/// So one costs a look, and any number of them one look a second.
package struct AnnouncementPace: Sendable {
  /// From one look to the next.
  package static let interval = Duration.seconds(1)
  private var last: ContinuousClock.Instant?

  package init() {}

  /// Something was announced.
  /// - Returns: how long to wait before looking; what is announced until then is seen by the same look.
  package mutating func wait(at now: ContinuousClock.Instant) -> Duration {
    let due = last.map { max(now, $0 + Self.interval) } ?? now
    last = due
    return now.duration(to: due)
  }
}
