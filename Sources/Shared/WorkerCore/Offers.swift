/// What this machine has of all that tasks may need, as far as it was asked: the rules, without clock or network.
///
/// A need is looked into when the queue has tasks that want it. What is not here is looked for again now and then:
/// someone may have brought it.
package struct Offers: Sendable {
  /// After this long a need that could not be met is looked into again.
  package static let interval = Duration.seconds(60)

  private var met: Set<String>
  /// Since when a need is known not to be met.
  private var unmet: [String: ContinuousClock.Instant] = [:]

  /// - Parameter offered: what every worker of this program has.
  package init(_ offered: [String] = []) { met = Set(offered) }

  /// What the queue is told.
  package var offered: [String] { met.sorted() }

  /// Those of the needs that are worth a look now.
  package func questions(_ wanted: [String], at now: ContinuousClock.Instant) -> [String] {
    wanted.filter { need in
      !met.contains(need) && (unmet[need].map { now - $0 >= Self.interval } ?? true)
    }
  }

  /// A need was looked into, or a task came upon it.
  /// - Returns: whether the answer is another one than before, or the first.
  package mutating func answer(_ need: String, isMet: Bool, at now: ContinuousClock.Instant) -> Bool {
    if isMet {
      unmet[need] = nil
      return met.insert(need).inserted
    }
    let wasMet = met.remove(need) != nil
    return unmet.updateValue(now, forKey: need) == nil || wasMet
  }
}
