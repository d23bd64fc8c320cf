import Testing
import WorkerCore

@Suite struct `What a worker offers` {
  private let start = ContinuousClock.now

  @Test func `is what it was started with, and what it was found to have`() {
    var offers = Offers(["b"])
    #expect(offers.questions(["a", "b", "c"], at: start) == ["a", "c"])
    #expect(offers.answer("a", isMet: true, at: start) == true)
    #expect(offers.answer("c", isMet: false, at: start) == true)
    #expect(offers.answer("a", isMet: true, at: start) == false, "no news")
    #expect(offers.offered == ["a", "b"])
    #expect(offers.questions(["a", "b"], at: start + .seconds(3600)) == [])
  }

  @Test func `is asked again a minute after a need was not met`() {
    var offers = Offers()
    #expect(offers.answer("a", isMet: false, at: start) == true)
    #expect(offers.questions(["a"], at: start + .seconds(59)) == [])
    #expect(offers.questions(["a"], at: start + .seconds(60)) == ["a"])
    #expect(offers.answer("a", isMet: false, at: start + .seconds(60)) == false, "no news")
    #expect(offers.questions(["a"], at: start + .seconds(119)) == [])
    #expect(offers.questions(["a"], at: start + .seconds(120)) == ["a"])
    #expect(offers.answer("a", isMet: true, at: start + .seconds(120)) == true)
    #expect(offers.offered == ["a"])
  }

  @Test func `is withdrawn when a task finds it missing`() {
    var offers = Offers(["a", "b"])
    #expect(offers.withdraw("a", at: start) == true)
    #expect(offers.withdraw("a", at: start) == false, "no news")
    #expect(offers.offered == ["b"])
    #expect(offers.questions(["a"], at: start) == [])
    #expect(offers.questions(["a"], at: start + Offers.interval) == ["a"])
  }

  @Test func `is not asked twice while a look goes on`() {
    var offers = Offers()
    #expect(!offers.isLooking)
    #expect(offers.questions(["a"], at: start) == ["a"])
    #expect(offers.questions(["a", "b"], at: start) == ["b"])
    #expect(offers.isLooking)
    _ = offers.answer("a", isMet: true, at: start)
    #expect(offers.isLooking)
    _ = offers.answer("b", isMet: false, at: start)
    #expect(!offers.isLooking)
  }

  /// Each leaves a thread behind.
  @Test func `is asked less often once ten looks have hung, until one is answered with yes`() {
    var offers = Offers()
    var now = start
    for _ in 0..<10 {
      #expect(offers.questions(["a"], at: now) == ["a"])
      _ = offers.answer("a", isMet: false, at: now)
      offers.hangs("a")
      now += Offers.interval
    }
    #expect(offers.questions(["a"], at: now) == [])
    now += Offers.longInterval
    #expect(offers.questions(["a"], at: now) == ["a"])
    _ = offers.answer("a", isMet: true, at: now)
    _ = offers.withdraw("a", at: now)
    #expect(offers.questions(["a"], at: now + Offers.interval) == ["a"])
  }
}
