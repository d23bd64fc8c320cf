import Postgres
import Testing

@Suite struct `The watch over a call` {
  let start = ContinuousClock.now

  @Test func `waits until the deadline`() {
    var watch = CallWatch(deadline: start + .seconds(10))
    #expect(watch.step(at: start, isCancelled: false) == .wait(.seconds(10)))
    #expect(watch.step(at: start + .seconds(9), isCancelled: false) == .wait(.seconds(1)))
  }

  @Test func `interrupts at the deadline, once, and gives up after the grace`() {
    var watch = CallWatch(deadline: start + .seconds(10))
    let late = start + .seconds(10)
    #expect(watch.step(at: late, isCancelled: false) == .interrupt)
    #expect(watch.interruption == .deadline)
    #expect(watch.step(at: late, isCancelled: false) == .wait(CallWatch.grace))
    #expect(watch.step(at: late + CallWatch.grace, isCancelled: false) == .abandon)
  }

  @Test func `interrupts at once when cancelled`() {
    var watch = CallWatch(deadline: start + .seconds(10))
    #expect(watch.step(at: start, isCancelled: true) == .interrupt)
    #expect(watch.interruption == .cancellation)
    #expect(watch.step(at: start, isCancelled: true) == .wait(CallWatch.grace))
  }
}

@Suite struct `The cache of prepared statements` {
  private func key(_ sql: String) -> StatementCache.Key { .init(sql: sql, types: [20]) }

  @Test func `prepares at the second use`() {
    var cache = StatementCache()
    #expect(cache.plan(for: key("a")) == .direct)
    #expect(cache.plan(for: key("a")) == .prepare("s1"))
    cache.didPrepare(key("a"), as: "s1")
    #expect(cache.plan(for: key("a")) == .prepared("s1"))
  }

  @Test func `tells parameter types apart`() {
    var cache = StatementCache()
    _ = cache.plan(for: key("a"))
    #expect(cache.plan(for: .init(sql: "a", types: [25])) == .direct)
  }

  @Test func `tries again under another name when preparing failed`() {
    var cache = StatementCache()
    _ = cache.plan(for: key("a"))
    #expect(cache.plan(for: key("a")) == .prepare("s1"))
    #expect(cache.plan(for: key("a")) == .prepare("s2"))
  }

  @Test func `evicts what was used longest ago`() {
    var cache = StatementCache(capacity: 2)
    for sql in ["a", "b", "c"] {
      _ = cache.plan(for: key(sql))
      if case .prepare(let name) = cache.plan(for: key(sql)) { cache.didPrepare(key(sql), as: name) }
      if sql == "b" { _ = cache.plan(for: key("a")) }
    }
    #expect(cache.evict() == "s2")
    #expect(cache.evict() == nil)
    #expect(cache.plan(for: key("b")) == .direct)
  }
}
