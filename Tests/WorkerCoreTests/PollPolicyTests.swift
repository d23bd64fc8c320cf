import TaskQueue
import Testing
import WorkerCore

@Suite struct `An idle worker` {
  @Test func `waits twice as long each time, up to its ceiling, and a fleet stays below its budget`() {
    var poll = PollPolicy()
    var waits = (0..<10).map { _ in poll.foundNothing(workIsAhead: false, chance: 0.5) / .seconds(1) }
    #expect(waits == [1, 2, 4, 8, 16, 32, 64, 128, 150, 150])
    #expect(poll.foundNothing(workIsAhead: true, chance: 0.5) == .seconds(10))
    // One statement a second for a hundred workers is one in a hundred seconds for each.
    waits = (0..<1000).map { poll.foundNothing(workIsAhead: false, chance: Double($0) / 1000) / .seconds(1) }
    #expect(waits.reduce(0, +) / 1000 > 100)
    #expect(waits.allSatisfy { $0 <= poll.longestSilence / .seconds(1) })
    poll.foundWork()
    #expect(poll.foundNothing(workIsAhead: false, chance: 0) == .seconds(0.8))
  }

  @Test func `listens once on each connection, and looks at once on a new one`() {
    var policy = ListenPolicy(listens: true)
    #expect(policy.mustListen(on: 1))
    #expect(policy.waited(on: 1, heard: false) == true, "what was announced before it listened")
    #expect(!policy.mustListen(on: 1))
    #expect(policy.waited(on: 1, heard: false) == false)
    #expect(policy.waited(on: 1, heard: true) == true)
    #expect(policy.mustListen(on: 2))
  }

  @Test func `that only polls never listens`() {
    var policy = ListenPolicy(listens: false)
    #expect(!policy.mustListen(on: 1))
    #expect(policy.waited(on: 1, heard: false) == true)
    #expect(!policy.mustListen(on: 2))
  }
}

@Suite struct `Announcements` {
  @Test func `are heeded at once, and once a second however many there are`() {
    let start = ContinuousClock.now
    var pace = AnnouncementPace()
    #expect(pace.wait(at: start) == .zero)
    #expect(pace.wait(at: start + .milliseconds(10)) == .milliseconds(990))
    // Made while that look was waited for.
    #expect(pace.wait(at: start + .milliseconds(1000)) == .milliseconds(1000))
    #expect(pace.wait(at: start + .seconds(9)) == .zero)
  }
}
