import TaskQueue
import Testing
import WorkerCore

@Suite struct `The plan of a worker` {
  private func plan(slots: Int = 2, drains: Bool = false, holding tasks: [ClaimedTask] = []) -> WorkerPlan {
    var plan = WorkerPlan(slots: slots, poll: PollPolicy(), drains: drains)
    plan.registered(as: 7)
    plan.announcedSilence(as: 7)
    _ = plan.started(tasks, at: .now)
    return plan
  }

  /// A worker of a short lease whose waits have grown to their longest.
  private func patientPlan(lease: Duration) -> WorkerPlan {
    var plan = WorkerPlan(slots: 2, poll: PollPolicy(), drains: false, lease: lease)
    plan.registered(as: 7)
    plan.announcedSilence(as: 7)
    for _ in 0..<12 { _ = plan.next(workIsAhead: false, chance: 0.5) }
    return plan
  }

  /// After its last task its lease is as long as its last heartbeat left it.
  @Test func `looks within a third of its lease, until the database knows how long it will be silent`() {
    var plan = patientPlan(lease: .seconds(6))
    #expect(plan.next(workIsAhead: true, chance: 0.5) == .lookAgain(after: .seconds(10)), "as was announced")
    _ = plan.started([.claim(1)], at: .now)
    for _ in 0..<12 { _ = plan.next(workIsAhead: true, chance: 0.5) }
    #expect(plan.next(workIsAhead: true, chance: 0.5) == .lookAgain(after: .seconds(10)), "heartbeats go on")
    plan.ended(.claim(1))
    #expect(plan.next(workIsAhead: true, chance: 0.5) == .lookAgain(after: .seconds(2)))
    plan.announcedSilence(as: 6)
    #expect(plan.next(workIsAhead: true, chance: 0.5) == .lookAgain(after: .seconds(2)), "another worker's")
    plan.announcedSilence(as: 7)
    #expect(plan.next(workIsAhead: true, chance: 0.5) == .lookAgain(after: .seconds(10)))
  }

  @Test func `looks within a third of its lease after a late heartbeat, and under another number`() {
    var plan = patientPlan(lease: .seconds(30))
    #expect(plan.next(workIsAhead: false, chance: 0.5) == .lookAgain(after: .seconds(150)))
    plan.endedSilence()
    #expect(plan.next(workIsAhead: false, chance: 0.5) == .lookAgain(after: .seconds(10)))
    plan.announcedSilence(as: 7)
    #expect(plan.next(workIsAhead: false, chance: 0.5) == .lookAgain(after: .seconds(150)))
    plan.registered(as: 8)
    #expect(plan.next(workIsAhead: false, chance: 0.5) == .lookAgain(after: .seconds(10)))
  }

  @Test func `looks for work when it holds nothing, and claims where it holds something`() {
    #expect(plan().filling(isLook: true) == .look(upTo: 2))
    // A task that ended is no time for a look: the next claim follows at once.
    #expect(plan().filling(isLook: false) == .claim(upTo: 2))
    #expect(plan(holding: [.claim(1)]).filling(isLook: true) == .claim(upTo: 1))
    #expect(plan(holding: [.claim(1), .claim(2)]).filling(isLook: true) == nil)
  }

  @Test func `looks again later where a slot stayed free, sooner while work is ahead`() {
    var plan = plan()
    let waits = (0..<6).map { _ in plan.next(workIsAhead: false, chance: 0.5) }
    #expect(waits == [1, 2, 4, 8, 16, 32].map { .lookAgain(after: .seconds($0)) })
    #expect(plan.next(workIsAhead: true, chance: 0.5) == .lookAgain(after: .seconds(10)))
  }

