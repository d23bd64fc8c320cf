/// What this machine has of all that tasks may need, as far as it was asked: the rules, without clock or network.
///
/// A need is looked into when the queue has tasks that want it. What is not here is looked for again now and then:
/// someone may have brought it.
package struct Offers: Sendable {
  /// After this long a need that could not be met is looked into again.
  package static let interval = Duration.seconds(60)
  /// The same once many looks have hung, because each leaves a thread behind.
  package static let longInterval = Duration.seconds(600)
  private static let manyHung = 10
  /// Needs that are looked into at a time. Each costs the database a call, and this machine a thread.
  package static let mostLooks = 4

  private var met: Set<String>
  /// Since when a need is known not to be met.
  private var unmet: [String: ContinuousClock.Instant] = [:]
  /// Needs that are being looked into.
  private var looks: Set<String> = []
  /// Needs that are worth a look, which has not begun.
  private var waiting: [String] = []
  /// How many looks for a need have hung since it was last met.
  private var hung: [String: Int] = [:]

  /// - Parameter offered: what every worker of this program has.
  package init(_ offered: [String] = []) { met = Set(offered) }

  /// What the queue is told.
  package var offered: [String] { met.sorted() }

  /// Whether something is being looked into, or will be, so that the offers may grow soon.
  package var isLooking: Bool { !looks.isEmpty || !waiting.isEmpty }

  /// The first of the needs that are worth a look now; each is being looked into until it is answered. The others wait for `moreQuestions`, or for
  /// the next time that they are wanted.
  /// - Parameter isBusy: all slots are taken. It looks for one need then and not for the next at once, because it could not take the task
  ///   yet, and somebody else may.
  package mutating func questions(_ wanted: [String], isBusy: Bool, at now: ContinuousClock.Instant)
    -> [String]
  {
    waiting = wanted.filter { need in
      !met.contains(need) && !looks.contains(need)
        && (unmet[need].map { now - $0 >= pause(of: need) } ?? true)
    }
    return begin(isBusy ? 1 : Self.mostLooks)
  }

  /// What to look into when a look has ended.
  package mutating func moreQuestions(isBusy: Bool) -> [String] { isBusy ? [] : begin(Self.mostLooks) }

  /// - Parameter most: looks at a time.
  private mutating func begin(_ most: Int) -> [String] {
    let questions = Array(waiting.prefix(max(0, most - looks.count)))
    waiting.removeFirst(questions.count)
    looks.formUnion(questions)
    return questions
  }

  private func pause(of need: String) -> Duration {
    hung[need, default: 0] < Self.manyHung ? Self.interval : Self.longInterval
  }

  /// A need was looked into.
  /// - Returns: whether the answer is another one than before, or the first.
  package mutating func answer(_ need: String, isMet: Bool, at now: ContinuousClock.Instant) -> Bool {
    looks.remove(need)
    guard isMet else { return withdraw(need, at: now) }
    (unmet[need], hung[need]) = (nil, nil)
    return met.insert(need).inserted
  }

  /// A task came upon a need that is not met any more.
  /// - Returns: whether that is news.
  package mutating func withdraw(_ need: String, at now: ContinuousClock.Instant) -> Bool {
    let wasMet = met.remove(need) != nil
    return unmet.updateValue(now, forKey: need) == nil || wasMet
  }

  /// A look for a need does not end, although its time is over.
  package mutating func hangs(_ need: String) { hung[need, default: 0] += 1 }
}
