/// What a worker has of what tasks may need. What it has not is looked for again now and then: someone may bring it.
package struct Offers: Sendable {
  /// After this long a need that could not be met is looked for again.
  package static let interval = Duration.seconds(60)

  private var met: Set<String>
  private var refused: [String: ContinuousClock.Instant] = [:]

  /// - Parameter always: what the program has by itself.
  package init(always: [String]) { met = Set(always) }

  /// What to tell the queue.
  package var list: [String] { met.sorted() }

  /// Those of the wanted needs that must be looked for now.
  package func unknown(of wanted: [String], at now: ContinuousClock.Instant) -> [String] {
    wanted.filter { need in
      !met.contains(need) && (refused[need].map { now - $0 >= Self.interval } ?? true)
    }
  }

  package mutating func meet(_ need: String) {
    met.insert(need)
    refused[need] = nil
  }

  /// - Returns: whether that is news.
  package mutating func refuse(_ need: String, at now: ContinuousClock.Instant) -> Bool {
    met.remove(need)
    return refused.updateValue(now, forKey: need) == nil
  }
}
