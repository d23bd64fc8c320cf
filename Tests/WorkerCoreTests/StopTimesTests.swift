import Testing
import WorkerCore

@Suite struct `A worker that was told to stop` {
  /// A call that was given up may take five seconds more.
  @Test(arguments: [
    // grace, notice: tasks end, calls end.
    (20.0, 30.0, 20.0, 24.0),  // as `worker run` has it, and as clouds give it
    (5, 30, 5, 24),
    (60, 30, 20, 24),  // more than there is
    (100, 110, 100, 104),
    (0, 10, 0, 5),
    (3, 6, 2.5, 3),
    (20, 120, 20, 114),
  ])
  func `has ended within its notice`(grace: Double, notice: Double, tasksEnd: Double, callsEnd: Double) {
    let times = StopTimes(grace: .seconds(grace), notice: .seconds(notice))
    #expect(times.tasksEnd == .seconds(tasksEnd))
    #expect(times.callsEnd == .seconds(callsEnd))
  }
}
