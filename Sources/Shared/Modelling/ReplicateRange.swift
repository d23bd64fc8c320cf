import StudyPlan

/// A range of bootstrap replicates, or of outer resamples of the two-stage bootstrap.
package struct ReplicateRange: Codable, Equatable, Sendable {
  package var first: Int
  package var count: Int
  /// Inner replicates of each outer resample; `nil` for replicates of the plain bootstrap.
  package var inner: Int?

  package init(first: Int, count: Int, inner: Int? = nil) {
    self.first = first
    self.count = count
    self.inner = inner
  }
}

extension BootstrapPlan {
  /// The replicates, cut into the ranges of tasks; outer resamples, which count from 1, follow.
  package var ranges: [ReplicateRange] {
    let plain = stride(from: 0, to: replicates, by: replicatesPerTask).map { first in
      ReplicateRange(first: first, count: min(replicatesPerTask, replicates - first))
    }
    guard let twoStage else { return plain }
    return plain
      + stride(from: 1, through: twoStage.outer, by: twoStage.outerPerTask).map { first in
        ReplicateRange(
          first: first, count: min(twoStage.outerPerTask, twoStage.outer + 1 - first), inner: twoStage.inner)
      }
  }
}