  @Test func `looks often again once it has found work, not for a claim that found none`() {
    var plan = plan()
    for _ in 0..<3 { _ = plan.next(workIsAhead: false, chance: 0.5) }
    _ = plan.started([], at: .now)
    #expect(plan.next(workIsAhead: false, chance: 0.5) == .lookAgain(after: .seconds(8)))
    _ = plan.started([.claim(1)], at: .now)
    #expect(plan.next(workIsAhead: false, chance: 0.5) == .lookAgain(after: .seconds(1)))
  }

  @Test func `rests while its slots are full, or claims short tasks ahead`() {
    var plan = plan(slots: 1, holding: [.claim(1)])
    #expect(plan.next(workIsAhead: true, chance: 0.5) == .rest)
    #expect(plan.computed(.claim(1), seconds: 0.1) == false)
    #expect(plan.next(workIsAhead: true, chance: 0.5) == .claimAhead(upTo: 5, kinds: ["extract"]))
    #expect(plan.finish() == true)
    #expect(plan.next(workIsAhead: true, chance: 0.5) == .rest)
  }

  @Test func `ends when it was told to and holds nothing`() {
    var plan = plan(holding: [.claim(1)])
    #expect(plan.finish() == true)
    #expect(plan.finish() == false, "told twice")
    #expect(plan.ending == .goOn)
    plan.ended(.claim(1))
    #expect(plan.ending == .end)
    #expect(plan.filling(isLook: true) == nil)
  }

  @Test func `that drains gives up when what is left needs what nobody offers, and has for some time`() {
    let start = ContinuousClock.now
    var plan = WorkerPlan(
      slots: 1, poll: PollPolicy(), drains: true, needPatience: NeedPatience(length: .seconds(20)))
    #expect(plan.giveUp(for: ["a"], at: start) == false)
    // Somebody came.
    #expect(plan.giveUp(for: [], at: start + .seconds(19)) == false)
    #expect(plan.giveUp(for: ["b"], at: start + .seconds(21)) == false)
    #expect(plan.giveUp(for: ["b", "c"], at: start + .seconds(40)) == false)
    #expect(plan.unmetNeeds == [])
    #expect(plan.giveUp(for: ["b", "c"], at: start + .seconds(41)) == true)
    #expect(plan.unmetNeeds == ["b", "c"])
  }

  @Test func `gives up files of a remote only after they were looked for a second time`() {
    let start = ContinuousClock.now
    var (offers, patience) = (Offers(), NeedPatience(length: NeedPatience.lengthForRemotes))
    let firstAnswer = start + WorkerSettings.lookLimitForRemotes
    #expect(offers.questions(["files:North"], isBusy: false, at: start) == ["files:North"])
    #expect(offers.answer("files:North", isMet: false, at: firstAnswer) == true)
    #expect(patience.isOver(["files:North"], at: firstAnswer) == false)
    let secondLook = firstAnswer + Offers.interval
    #expect(patience.isOver(["files:North"], at: secondLook) == false)
    #expect(offers.questions(["files:North"], isBusy: false, at: secondLook) == ["files:North"])
    // The slowest answer comes before the patience ends, with what it takes to tell the database.
    #expect(patience.isOver(["files:North"], at: secondLook + WorkerSettings.lookLimitForRemotes) == false)
    #expect(patience.isOver(["files:North"], at: firstAnswer + NeedPatience.lengthForRemotes) == true)
  }

  @Test func `that drains asks whether anything is to come before it ends`() {
    var plan = plan(drains: true, holding: [.claim(1)])
    #expect(plan.ending == .goOn)
    plan.ended(.claim(1))
    #expect(plan.ending == .askWhetherIdle)
    #expect(`The plan of a worker`().plan().ending == .goOn)
  }

  @Test func `hands back, after a new connection, whatever it does not know of`() {
    var plan = plan(holding: [.claim(4), .claim(2)])
    #expect(plan.tasksToKeep(on: 1) == [2, 4])
    plan.knowsAllClaims(on: 1)
    #expect(plan.tasksToKeep(on: 1) == nil)
    plan.ended(.claim(4))
    #expect(plan.tasksToKeep(on: 2) == [2])
  }
}

