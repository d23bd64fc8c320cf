import Testing
import WorkerCore

@Suite struct `What a worker offers` {
  private let start = ContinuousClock.now

  @Test func `is what it was started with, and what it was found to have`() {
    var offers = Offers(["b"])
    #expect(offers.questions(["a", "b", "c"], isBusy: false, at: start) == ["a", "c"])
    #expect(offers.answer("a", isMet: true, at: start) == true)
    #expect(offers.answer("c", isMet: false, at: start) == true)
    #expect(offers.answer("a", isMet: true, at: start) == false, "no news")
    #expect(offers.offered == ["a", "b"])
    #expect(offers.questions(["a", "b"], isBusy: false, at: start + .seconds(3600)) == [])
  }

  @Test func `is asked again a minute after a need was not met`() {
    var offers = Offers()
    #expect(offers.answer("a", isMet: false, at: start) == true)
    #expect(offers.questions(["a"], isBusy: false, at: start + .seconds(59)) == [])
    #expect(offers.questions(["a"], isBusy: false, at: start + .seconds(60)) == ["a"])
    #expect(offers.answer("a", isMet: false, at: start + .seconds(60)) == false, "no news")
    #expect(offers.questions(["a"], isBusy: false, at: start + .seconds(119)) == [])
    #expect(offers.questions(["a"], isBusy: false, at: start + .seconds(120)) == ["a"])
    #expect(offers.answer("a", isMet: true, at: start + .seconds(120)) == true)
    #expect(offers.offered == ["a"])
  }

  @Test func `is withdrawn when a task finds it missing`() {
    var offers = Offers(["a", "b"])
    #expect(offers.withdraw("a", at: start) == true)
    #expect(offers.withdraw("a", at: start) == false, "no news")
    #expect(offers.offered == ["b"])
    #expect(offers.questions(["a"], isBusy: false, at: start) == [])
    #expect(offers.questions(["a"], isBusy: false, at: start + Offers.interval) == ["a"])
  }

  @Test func `is not asked twice while a look goes on`() {
    var offers = Offers()
    #expect(!offers.isLooking)
    #expect(offers.questions(["a"], isBusy: false, at: start) == ["a"])
    #expect(offers.questions(["a", "b"], isBusy: false, at: start) == ["b"])
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
      #expect(offers.questions(["a"], isBusy: false, at: now) == ["a"])
      _ = offers.answer("a", isMet: false, at: now)
      offers.hangs("a")
      now += Offers.interval
    }
    #expect(offers.questions(["a"], isBusy: false, at: now) == [])
    now += Offers.longInterval
    #expect(offers.questions(["a"], isBusy: false, at: now) == ["a"])
    _ = offers.answer("a", isMet: true, at: now)
    _ = offers.withdraw("a", at: now)
    #expect(offers.questions(["a"], isBusy: false, at: now + Offers.interval) == ["a"])
  }

  @Test func `is looked for four needs at a time, and for one while all slots are taken`() {
    let wanted = (0..<9).map { "files:\($0)" }
    var offers = Offers()
    #expect(offers.questions(wanted, isBusy: false, at: start) == Array(wanted[..<4]))
    #expect(offers.questions(wanted, isBusy: false, at: start) == [], "four looks go on")
    _ = offers.answer(wanted[2], isMet: true, at: start)
    #expect(offers.moreQuestions(isBusy: false) == [wanted[4]])
    for need in [0, 1, 3] { _ = offers.answer(wanted[need], isMet: true, at: start) }
    #expect(offers.moreQuestions(isBusy: true) == [], "the next heartbeat is soon enough")
    #expect(offers.questions(wanted, isBusy: true, at: start) == [], "one look goes on")
    _ = offers.answer(wanted[4], isMet: true, at: start)
    #expect(offers.questions(wanted, isBusy: true, at: start) == [wanted[5]])
  }

  /// A worker that drains asks whether anything is left that it could do when it looks for nothing more.
  @Test func `is being looked for until the last need was`() {
    var offers = Offers()
    var open = offers.questions(["a", "b", "c", "d", "e"], isBusy: false, at: start)
    for need in open { _ = offers.answer(need, isMet: false, at: start) }
    #expect(offers.isLooking)
    open = offers.moreQuestions(isBusy: false)
    #expect(open == ["e"])
    _ = offers.answer("e", isMet: false, at: start)
    #expect(!offers.isLooking)
  }
}
