import Modelling
import StudyPlan
import Testing

@Suite struct `The replicates of a bootstrap` {
  @Test func `are cut into the ranges of tasks`() {
    #expect(
      BootstrapPlan(replicates: 30, replicatesPerTask: 20).ranges == [
        ReplicateRange(first: 0, count: 20), ReplicateRange(first: 20, count: 10),
      ])
  }

  @Test func `of the two-stage bootstrap follow those of the plain one, and count from 1`() {
    let plan = BootstrapPlan(
      replicates: 30, replicatesPerTask: 20, twoStage: TwoStagePlan(outer: 5, inner: 4, outerPerTask: 2))
    #expect(
      plan.ranges == [
        ReplicateRange(first: 0, count: 20), ReplicateRange(first: 20, count: 10),
        ReplicateRange(first: 1, count: 2, inner: 4), ReplicateRange(first: 3, count: 2, inner: 4),
        ReplicateRange(first: 5, count: 1, inner: 4),
      ])
  }
}
