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

  @Test func `leaves jobs without weights to others, and tries each again after a minute`() {
    var missing = MissingWeights()
    let start = ContinuousClock.now
    #expect(missing.miss(4, at: start) == true)
    #expect(missing.miss(2, at: start + .seconds(30)) == true)
    #expect(missing.jobs == [2, 4])
    #expect(missing.tryAgain(at: start + .seconds(59)) == false)
    #expect(missing.tryAgain(at: start + .seconds(60)) == true)
    #expect(missing.jobs == [2])
    // Known for another minute each time that a task of it came.
    #expect(missing.miss(2, at: start + .seconds(80)) == false)
    #expect(missing.tryAgain(at: start + .seconds(139)) == false)
    #expect(missing.tryAgain(at: start + .seconds(140)) == true)
    #expect(missing.jobs == [])
  }
}
