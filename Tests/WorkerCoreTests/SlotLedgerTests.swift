import TaskQueue
import Testing
import WorkerCore

@Suite struct `The ledger of a worker's slots` {
  /// A ledger that holds so many tasks, whose kind took so long.
  private func ledger(slots: Int, holding count: Int64 = 0, seconds: Double? = nil) -> SlotLedger {
    var ledger = SlotLedger(slots: slots)
    for id in 0..<count { ledger.started(.claim(id + 1)) }
    if let seconds { _ = ledger.took(seconds, kind: "extract") }
    return ledger
  }

  @Test func `has room for a task in each free slot`() {
    #expect((0...3).map { ledger(slots: 2, holding: $0).room } == [2, 1, 0, 0])
  }

  @Test func `stays empty beside a task whose worker died`() {
    var ledger = ledger(slots: 4, holding: 1)
    #expect(ledger.room == 3)
    ledger.ended(.claim(1))
    ledger.started(.claim(2, crashes: 1))
    #expect(ledger.room == 0)
    ledger.ended(.claim(2, crashes: 1))
    #expect(ledger.room == 4)
  }

  @Test func `claims nothing ahead of a suspect, or once it finishes`() {
    var ledger = ledger(slots: 2, seconds: 0.01)
    #expect(ledger.ahead.most > 0)
    ledger.started(.claim(1, crashes: 1))
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
    _ = ledger.took(0.01, kind: "bootstrap")
    _ = ledger.took(0.1, kind: "extract")
    _ = ledger.took(9, kind: "aggregate")
    #expect(ledger.ahead.kinds == ["bootstrap", "extract"])
    #expect(ledger.ahead.most == 1 + 5)
  }

  @Test func `forgets how long a kind took by halves`() {
    var ledger = ledger(slots: 1, seconds: 1)
    for expected in [0, 0, 1 + 4] {
      // 0.5, 0.25 and 0.125 seconds.
      _ = ledger.took(0, kind: "extract")
      #expect(ledger.ahead.most == expected)
    }
  }

  @Test func `sends those back that wait behind a task that was not short`() {
    var waiting = ledger(slots: 2, holding: 3)
    #expect(waiting.took(1, kind: "extract") == false)
    #expect(waiting.took(1.01, kind: "extract") == true)
    var none = ledger(slots: 2, holding: 2)
    #expect(none.took(9, kind: "extract") == false)
  }

  @Test func `keeps a task that was claimed anew when its older claim ends`() {
    var ledger = ledger(slots: 2)
    ledger.started(.claim(1, fence: 5))
    ledger.started(.claim(1, fence: 6))
    #expect(ledger.room == 1)
    ledger.ended(.claim(1, fence: 5))
    #expect(ledger.held == [1])
    ledger.ended(.claim(1, fence: 6))
    #expect(ledger.isEmpty)
  }
}