@Suite struct `The answer to a heartbeat` {
  private func answer(_ state: HeartbeatAnswer.State, takenBack: [Int64] = []) -> HeartbeatAnswer {
    HeartbeatAnswer(state: state, takenBack: takenBack, workIsAhead: true)
  }

  private func plan(holding tasks: [ClaimedTask]) -> WorkerPlan {
    var plan = WorkerPlan(slots: 4, poll: PollPolicy(), drains: false)
    plan.registered(as: 7)
    _ = plan.started(tasks, at: .now)
    return plan
  }

  @Test func `is asked for only while a task is held`() throws {
    var plan = plan(holding: [.claim(3), .claim(1)])
    let question = try #require(plan.heartbeat)
    #expect(question.worker == 7 && question.running == [1, 3])
    plan.ended(.claim(1))
    plan.ended(.claim(3))
    #expect(plan.heartbeat == nil)
    #expect(plan.signOfLife.running == [])
  }

  @Test(arguments: [
    (HeartbeatAnswer.State.active, HeartbeatOrder.Then.goOn), (.draining, .stop), (.stopped, .stop),
  ])
  func `drops what was taken back`(state: HeartbeatAnswer.State, then: HeartbeatOrder.Then) throws {
    let plan = plan(holding: [.claim(1), .claim(2), .claim(3)])
    let question = try #require(plan.heartbeat)
    let order = plan.order(after: answer(state, takenBack: [3, 1]), to: question)
    #expect(order.dropped == [30, 10] && order.then == then)
  }

  @Test func `does not drop a task that has been claimed anew since the question`() throws {
    var plan = plan(holding: [.claim(1, fence: 5)])
    let question = try #require(plan.heartbeat)
    // Handed back, and claimed again by this very worker, while the heartbeat was under way.
    plan.ended(.claim(1, fence: 5))
    _ = plan.started([.claim(1, fence: 6)], at: .now)
    #expect(plan.order(after: answer(.active, takenBack: [1]), to: question) == HeartbeatOrder())
    let later = try #require(plan.heartbeat)
    #expect(plan.order(after: answer(.active, takenBack: [1]), to: later).dropped == [6])
  }

  /// Its answer may have been lost: then the task is over, and the database says so when it is asked again.
  @Test func `drops nothing whose end is being recorded`() throws {
    var plan = plan(holding: [.claim(1), .claim(2)])
    _ = plan.computed(.claim(1), seconds: 3)
    let question = try #require(plan.heartbeat)
    #expect(plan.order(after: answer(.active, takenBack: [1, 2]), to: question).dropped == [20])
    #expect(plan.order(after: answer(.lost), to: question).dropped == [20])
    plan.ended(.claim(1))
    _ = plan.started([.claim(1, fence: 11)], at: .now)
    let later = try #require(plan.heartbeat)
    #expect(plan.order(after: answer(.active, takenBack: [1]), to: later).dropped == [11])
  }

  @Test func `drops nothing that has ended, or was not asked for`() throws {
    var plan = plan(holding: [.claim(1), .claim(2)])
    let question = try #require(plan.heartbeat)
    plan.ended(.claim(1))
    #expect(plan.order(after: answer(.active, takenBack: [1, 9]), to: question) == HeartbeatOrder())
  }

  @Test func `to a worker that was declared lost drops everything, once`() throws {
    var plan = plan(holding: [.claim(2), .claim(1)])
    let question = try #require(plan.heartbeat)
    let order = plan.order(after: answer(.lost), to: question)
    #expect(order.dropped == [10, 20] && order.then == .registerAnew)
    plan.registered(as: 8)
    _ = plan.started([.claim(1, fence: 99)], at: .now)
    // A second answer to the former self.
    #expect(plan.order(after: answer(.lost), to: question) == HeartbeatOrder())
    #expect(plan.worker == 8 && plan.ledger.held == [1, 2])
  }
}
