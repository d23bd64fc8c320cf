import LinearAlgebra
import Statistics

extension Scenario {
  private static func population(_ auc: Double, _ size: (cases: Int, controls: Int)) -> BinormalPopulation {
    BinormalPopulation(
      distance: separation(auc), share: Double(size.cases) / Double(size.cases + size.controls))
  }

  /// Calls at the cut-off that Youden's index chose on a training part: intervals of what this very cut-off is worth on
  /// new cases. With `isShareDrawn` the outcome of each row is drawn, too; else the part has the share of cases.
  static func trainedCutoff(_ size: (cases: Int, controls: Int), isShareDrawn: Bool) -> Scenario {
    let (population, fixed, trained) = (population(0.8, size), outcomes(size), outcomes(whole))
    let shares = ["sensitivity", "specificity", "PPV", "NPV", "accuracy"]
    return Scenario(
      name: "trained cut-off, AUC 0.8, "
        + (isShareDrawn ? "\(fixed.count) rows, outcomes drawn" : label(size)),
      intervals: shares.flatMap { ["\($0), Wilson", "\($0), Clopper-Pearson", "\($0), bootstrap"] }
        + ["F1, bootstrap", "MCC, bootstrap"]
    ) { stream, study in
      func scores(_ positives: [Bool]) -> [Double] {
        positives.map { ($0 ? population.distance : 0) + stream.normal() }
      }
      let cutoff = ReceiverOperating(scores(trained), positives: trained)?.youden.threshold ?? 0
      let positives = isShareDrawn ? fixed.map { _ in stream.uniform() < population.share } : fixed
      let found = scores(positives)
      let confusion = ConfusionMatrix(found, positives: positives, cutoff: cutoff)
      let resampled = ResampledMeasures(found, positives: positives, cutoff: cutoff, seed: UInt64(study))
      let truth = population.calls(from: cutoff)
      let shares = [
        (confusion.sensitivity, resampled?.sensitivity, truth.sensitivity),
        (confusion.specificity, resampled?.specificity, truth.specificity),
        (
          confusion.positivePredictiveValue, resampled?.positivePredictiveValue,
          truth.positivePredictiveValue
        ),
        (
          confusion.negativePredictiveValue, resampled?.negativePredictiveValue,
          truth.negativePredictiveValue
        ),
        (confusion.accuracy, resampled?.accuracy, truth.accuracy),
      ]
      return shares.flatMap { share, interval, truth in
        [share.wilsonInterval(), share.exactInterval(), interval].map { Outcome($0, truth: truth) }
      } + [Outcome(resampled?.f1, truth: truth.f1), Outcome(resampled?.matthews, truth: truth.matthews)]
    }
  }

  /// Measures of probabilities whose logits are `spread` times the true ones.
  static func probabilities(spread: Double, _ size: (cases: Int, controls: Int)) -> Scenario {
    var population = population(0.8, size)
    population.spread = spread
    let (truth, positives) = (population, outcomes(size))
    let (brier, share) = (truth.brier, truth.share)
    let truths = [
      truth.averagePrecision, brier, 1 - brier / (share * (1 - share)), truth.netBenefit(at: 0.3),
    ]
    return Scenario(
      name: "logits times \(spread), AUC 0.8, \(label(size))",
      intervals: [
        "average precision, BCa", "Brier, BCa", "scaled Brier, BCa", "net benefit at 0.3, bootstrap",
      ]
    ) { stream, study in
      let found = positives.map { truth.probability(($0 ? truth.distance : 0) + stream.normal()) }
      let resampled = ResampledMeasures(
        found, positives: positives, cutoff: 0.5, thresholds: [0.3], seed: UInt64(study))
      return zip(
        [
          resampled?.averagePrecision, resampled?.brier, resampled?.scaledBrier,
          resampled?.netBenefit.first,
        ], truths
      ).map { Outcome($0, truth: $1) }
    }
  }

  /// A model of AUC 0.85 in place of one of 0.75, each with the right probabilities, scores correlated at 0.5.
  static func reclassification(_ size: (cases: Int, controls: Int)) -> Scenario {
    let (new, old, positives) = (population(0.85, size), population(0.75, size), outcomes(size))
    func discrimination(_ population: BinormalPopulation) -> Double {
      let mean = population.expectation(population.probability)
      return mean.cases - mean.controls
    }
    // The difference of the two logits is normal: its mean is half its sum of squares apart in cases and controls.
    let (a, b) = (new.distance, old.distance)
    let deviation = (a * a + b * b - a * b).squareRoot()
    let rise = NormalDistribution.cumulative((a * a - b * b) / 2 / deviation)
    let fall = NormalDistribution.cumulative(-(a * a - b * b) / 2 / deviation)
    let truths = [2 * (rise - fall), discrimination(new) - discrimination(old)]
    return Scenario(
      name: "AUC 0.85 in place of 0.75, \(label(size))", intervals: ["NRI, normal", "IDI, normal"]
    ) { stream, _ in
      var (before, after) = ([Double](), [Double]())
      for isCase in positives {
        let shared = stream.normal()
        func score(_ distance: Double) -> Double {
          (isCase ? distance : 0) + 0.5.squareRoot() * (shared + stream.normal())
        }
        before.append(old.probability(score(b)))
        after.append(new.probability(score(a)))
      }
      let found = Reclassification(from: before, to: after, positives: positives)
      return zip([found?.continuous.interval, found?.discrimination.interval], truths).map {
        Outcome($0, truth: $1)
      }
    }
  }

  /// Calibration pooled over sites of 100 subjects, slopes normal around 1; observed over expected is 1 everywhere.
  static func pooledCalibration(sites count: Int) -> Scenario {
    Scenario(
      name: "calibration pooled over \(count) sites, τ = 0.2",
      intervals: ["slope, pooled", "slope, one site, Wald", "O/E, pooled", "O/E, one site, log"]
    ) { stream, _ in
      let slopes = (0..<count).map { _ in 1 + 0.2 * stream.normal() }
      let sites = slopes.map { slope in
        let logits = (0..<100).map { _ in 1.2 * stream.normal() }
        let positives = logits.map { stream.uniform() < logistic($0 * slope) }
        return (name: "site", probabilities: logits.map(logistic), positives: positives)
      }
      let pooled = try CalibrationPooling(.slope, of: sites)
      let ratio = try CalibrationPooling(.observedOverExpected, of: sites)
      return [
        Outcome(pooled.analysis?.interval, truth: 1),
        Outcome(pooled.sites[0].interval, truth: slopes[0]),
        Outcome(
          ratio.analysis.map {
            Interval(
              lower: CalibrationPooling.Measure.observedOverExpected.back($0.interval.lower),
              upper: CalibrationPooling.Measure.observedOverExpected.back($0.interval.upper))
          }, truth: 1), Outcome(ratio.sites[0].interval, truth: 1),
      ]
    }
  }
}
