import TaskQueue
import Testing
import WorkerCore

@Suite struct `The ledger of a worker's slots` {
  private let start = ContinuousClock.now

  /// A ledger that holds so many tasks, whose like took so long.
  private func ledger(slots: Int, holding count: Int64 = 0, seconds: Double? = nil) -> SlotLedger {
    var ledger = SlotLedger(slots: slots)
    if let seconds { _ = ledger.took(seconds, .claim(1000)) }
    for id in 0..<count { hold(.claim(id + 1), in: &ledger) }
    return ledger
  }

  private func hold(_ task: ClaimedTask, in ledger: inout SlotLedger) {
    #expect(ledger.started([task], at: start) == [])
  }

  @Test func `has room for a task in each free slot`() {
    #expect((0...3).map { ledger(slots: 2, holding: $0, seconds: 0).room } == [2, 1, 0, 0])
  }

  @Test func `stays empty beside a task whose worker died`() {
    var ledger = ledger(slots: 4, holding: 1)
    #expect(ledger.room == 3)
    ledger.ended(.claim(1))
    hold(.claim(2, crashes: 1), in: &ledger)
    #expect(ledger.room == 0)
    ledger.ended(.claim(2, crashes: 1))
    #expect(ledger.room == 4)
  }

  @Test func `claims nothing ahead of a suspect, or once it finishes`() {
    var ledger = ledger(slots: 2, seconds: 0.01)
    #expect(ledger.ahead.most > 0)
    hold(.claim(1, crashes: 1), in: &ledger)
    #expect(ledger.ahead.most == 0)
    ledger.ended(.claim(1))
    ledger.finish()
    #expect(ledger.ahead.most == 0 && ledger.room == 0 && ledger.phase == .finishing)
  }

  /// Half a second of work for each slot, by hand: 0.5 · 2 / 0.1 = 10 beside the two slots; at most 64.
  @Test(arguments: [(0.1, 12), (0.2, 7), (0.25, 0), (3, 0), (0.001, 66), (0, 66)])
  func `claims short tasks ahead for half a second of work`(seconds: Double, places: Int) {
    #expect(ledger(slots: 2, seconds: seconds).ahead.most == places)
  }

  @Test func `claims ahead again when half of the last claim is used up`() {
    #expect(ledger(slots: 2, holding: 7, seconds: 0.1).ahead.most == 0)
    #expect(ledger(slots: 2, holding: 6, seconds: 0.1).ahead.most == 6)
  }

  @Test func `claims ahead the kinds that are short, as long as the longest of them`() {
    var ledger = SlotLedger(slots: 1)
    #expect(ledger.ahead.most == 0)
    _ = ledger.took(0.01, .claim(1, kind: "bootstrap"))
    _ = ledger.took(0.1, .claim(2, kind: "extract"))
    _ = ledger.took(9, .claim(3, kind: "aggregate"))
    #expect(ledger.ahead.kinds == ["bootstrap", "extract"])
    #expect(ledger.ahead.most == 1 + 5)
  }

  @Test func `forgets how long tasks took by halves`() {
    var ledger = ledger(slots: 1, seconds: 1)
    for expected in [0, 0, 1 + 4] {
      // 0.5, 0.25 and 0.125 seconds.
      _ = ledger.took(0, .claim(1))
      #expect(ledger.ahead.most == expected)
    }
  }

  /// What a job's tasks take says nothing of another job's.
  @Test func `fills the slots only with tasks of a job that it does not know, and hands back the rest`() {
    var ledger = ledger(slots: 2, seconds: 0.001)
    #expect(ledger.ahead.most == 66)
    let claimed = (1...57).map { ClaimedTask.claim($0, job: 2) }
    #expect(ledger.started(claimed, at: start) == Array(claimed[2...]))
    #expect(ledger.held == [1, 2])
    #expect(ledger.ahead.most == 0)
    // Known now, and short.
    _ = ledger.took(0.01, claimed[0])
    ledger.ended(claimed[0])
    #expect(ledger.ahead.most > 0)
  }

  @Test func `claims nothing ahead for slots that long tasks have`() {
    var ledger = ledger(slots: 2, seconds: 0.1)
    hold(.claim(1, job: 2), in: &ledger)
    // Of the kind that came last nobody knows more.
    #expect(ledger.ahead.most == 0)
    _ = ledger.took(0.1, .claim(2))
    // One slot: 0.5 · 1 / 0.1 = 5 beside it.
    #expect(ledger.ahead.most == 6)
    hold(.claim(3, job: 2), in: &ledger)
    _ = ledger.took(0.1, .claim(4))
    #expect(ledger.ahead.most == 0)
  }

  @Test func `sends back those that wait for a slot when one of their like was not short`() {
    var waiting = ledger(slots: 1, holding: 3, seconds: 0.01)
    waiting.began(.claim(1), at: start)
    #expect(waiting.took(0.1, .claim(1)) == false)
    #expect(waiting.took(9, .claim(1)) == true)
    var others = ledger(slots: 1, holding: 3, seconds: 0.01)
    #expect(others.took(9, .claim(9, job: 2)) == false)
    var none = ledger(slots: 2, holding: 2, seconds: 0.01)
    #expect(none.took(9, .claim(1)) == false)
  }

  @Test func `sends back what has waited for a second, and learns how long the others run`() {
    var ledger = ledger(slots: 1, seconds: 0.001)
    #expect(ledger.waitEnds == nil)
    let tasks = (1...57).map { ClaimedTask.claim($0) }
    #expect(ledger.started(tasks, at: start) == [])
    ledger.began(tasks[0], at: start)
    #expect(ledger.waitEnds == start + .seconds(1))
    #expect(ledger.hasWaited(until: start + .seconds(0.99)) == false)
    #expect(ledger.hasWaited(until: start + .seconds(1)) == true)
    // While they are on their way back, nobody asks again.
    #expect(ledger.waitEnds == start + .seconds(2))
    for task in tasks[1...] { ledger.ended(task) }
    #expect(ledger.held == [1] && ledger.waitEnds == nil)
    // The task in the slot counts as long although it has not ended.
    #expect(ledger.ahead.most == 0)
  }

  @Test func `keeps a task that was claimed anew when its older claim ends`() {
    var ledger = ledger(slots: 2)
    hold(.claim(1, fence: 5), in: &ledger)
    hold(.claim(1, fence: 6), in: &ledger)
    #expect(ledger.room == 1)
    ledger.ended(.claim(1, fence: 5))
    #expect(ledger.held == [1])
    ledger.ended(.claim(1, fence: 6))
    #expect(ledger.isEmpty)
  }
}
