/// Durations, counted below bounds.
package struct LatencyHistogram: Equatable, Sendable {
  /// Seconds, from a task of a few milliseconds to one of an hour.
  package static let bounds = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600,
  ]

  private var counts = [Int](repeating: 0, count: bounds.count + 1)
  private var sum = 0.0

  package init() {}

  /// - Parameter seconds: less than none counts as none: a clock that was set back.
  package mutating func observe(_ seconds: Double) {
    let seconds = max(seconds, 0)
    counts[Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count] += 1
    sum += seconds
  }

  /// The samples of a family: how many took at most each bound, the sum, and how many in all.
  package func samples(of name: String, _ labels: [MetricSample.Label]) -> [MetricSample] {
    var below = 0
    var samples: [MetricSample] = []
    for (count, bound) in zip(counts, Self.bounds + [.infinity]) {
      below += count
      let upper = MetricSample.Label("le", Exposition.number(bound))
      samples.append(MetricSample("\(name)_bucket", labels + [upper], Double(below)))
    }
    return samples + [
      MetricSample("\(name)_sum", labels, sum), MetricSample("\(name)_count", labels, Double(below)),
    ]
  }
}
