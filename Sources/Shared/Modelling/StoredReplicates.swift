import Statistics
import StudyPlan

/// Replicates as they were stored, decoded and counted.
package struct StoredReplicates: Sendable {
  /// Of the plain bootstrap, in order.
  package let plain: [BootstrapReplicate]
  /// Outer resamples of the two-stage bootstrap, in order.
  package let outer: [OuterReplicate]
  /// What the models are held against, over the replicates of the plain bootstrap; none in a study without controls.
  let controls: [ControlAreas]
  /// Other learners beside the models, for each replicate of the plain bootstrap; none in a study without any.
  let learners: [[LearnerReplicate]]

  /// - Parameter bodies: canonical JSON of all replicates, in order, outer resamples of the two-stage bootstrap last.
  /// - Throws: `incomplete-replicates` where the plan asks for another number of them, `bad-replicate` where one cannot
  ///   be read.
  package init(_ bodies: [[UInt8]], plan: BootstrapPlan) throws(StudyTaskError) {
    let expected = (plan.replicates, plan.twoStage?.outer ?? 0)
    guard bodies.count == expected.0 + expected.1 else {
      throw StudyTaskError(
        code: "incomplete-replicates",
        sentence: "\(bodies.count) of \(expected.0 + expected.1) bootstrap replicates are stored.",
        remedy: "Submit the study again.")
    }
    do {
      var (plain, controls): ([BootstrapReplicate], [[ControlArea]]) = ([], [])
      var learners: [[LearnerReplicate]] = []
      for body in bodies.prefix(expected.0) {
        let stored = try CanonicalJSON.decode(ReplicateWireFormat.self, from: body)
        plain.append(try stored.replicate())
        controls.append(stored.controls ?? [])
        learners.append(stored.learners ?? [])
      }
      guard learners.joined().allSatisfy(\.isSound) else {
        throw DecodingError.dataCorrupted(
          .init(codingPath: [], debugDescription: "an AUC of a learner is none"))
      }
      guard let joined = ControlAreas.joined(controls) else {
        throw DecodingError.dataCorrupted(
          .init(codingPath: [], debugDescription: "their controls differ, or an AUC is none"))
      }
      (self.plain, self.controls, self.learners) = (plain, joined, learners)
      outer = try bodies.dropFirst(expected.0).map { try CanonicalJSON.decode(OuterReplicate.self, from: $0) }
    } catch {
      throw StudyTaskError(
        code: "bad-replicate", sentence: "A stored replicate cannot be read: \(error).",
        remedy: "Run workers of one version, and submit the study again.")
    }
  }
}
