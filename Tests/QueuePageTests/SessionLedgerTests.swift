import Logging
import Testing

@testable import QueuePage

@Suite struct `Sessions` {
  private let start = ContinuousClock.now

  private func session(_ login: String) -> Session {
    Session(login: login, rights: LoginRights(), connection: nil, logger: Logger(label: "test"))
  }

  @Test func `are found by what the browser keeps, and by nothing else`() {
    var ledger = SessionLedger()
    let (id, own) = (Secret(), session("a"))
    #expect(id.text.count == 64 && id != Secret())
    #expect(ledger.add(own, id, at: start).isEmpty)
    #expect(ledger.session(id.text, at: start) === own)
    #expect(ledger.session(Secret().text, at: start) == nil)
    #expect(ledger.session("", at: start) == nil)
    ledger.remove(own)
    #expect(ledger.session(id.text, at: start) == nil)
  }

  @Test func `end after half an hour without a request, and after twelve hours in any case`() {
    var ledger = SessionLedger()
    let id = Secret()
    _ = ledger.add(session("a"), id, at: start)
    var now = start
    while now - start < SessionLedger.longest - .seconds(1700) {
      now += .seconds(1700)
      #expect(ledger.session(id.text, at: now) != nil)
    }
    #expect(ledger.sweep(at: now).isEmpty)
    #expect(ledger.session(id.text, at: start + SessionLedger.longest) == nil)
    #expect(ledger.sweep(at: start + SessionLedger.longest).count == 1)
    _ = ledger.add(session("a"), id, at: start)
    #expect(ledger.session(id.text, at: start + SessionLedger.longestSilence) == nil)
  }

  @Test func `of one login are four, the oldest of which ends with the next, and of all 32`() {
    var ledger = SessionLedger()
    let ids = (0..<SessionLedger.mostOfOne).map { _ in Secret() }
    for (number, id) in ids.enumerated() {
      #expect(ledger.add(session("a"), id, at: start + .seconds(number)).isEmpty)
    }
    #expect(ledger.add(session("a"), Secret(), at: start + .seconds(9)).count == 1)
    #expect(ledger.session(ids[0].text, at: start) == nil)
    #expect(ledger.session(ids[1].text, at: start) != nil)
    for number in 0..<(SessionLedger.most - SessionLedger.mostOfOne) {
      #expect(ledger.hasRoom(for: "b"))
      _ = ledger.add(session("login \(number)"), Secret(), at: start)
    }
    #expect(!ledger.hasRoom(for: "b"))
    #expect(ledger.hasRoom(for: "a"), "its oldest makes room")
  }
}
