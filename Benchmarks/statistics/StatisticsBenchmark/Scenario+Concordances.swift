import ElementaryFunctions
import LinearAlgebra
import Statistics

/// Differences of two scores' C, as reports of survival studies tell them.
extension Scenario {
  /// Behind all others, whose random numbers depend on their places.
  static let concordances: [Scenario] = RivalScores.all.flatMap { rivals in
    let truth = rivals.truth
    return [45, 150].map { concordances(rows: $0, rivals, truth) }
  }

  private static func concordances(rows: Int, _ rivals: RivalScores, _ truth: Double) -> Scenario {
    Scenario(
      name: "difference of C, \(rivals.name), \(rows) rows",
      intervals: ["paired jackknife", "paired bootstrap, percentile"]
    ) { stream, study in
      let (first, second, survival) = try rivals.rows(rows, stream: &stream)
      let percentiles = Interval(resampling: survival, seed: UInt64(study), replicates: 500) { drawn in
        let own = survival.selecting(drawn)
        guard let one = Concordance(drawn.map { first[$0] }, own)?.estimate,
          let other = Concordance(drawn.map { second[$0] }, own)?.estimate
        else { return nil }
        return one - other
      }
      return [
        Outcome(ConcordanceComparison(first, minus: second, survival)?.interval, truth: truth),
        Outcome(percentiles, truth: truth),
      ]
    }
  }
}

/// Two scores that know more or less of a hazard: each is what the hazard depends on, with noise of its own.
private struct RivalScores: Sendable {
  let name: String
  /// Log hazard ratio of one standard deviation of what they measure.
  let effect: Double
  /// Standard deviation of the noise of each score.
  let noise: (Double, Double)

  static let all = [
    RivalScores(name: "no signal", effect: 0, noise: (0.5, 0.5)),
    RivalScores(name: "equal scores", effect: 1, noise: (0.5, 0.5)),
    RivalScores(name: "one score better", effect: 1, noise: (0.3, 1.2)),
  ]

  /// Exponential times, observed for a time that is uniform up to 2: about half of the rows have their event.
  func rows(_ count: Int, stream: inout RandomStream) throws -> ([Double], [Double], SurvivalTimes) {
    var (first, second, times, events) = ([Double](), [Double](), [Double](), [Bool]())
    for _ in 0..<count {
      let hidden = stream.normal()
      first.append(hidden + noise.0 * stream.normal())
      second.append(hidden + noise.1 * stream.normal())
      let until = -Elementary.log(1 - stream.uniform()) * Elementary.exp(-effect * hidden)
      let last = 2 * stream.uniform()
      times.append(min(until, last))
      events.append(until <= last)
    }
    return (first, second, try SurvivalTimes(times: times, events: events))
  }

  /// 0 of scores that are equally good, else from 200,000 rows.
  var truth: Double {
    guard noise.0 != noise.1 else { return 0 }
    var stream = RandomStream(seed: 97, purpose: .synthesis)
    guard let (first, second, survival) = try? rows(200_000, stream: &stream),
      let one = Concordance(first, survival)?.estimate, let other = Concordance(second, survival)?.estimate
    else { preconditionFailure("rows that can be compared") }
    return one - other
  }
}
