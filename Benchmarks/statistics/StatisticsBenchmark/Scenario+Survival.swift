import ElementaryFunctions
import LinearAlgebra
import Statistics

extension Scenario {
  /// Behind all others, whose random numbers depend on their places.
  static let survival: [Scenario] = [0.0, 1].flatMap { effect in
    let cohort = SimulatedSurvival(effect: effect)
    let truth = cohort.truth
    return [45, 150].map { survival(rows: $0, cohort, truth) }
  }

  /// Exponential times whose log hazard is `effect` times a normal score, observed for a time that is uniform up to 2:
  /// about half of the rows have their event. The model is the true one.
  private static func survival(
    rows: Int, _ cohort: SimulatedSurvival, _ truth: SimulatedSurvival.Truth
  ) -> Scenario {
    Scenario(
      name: "survival, hazard ratio \(cohort.effect == 0 ? "1" : "e"), \(rows) rows",
      intervals: [
        "Harrell's C, jackknife", "Harrell's C, jackknife of the logit", "Harrell's C, percentile",
        "Uno's C until 1, percentile", "AUC at 0.5, percentile", "survival at 0.5, log-log",
        "survival at 0.5, plain", "hazard ratio, Wald",
      ]
    ) { stream, study in
      let (scores, survival) = try cohort.rows(rows, stream: &stream)
      let censoring = CensoringCurve(survival)
      func percentiles(_ statistic: ([Double], SurvivalTimes) -> Double?) -> Interval? {
        Interval(resampling: survival, seed: UInt64(study), replicates: 500) { drawn in
          statistic(drawn.map { scores[$0] }, survival.selecting(drawn))
        }
      }
      let harrell = Concordance(scores, survival)
      let curve = KaplanMeier(survival)
      let fit = try? CoxRegression(
        features: Matrix(rows: rows, columns: 1, values: scores), survival: survival)
      return [
        Outcome(harrell?.interval(), truth: truth.harrell),
        Outcome(harrell?.logitInterval(), truth: truth.harrell),
        Outcome(percentiles { Concordance($0, $1)?.estimate }, truth: truth.harrell),
        Outcome(
          percentiles { Concordance($0, $1, weightedBy: CensoringCurve($1), until: 1)?.estimate },
          truth: truth.uno),
        Outcome(
          percentiles { TimeDependentROC($0, $1, at: 0.5, censoring: censoring)?.area }, truth: truth.area),
        Outcome(curve.interval(at: 0.5, scale: .logLog), truth: truth.survival),
        Outcome(curve.interval(at: 0.5, scale: .plain), truth: truth.survival),
        Outcome(fit?.hazardRatioIntervals()[0], truth: Elementary.exp(cohort.effect)),
      ]
    }
  }
}

/// A population of exponential times.
private struct SimulatedSurvival: Sendable {
  struct Truth: Sendable {
    let harrell: Double
    let uno: Double
    let area: Double
    let survival: Double
  }

  let effect: Double

  /// - Parameter end: when observation ends for sure; it ends evenly before that.
  func rows(
    _ count: Int, stream: inout RandomStream, end: Double = 2
  ) throws -> (scores: [Double], survival: SurvivalTimes) {
    var (scores, times, events) = ([Double](), [Double](), [Bool]())
    for _ in 0..<count {
      let score = stream.normal()
      let until = -Elementary.log(1 - stream.uniform()) * Elementary.exp(-effect * score)
      let last = end * stream.uniform()
      scores.append(score)
      times.append(min(until, last))
      events.append(until <= last)
    }
    return (scores, try SurvivalTimes(times: times, events: events))
  }

  /// From 200,000 rows, which fix C to about 0.001: Harrell's as observed, the others without censoring.
  var truth: Truth {
    var stream = RandomStream(seed: 96, purpose: .synthesis)
    guard let observed = try? rows(200_000, stream: &stream),
      let complete = try? rows(200_000, stream: &stream, end: 1e12),
      let harrell = Concordance(observed.scores, observed.survival)
    else { preconditionFailure("rows that can be compared") }
    let censoring = CensoringCurve(complete.survival)
    let uno = Concordance(complete.scores, complete.survival, weightedBy: censoring, until: 1)
    let roc = TimeDependentROC(complete.scores, complete.survival, at: 0.5, censoring: censoring)
    return Truth(
      harrell: harrell.estimate, uno: uno?.estimate ?? .nan, area: roc?.area ?? .nan,
      survival: KaplanMeier(complete.survival).survival(at: 0.5))
  }
}
