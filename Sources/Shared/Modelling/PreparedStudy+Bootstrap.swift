import Cancellation
import Statistics
import StudyPlan

extension PreparedStudy {
  /// What is resampled how often; nothing without models.
  package var plan: BootstrapPlan {
    plans.isEmpty ? BootstrapPlan(replicates: 0, replicatesPerTask: 1) : cohort.study.bootstrap
  }

  /// The replicates of a range with their numbers, as canonical JSON.
  ///
  /// The first range fits the final models, too, so that a study which cannot be fitted ends here and not after all
  /// replicates.
  /// - Parameters:
  ///   - cancellation: checked before each replicate.
  ///   - progress: is told after each, in percent of the range.
  package func replicates(
    _ range: ReplicateRange, cancellation: CancellationToken = CancellationToken(),
    progress: (_ percent: Double) -> Void = { _ in }
  ) throws(StudyTaskError) -> [(number: Int, body: [UInt8])] {
    if range.first == 0 {
      switch outcome {
      case .binary: try requireFits()
      case .survival(let survival): try requireFits(survival)
      }
    }
    var replicates: [(number: Int, body: [UInt8])] = []
    for number in range.first..<range.first + range.count {
      if cancellation.isCancelled { throw .cancelled }
      if let inner = range.inner {
        replicates.append((number << 16, try outerReplicate(number, inner: inner)))
      } else {
        replicates.append((number, try replicate(number)))
      }
      progress(100 * Double(replicates.count) / Double(range.count))
    }
    return replicates
  }

  private func requireFits() throws(StudyTaskError) {
    do {
      for plan in plans {
        _ = try finalModel(plan)
        if cohort.study.split == .leaveOneSiteOut {
          _ = try LeaveOneSiteOut(table, plan: plan, seed: cohort.study.seed, replicates: 1)
        }
      }
    } catch {
      throw StudyTaskError(ofModelling: error)
    }
  }

  /// One replicate of the whole-pipeline bootstrap of all models, as canonical JSON.
  package func replicate(_ number: Int) throws(StudyTaskError) -> [UInt8] {
    switch outcome {
    case .binary: try binaryReplicate(number)
    case .survival(let survival): try replicate(number, of: survival)
    }
  }

  private func binaryReplicate(_ number: Int) throws(StudyTaskError) -> [UInt8] {
    do {
      let (replicate, learners) = try learnerReplicates(number)
      return try CanonicalJSON.encode(
        ReplicateWireFormat(replicate, controls: try controlAreas(number), learners: learners))
    } catch {
      throw StudyTaskError(ofModelling: error)
    }
  }

  /// One outer resample of the two-stage bootstrap of all models; its number in the database is `number · 2¹⁶`.
  package func outerReplicate(_ number: Int, inner: Int) throws(StudyTaskError) -> [UInt8] {
    do {
      return try CanonicalJSON.encode(
        OuterReplicate(
          table, training: split.training, plans: plans, seed: cohort.study.seed, number: number, inner: inner
        ))
    } catch {
      throw StudyTaskError(ofModelling: error)
    }
  }
}
